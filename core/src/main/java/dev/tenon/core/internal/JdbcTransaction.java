package dev.tenon.core.internal;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Outcome;
import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Optional;
import org.jooq.ConnectionProvider;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * One transaction on one connection.
 *
 * <p>The driver sends BEGIN with the first statement; the isolation level, the tenant and the
 * settings go with it. {@link TransactionState} remembers what the server has been told, so that
 * each statement carries only what changed. Several views with different settings can share it.
 */
final class JdbcTransaction implements FramedSession, Transaction {

  private final TransactionState state;
  private final Settings settings;
  private @Nullable DSLContext sql;

  JdbcTransaction(TransactionState state, Settings settings) {
    this.state = state;
    this.settings = settings;
  }

  @Override
  public DSLContext sql() {
    requireOpen();
    if (sql == null) {
      sql =
          state.engine.dsl(
              new OwnConnection(),
              new SavepointTransactions(this::lend),
              SqlStates.Phase.BEFORE_COMMIT);
    }
    return sql;
  }

  @Override
  public Optional<TenantId> tenant() {
    return Optional.ofNullable(state.tenant);
  }

  @Override
  public Capabilities capabilities() {
    return state.engine.capabilities(this);
  }

  @Override
  public void afterCommit(Runnable action) {
    Required.require(action, "action", "Session.afterCommit");
    requireOpen();
    state.afterCommit.add(action);
  }

  @Override
  public void afterCommitOrUnknown(Runnable action) {
    requireOpen();
    state.afterCommit.add(action);
    state.afterCommitOrUnknown.add(action);
  }

  @Override
  public void afterRollback(Runnable action) {
    Required.require(action, "action", "Transaction.afterRollback");
    requireOpen();
    state.afterRollback.add(action);
  }

  @Override
  public Transaction withSetting(String name, String value) {
    Terms.requireSetting(name, value);
    Terms.requireAdmitted(state.limit, name, value);
    if (name.equals(Terms.STATEMENT_TIMEOUT)) {
      state.engine.connections().allow(state.connection, value);
    }
    return new JdbcTransaction(state, settings.with(name, value));
  }

  @Override
  public <R> R jdbc(JdbcWork<R> work) {
    Required.require(work, "work", "Session.jdbc");
    requireIdle("Session.jdbc");
    try {
      return work.run(lend());
    } catch (SQLException error) {
      throw SqlStates.translate(error, state.place(), SqlStates.Phase.BEFORE_COMMIT);
    } finally {
      state.loanEnded();
    }
  }

  @Override
  public <R, X extends Exception> R transactionResult(
      Transaction.Options options, Transaction.Work<R, X> work) throws X {
    Required.require(options, "options", "Session.transactionResult");
    Required.require(work, "work", "Session.transactionResult");
    requireOpen();
    if (!options.equals(Transaction.Options.defaults())) {
      throw new UsageException(
          Problem.what("a transaction with its own options was asked for inside a transaction")
              .where(state.place())
              .why("an inner callback joins the transaction that runs, and its options are fixed")
              .fix("give the options to the outer call, or join with the default options"));
    }
    return work.run(this);
  }

  @Override
  public <R> Outcome<R> outcome(Transaction.Options options, Transaction.Work<R, ?> work) {
    throw new UsageException(
        Problem.what("the outcome of a transaction was asked for inside a transaction")
            .where(state.place())
            .why("an inner callback joins the transaction that runs, which ends later")
            .fix("ask for the outcome of the outer call"));
  }

  @Override
  public boolean isApplied(String operation) {
    Required.require(operation, "operation", "Session.isApplied");
    requireIdle("Session.isApplied");
    return OperationKeys.isApplied(state.tenant, operation, this);
  }

  @Override
  public <R, X extends Exception> R savepointResult(Transaction.Work<R, X> work) throws X {
    Required.require(work, "work", "Transaction.savepointResult");
    Savepoint savepoint = jdbc(Connection::setSavepoint);
    try {
      R result = work.run(this);
      jdbc(
          connection -> {
            connection.releaseSavepoint(savepoint);
            return true;
          });
      return result;
    } catch (Throwable error) {
      undo(savepoint, error);
      throw error;
    }
  }

  /**
   * Where that fails, the server takes nothing but a rollback of all, and the first error tells.
   */
  private void undo(Savepoint savepoint, Throwable error) {
    try {
      jdbc(
          connection -> {
            connection.rollback(savepoint);
            return true;
          });
    } catch (RuntimeException | Error second) {
      error.addSuppressed(second);
    }
  }

  @Override
  public void lock(String name) {
    AdvisoryLock.wait(this, Required.require(name, "name", "Transaction.lock"));
  }

  @Override
  public boolean tryLock(String name) {
    return AdvisoryLock.tryNow(this, Required.require(name, "name", "Transaction.tryLock"));
  }

  private TransactionConnection lend() {
    requireOpen();
    return new TransactionConnection(state, settings);
  }

  /** The driver would wait for itself for ever while a COPY runs. */
  @Override
  public void requireIdle(String asked) {
    requireOpen();
    if (state.isLent()) {
      throw new UsageException(
          Problem.what(asked + " was called while Session.jdbc runs on the same transaction")
              .where(state.place())
              .why("that work has the driver's own connection, such as for the COPY of a bulk load")
              .fix("read before the bulk load begins, or through a session of its own"));
    }
  }

  private void requireOpen() {
    if (state.ended) {
      throw new UsageException(
          Problem.what("the transaction has ended")
              .where(state.place())
              .why("it was used outside the callback that it was handed to")
              .fix("finish its use inside the callback"));
    }
  }

  private final class OwnConnection implements ConnectionProvider {

    @Override
    public Connection acquire() {
      requireIdle("Session.sql");
      return lend();
    }

    @Override
    public void release(@Nullable Connection connection) {
      state.loanEnded();
    }
  }
}
