package dev.tenon.core;

import java.time.Duration;
import java.util.Optional;

/**
 * How a transaction runs.
 *
 * @param isolation READ COMMITTED by default
 * @param readOnly refuses writes with SQLSTATE 25006; false by default
 * @param timeout ends the transaction when it lasts longer, on PostgreSQL 17 and newer; none by
 *     default
 */
public record TransactionOptions(
    Isolation isolation, boolean readOnly, Optional<Duration> timeout) {

  private static final TransactionOptions DEFAULTS =
      new TransactionOptions(Isolation.READ_COMMITTED, false, Optional.empty());

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

  public TransactionOptions {
    timeout.ifPresent(value -> Durations.requirePositive("TransactionOptions.timeout", value));
  }

  public static TransactionOptions defaults() {
    return DEFAULTS;
  }

  public TransactionOptions withIsolation(Isolation level) {
    return new TransactionOptions(level, readOnly, timeout);
  }

  public TransactionOptions asReadOnly() {
    return new TransactionOptions(isolation, true, timeout);
  }

  public TransactionOptions withTimeout(Duration limit) {
    return new TransactionOptions(isolation, readOnly, Optional.of(limit));
  }
}
