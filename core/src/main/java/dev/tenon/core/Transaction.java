package dev.tenon.core;

import java.time.Duration;
import java.util.Optional;

/**
 * A session whose statements all run in one open transaction, on one connection.
 *
 * <p>It begins with its first statement, in the same round trip as the tenant and the settings,
 * commits when the callback returns and rolls back when it throws. It ends with the callback and
 * belongs to one thread at a time.
 */
public interface Transaction extends Session {

  @Override
  Transaction withSetting(String name, String value);

  /**
   * What to do in a transaction, with a result.
   *
   * @param <R> the result
   * @param <X> what the work throws; it reaches the caller unwrapped
   */
  @FunctionalInterface
  interface Work<R, X extends Exception> {
    R run(Transaction transaction) throws X;
  }

  /**
   * What to do in a transaction, without a result.
   *
   * @param <X> what the action throws; it reaches the caller unwrapped
   */
  @FunctionalInterface
  interface Action<X extends Exception> {
    void run(Transaction transaction) throws X;
  }

  /**
   * How a transaction runs.
   *
   * @param isolation READ COMMITTED by default
   * @param readOnly refuses writes with SQLSTATE 25006; false by default
   * @param timeout ends the transaction when it lasts longer, on PostgreSQL 17 and newer; none by
   *     default
   */
  record Options(Isolation isolation, boolean readOnly, Optional<Duration> timeout) {

    private static final Options DEFAULTS =
        new Options(Isolation.READ_COMMITTED, false, Optional.empty());

    /** The isolation levels of PostgreSQL. */
    public enum Isolation {
      READ_COMMITTED("read committed"),
      REPEATABLE_READ("repeatable read"),
      SERIALIZABLE("serializable");

      private final String sql;

      Isolation(String sql) {
        this.sql = sql;
      }

      /** The level as SQL names it. */
      public String sql() {
        return sql;
      }
    }

    public Options {
      timeout.ifPresent(value -> Durations.requirePositive("Options.timeout", value));
    }

    public static Options defaults() {
      return DEFAULTS;
    }

    public Options withIsolation(Isolation level) {
      return new Options(level, readOnly, timeout);
    }

    public Options asReadOnly() {
      return new Options(isolation, true, timeout);
    }

    public Options withTimeout(Duration limit) {
      return new Options(isolation, readOnly, Optional.of(limit));
    }
  }
}
