package dev.tenon.core.internal;

import dev.tenon.core.Capabilities;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.jooq.ConnectionProvider;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.BaseConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One transaction on one connection.
 *
 * <p>The driver sends BEGIN with the first statement; the isolation level, the tenant and the
 * settings go with it. {@link TransactionState} remembers what the server has been told, so that
 * each statement carries only what changed. Several views with different settings can share it.
 */
final class JdbcTransaction implements FramedSession, Transaction {

  private static final Logger LOG = LoggerFactory.getLogger(JdbcTransaction.class);

  private final TransactionState state;
  private final Settings settings;
  private @Nullable DSLContext sql;

  private JdbcTransaction(TransactionState state, Settings settings) {
    this.state = state;
    this.settings = settings;
  }

  static <R, X extends Exception> R run(
      Terms terms, Transaction.Options options, Transaction.Work<R, X> work) throws X {
    TenantId tenant = terms.tenant();
    Settings wanted = terms.engine().timeoutSettings(terms.settings(), options);
    Terms.Loan loan = terms.borrow();
    TransactionState state = new TransactionState(terms, loan.connection(), opening(options));
    R result;
    try {
      loan.connection().setAutoCommit(false);
      JdbcTransaction transaction = new JdbcTransaction(state, wanted);
      result = runAndCommit(state, transaction, work);
    } catch (OutcomeUnknownException lost) {
      state.afterCommitOrUnknown.forEach(JdbcTransaction::runHook);
      throw lost;
    } catch (SQLException error) {
      throw SqlStates.translate(error, transactionOf(tenant), SqlStates.Phase.BEFORE_COMMIT);
    } finally {
      state.ended = true;
      loan.giveBack();
    }
    state.afterCommit.forEach(JdbcTransaction::runHook);
    return result;
  }

  private static <R, X extends Exception> R runAndCommit(
      TransactionState state, JdbcTransaction transaction, Transaction.Work<R, X> work) throws X {
    boolean committed = false;
    try {
      R result = work.run(transaction);
      commit(state);
      committed = true;
      return result;
    } finally {
      if (!committed) {
        rollback(state);
      }
    }
  }

  private static void commit(TransactionState state) {
    try {
      requireNoSwallowedError(state);
      state.connection.commit();
      state.connection.setAutoCommit(true);
    } catch (SQLException error) {
      throw SqlStates.translate(
          error,
          "the commit of " + transactionOf(state.tenant),
          SqlStates.Phase.MAY_HAVE_COMMITTED);
    }
  }

  private static void requireNoSwallowedError(TransactionState state) throws SQLException {
    BaseConnection driver = state.connection.unwrap(BaseConnection.class);
    state.requireRunning(driver);
    if (driver.getTransactionState() == org.postgresql.core.TransactionState.FAILED) {
      throw new UsageException(
          Problem.what("a transaction in which a statement had failed was to be committed")
              .where(transactionOf(state.tenant))
              .why("the callback caught the error and returned, but the server can only roll back")
              .fix("let the error leave the callback, or avoid it, e.g. with upsert"));
    }
  }

  private static void rollback(TransactionState state) {
    try {
      state.connection.rollback();
      state.connection.setAutoCommit(true);
    } catch (SQLException error) {
      LOG.debug("a rollback failed; its connection is closed", error);
      state.engine.connections().evict(state.connection);
    }
  }

  private static void runHook(Runnable hook) {
    try {
      hook.run();
    } catch (Throwable error) {
      LOG.error("an after-commit action failed; the transaction is committed", error);
    }
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
  public Transaction withSetting(String name, String value) {
    Terms.requireAdmitted(state.limit, name, value);
    if (name.equals(Terms.STATEMENT_TIMEOUT)) {
      state.engine.connections().allow(state.connection, value);
    }
    return new JdbcTransaction(state, settings.with(name, value));
  }

  @Override
  public <R> R jdbc(JdbcWork<R> work) {
    requireIdle("Session.jdbc");
    try {
      return work.run(lend());
    } catch (SQLException error) {
      throw SqlStates.translate(error, transactionOf(state.tenant), SqlStates.Phase.BEFORE_COMMIT);
    } finally {
      state.loanEnded();
    }
  }

  @Override
  public <R, X extends Exception> R transactionResult(
      Transaction.Options options, Transaction.Work<R, X> work) throws X {
    requireOpen();
    if (!options.equals(Transaction.Options.defaults())) {
      throw new UsageException(
          Problem.what("a transaction with its own options was asked for inside a transaction")
              .where(transactionOf(state.tenant))
              .why("an inner callback joins the transaction that runs, and its options are fixed")
              .fix("give the options to the outer call, or join with the default options"));
    }
    return work.run(this);
  }

  private TransactionConnection lend() {
    requireOpen();
    return new TransactionConnection(state, settings);
  }

  /** The driver would wait for itself for ever while a COPY runs. */
  @Override
  public void requireIdle(String asked) {
    requireOpen();
    if (state.isExposed()) {
      throw new UsageException(
          Problem.what(asked + " was called while Session.jdbc runs on the same transaction")
              .where(transactionOf(state.tenant))
              .why("that work has the driver's own connection, such as for the COPY of a bulk load")
              .fix("read before the bulk load begins, or through a session of its own"));
    }
  }

  private void requireOpen() {
    if (state.ended) {
      throw new UsageException(
          Problem.what("the transaction has ended")
              .where(transactionOf(state.tenant))
              .why("it was used outside the callback that it was handed to")
              .fix("finish its use inside the callback"));
    }
  }

  private static String opening(Transaction.Options options) {
    if (options.isolation() == Transaction.Options.Isolation.READ_COMMITTED
        && !options.readOnly()) {
      return "";
    }
    return "set transaction isolation level "
        + options.isolation().sql()
        + (options.readOnly() ? ", read only; " : "; ");
  }

  static String transactionOf(@Nullable TenantId tenant) {
    return tenant == null ? "a transaction without a tenant" : "a transaction of tenant " + tenant;
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
