package dev.tenon.core.internal;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Outcome;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.jooq.ConnectionProvider;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A session without a transaction: each statement is its own unit of work, and no connection is
 * held between them.
 */
final class UnitSession implements FramedSession {

  private final Terms terms;
  private final Frame frame;
  private volatile @Nullable DSLContext sql;

  UnitSession(Terms terms) {
    this.terms = terms;
    this.frame = Frame.unit(terms.settings(), terms.engine().tellsIsolation());
  }

  /** Made when first asked for: a view for one statement of a repository never is. */
  @Override
  public DSLContext sql() {
    DSLContext made = sql;
    if (made == null) {
      made =
          terms
              .engine()
              .dsl(
                  new FramedConnections(),
                  SavepointTransactions.refused(),
                  SqlStates.Phase.MAY_HAVE_COMMITTED);
      sql = made;
    }
    return made;
  }

  @Override
  public Optional<TenantId> tenant() {
    return Optional.ofNullable(terms.tenant());
  }

  @Override
  public Capabilities capabilities() {
    return terms.engine().capabilities();
  }

  @Override
  public void afterCommit(Runnable action) {
    Required.require(action, "action", "Session.afterCommit");
    action.run();
  }

  @Override
  public void afterCommitOrUnknown(Runnable action) {
    action.run();
  }

  @Override
  public Session withSetting(String name, String value) {
    return new UnitSession(terms.with(name, value));
  }

  @Override
  public <R> R jdbc(JdbcWork<R> work) {
    Required.require(work, "work", "Session.jdbc");
    UnitConnection connection = lend();
    try {
      return work.run(connection);
    } catch (SQLException error) {
      throw SqlStates.translate(
          error,
          terms.tenant() == null
              ? "a session without a tenant"
              : "a session of tenant " + terms.tenant(),
          SqlStates.Phase.MAY_HAVE_COMMITTED);
    } finally {
      giveBack(connection);
    }
  }

  @Override
  public <R, X extends Exception> R transactionResult(
      Transaction.Options options, Transaction.Work<R, X> work) throws X {
    Required.require(options, "options", "Session.transactionResult");
    Required.require(work, "work", "Session.transactionResult");
    return TransactionRun.result(terms, options, work);
  }

  @Override
  public <R> Outcome<R> outcome(Transaction.Options options, Transaction.Work<R, ?> work) {
    Required.require(options, "options", "Session.outcome");
    Required.require(work, "work", "Session.outcome");
    return TransactionRun.outcome(terms, options, work);
  }

  @Override
  public boolean isApplied(String operation) {
    Required.require(operation, "operation", "Session.isApplied");
    return OperationKeys.isApplied(terms.tenant(), operation, this);
  }

  private UnitConnection lend() {
    return new UnitConnection(
        terms.borrow(), terms.settings(), frame, terms.engine().tellsIsolation());
  }

  private void giveBack(UnitConnection connection) {
    try {
      connection.end();
    } finally {
      connection.loan().giveBack();
    }
  }

  private final class FramedConnections implements ConnectionProvider {

    @Override
    public Connection acquire() {
      return lend();
    }

    @Override
    public void release(@Nullable Connection connection) {
      if (connection instanceof UnitConnection unit) {
        giveBack(unit);
      }
    }
  }
}
