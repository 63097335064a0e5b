package dev.tenon.core;

import dev.tenon.core.internal.Required;
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
   * Runs an action once this transaction is rolled back, or the savepoint within which it was
   * registered; in the order of registration, never after a commit, and never where the outcome is
   * unknown. What it throws is logged.
   */
  void afterRollback(Runnable action);

  /**
   * Runs a callback within a savepoint: what it throws undoes its own writes only, and reaches the
   * caller, who may go on with the transaction. Two round trips.
   *
   * @throws X what the callback throws
   */
  <R, X extends Exception> R savepointResult(Work<R, X> work) throws X;

  /** Like {@link #savepointResult}, for a callback without a result. */
  default <X extends Exception> void savepoint(Action<X> action) throws X {
    Required.require(action, "action", "Transaction.savepoint");
    savepointResult(
        transaction -> {
          action.run(transaction);
          return Boolean.TRUE;
        });
  }

  /**
   * Waits for a lock of this name and holds it until the transaction ends: an advisory lock on a
   * 64-bit hash of the tenant and the name, so tenants do not wait for each other.
   *
   * @throws RetryableException if {@link Options#withLockTimeout} is over before
   */
  void lock(String name);

  /** Takes the lock of {@link #lock} if it is free, and says whether it did. */
  boolean tryLock(String name);

  /**
   * How a transaction runs.
   *
   * @param isolation READ COMMITTED by default
   * @param readOnly refuses writes with SQLSTATE 25006; false by default
   * @param deferrable waits for a snapshot that cannot conflict; for long serializable reports
   * @param timeout ends the transaction when it lasts longer, on PostgreSQL 17 and newer; none by
   *     default
   * @param statementTimeout ends a statement that runs longer, in place of the database's own
   * @param lockTimeout ends a statement that waits longer for a lock; none by default
   * @param retry runs the callback again after a conflict; never by default
   * @param operation the key under which the work counts as applied; none by default
   */
  record Options(
      Isolation isolation,
      boolean readOnly,
      boolean deferrable,
      Optional<Duration> timeout,
      Optional<Duration> statementTimeout,
      Optional<Duration> lockTimeout,
      Optional<Retry> retry,
      Optional<String> operation) {

    private static final int LONGEST_KEY = 200;

    private static final Options DEFAULTS =
        new Options(
            Isolation.READ_COMMITTED,
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

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
      requireAll(isolation, timeout, statementTimeout, lockTimeout, retry, operation);
      timeout.ifPresent(
          value -> Durations.requirePositive("Transaction.Options.withTimeout", value));
      statementTimeout.ifPresent(
          value -> Durations.requirePositive("Transaction.Options.withStatementTimeout", value));
      lockTimeout.ifPresent(
          value -> Durations.requirePositive("Transaction.Options.withLockTimeout", value));
      if (deferrable && (isolation != Isolation.SERIALIZABLE || !readOnly)) {
        throw new UsageException(
            Problem.what(
                    "deferrable was combined with isolation "
                        + isolation
                        + " and readOnly "
                        + readOnly)
                .where("Transaction.Options.asDeferrable")
                .why("only a serializable transaction that reads can wait for a safe snapshot")
                .fix("call withIsolation(SERIALIZABLE).asReadOnly() before asDeferrable()"));
      }
      if (operation.isPresent() && readOnly) {
        throw new UsageException(
            Problem.what("an operation key was combined with readOnly")
                .where("Transaction.Options.withOperation")
                .why("the key is written in the transaction")
                .fix("leave one of them out"));
      }
      if (operation.filter(key -> key.isBlank() || key.length() > LONGEST_KEY).isPresent()) {
        throw new UsageException(
            Problem.what("the operation key is blank or longer than " + LONGEST_KEY)
                .where("Transaction.Options.withOperation")
                .why("it has to tell this operation from all others")
                .fix("pass the identifier of the request, or UuidV7.next()"));
      }
    }

    private static void requireAll(
        Isolation isolation,
        Optional<Duration> timeout,
        Optional<Duration> statementTimeout,
        Optional<Duration> lockTimeout,
        Optional<Retry> retry,
        Optional<String> operation) {
      String where = "Transaction.Options";
      Required.require(isolation, "isolation", where);
      Required.require(timeout, "timeout", where);
      Required.require(statementTimeout, "statementTimeout", where);
      Required.require(lockTimeout, "lockTimeout", where);
      Required.require(retry, "retry", where);
      Required.require(operation, "operation", where);
    }

    public static Options defaults() {
      return DEFAULTS;
    }

    public Options withIsolation(Isolation level) {
      Required.require(level, "level", "Transaction.Options.withIsolation");
      return new Options(
          level, readOnly, deferrable, timeout, statementTimeout, lockTimeout, retry, operation);
    }

    public Options asReadOnly() {
      return new Options(
          isolation, true, deferrable, timeout, statementTimeout, lockTimeout, retry, operation);
    }

    /** Only for a serializable transaction that reads. */
    public Options asDeferrable() {
      return new Options(
          isolation, readOnly, true, timeout, statementTimeout, lockTimeout, retry, operation);
    }

    public Options withTimeout(Duration limit) {
      Required.require(limit, "limit", "Transaction.Options.withTimeout");
      return new Options(
          isolation,
          readOnly,
          deferrable,
          Optional.of(limit),
          statementTimeout,
          lockTimeout,
          retry,
          operation);
    }

    public Options withStatementTimeout(Duration limit) {
      Required.require(limit, "limit", "Transaction.Options.withStatementTimeout");
      return new Options(
          isolation,
          readOnly,
          deferrable,
          timeout,
          Optional.of(limit),
          lockTimeout,
          retry,
          operation);
    }

    public Options withLockTimeout(Duration limit) {
      Required.require(limit, "limit", "Transaction.Options.withLockTimeout");
      return new Options(
          isolation,
          readOnly,
          deferrable,
          timeout,
          statementTimeout,
          Optional.of(limit),
          retry,
          operation);
    }

    /**
     * Declares that the callback may run several times: it does nothing but work in the database.
     */
    public Options repeatable(Retry conflicts) {
      Required.require(conflicts, "conflicts", "Transaction.Options.repeatable");
      return new Options(
          isolation,
          readOnly,
          deferrable,
          timeout,
          statementTimeout,
          lockTimeout,
          Optional.of(conflicts),
          operation);
    }

    /**
     * Applies the work at most once under this key, which is unique within the tenant: it is
     * written in the same transaction, one round trip more. A second run throws {@link
     * AlreadyAppliedException}; {@link Session#isApplied} tells what became of the first.
     *
     * <p>Needs {@link Operations#migrations()}.
     *
     * @param key 1 to 200 characters, such as the identifier of a request
     */
    public Options withOperation(String key) {
      Required.require(key, "key", "Transaction.Options.withOperation");
      return new Options(
          isolation,
          readOnly,
          deferrable,
          timeout,
          statementTimeout,
          lockTimeout,
          retry,
          Optional.of(key));
    }
  }
}
