package dev.tenon.core;

import dev.tenon.core.internal.Required;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.jooq.DSLContext;

/**
 * Where statements run.
 *
 * <p>Three kinds share this interface. A {@link Database} runs without a tenant, and a tenant
 * session with one: each call is its own unit of work, committed when it returns, and no connection
 * is held in between. A {@link Transaction} runs everything on its one connection. Repositories
 * take any of them as their first argument.
 *
 * <p>A {@code Database} and a tenant session are safe for use by many threads; a {@code
 * Transaction} belongs to the callback it was handed to.
 */
public interface Session {

  /** The server setting that says who acts, as {@link #withSetting} carries it. */
  String ACTOR = "app.actor";

  /**
   * A jOOQ context whose statements run in this session, with its tenant, settings and timeout.
   *
   * <p>Outside a transaction each execution is one unit of work: a statement in one round trip, a
   * batch or a call in a transaction of its own. A cursor with a fetch size reads in a read-only
   * transaction and holds its connection until it is closed.
   *
   * <p>{@code sql().transaction(…)} is a savepoint in a transaction, and refused with a {@link
   * UsageException} outside one.
   */
  DSLContext sql();

  /** The owner of the rows that this session sees, if it has one. */
  Optional<TenantId> tenant();

  /** What the server can do; asked once per {@link Database}. */
  Capabilities capabilities();

  /**
   * Runs an action once the work of this session is committed.
   *
   * <p>In a transaction it runs after the commit, in the order of registration, and never after a
   * rollback; what it throws is logged and does not reach the caller, whose work is committed.
   * Outside a transaction every call has committed when it returned, so it runs at once.
   */
  void afterCommit(Runnable action);

  /**
   * A view of this session whose statements run under one more server setting.
   *
   * <p>The setting travels with the statement, costs no round trip of its own and ends with the
   * statement.
   *
   * @param name a server setting, such as {@code hnsw.ef_search}
   * @param value its value in PostgreSQL's syntax
   * @throws UsageException if it is the setting that carries the tenant
   */
  Session withSetting(String name, String value);

  /**
   * Runs work on a JDBC connection of this session, in its tenant, and gives the connection back.
   *
   * <p>Outside a transaction each execution is a unit of work of its own, and a batch is all or
   * nothing. In a transaction it can be unwrapped to the driver's interfaces, e.g. for COPY; from
   * then on until the work returns, every other use of that transaction is refused with a {@link
   * UsageException}. Outside one unwrapping is refused, as is whatever would change the state of
   * the connection.
   *
   * @throws UsageException if the work asks the connection for what belongs to the session
   * @throws TenonException the translated {@link java.sql.SQLException} that the work threw
   */
  <R> R jdbc(JdbcWork<R> work);

  /**
   * Runs a callback in a transaction with the default options and returns its result; in a session
   * that is a transaction already the callback joins it.
   *
   * @throws X what the callback throws, after the rollback
   * @throws OutcomeUnknownException if the reply to the commit was lost
   */
  default <R, X extends Exception> R transactionResult(Transaction.Work<R, X> work) throws X {
    return transactionResult(Transaction.Options.defaults(), work);
  }

  /**
   * Runs a callback in a transaction with these options and returns its result.
   *
   * @throws UsageException if this session is a transaction already and the options are not the
   *     defaults
   */
  <R, X extends Exception> R transactionResult(
      Transaction.Options options, Transaction.Work<R, X> work) throws X;

  /**
   * Runs a callback in a transaction with these options and returns how it ended, whatever the
   * callback throws.
   *
   * <p>A second run of an operation is rolled back with an {@link AlreadyAppliedException}. A
   * transaction that got no connection did not begin, and throws.
   *
   * @throws UsageException if this session is a transaction already: it has not ended when an inner
   *     callback returns
   * @throws RetryableException if no connection became free in time, or the server cannot be
   *     reached
   */
  <R> Outcome<R> outcome(Transaction.Options options, Transaction.Work<R, ?> work);

  /**
   * Whether the operation with this key was committed, by {@link
   * Transaction.Options#withOperation}.
   *
   * <p>Waits for a transaction that still has the key to end, as long as a statement may run, so
   * the answer is final: an operation that was not applied never will be by the run that is
   * unknown.
   *
   * <p>Within the transaction that was given the key it is true, although nothing is committed yet:
   * ask outside of it.
   *
   * @throws RetryableException if that transaction did not end in time; ask again
   */
  boolean isApplied(String operation);

  /** Like {@link #transactionResult(Transaction.Work)}, for a callback without a result. */
  default <X extends Exception> void transaction(Transaction.Action<X> action) throws X {
    transaction(Transaction.Options.defaults(), action);
  }

  /**
   * Like {@link #transactionResult(Transaction.Options, Transaction.Work)}, for a callback without
   * a result.
   */
  default <X extends Exception> void transaction(
      Transaction.Options options, Transaction.Action<X> action) throws X {
    Required.require(options, "options", "Session.transaction");
    Required.require(action, "action", "Session.transaction");
    transactionResult(
        options,
        transaction -> {
          action.run(transaction);
          return Boolean.TRUE;
        });
  }

  /**
   * What to do on a JDBC connection.
   *
   * @param <R> the result
   */
  @FunctionalInterface
  interface JdbcWork<R> {
    R run(Connection connection) throws SQLException;
  }
}
