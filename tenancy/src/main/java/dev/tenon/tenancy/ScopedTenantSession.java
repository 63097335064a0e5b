package dev.tenon.tenancy;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Outcome;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.FramedSession;
import java.util.Optional;
import org.jooq.DSLContext;

/** Core's session, under the name of its tenant. */
record ScopedTenantSession(TenantId tenantId, Session session)
    implements TenantSession, FramedSession {

  @Override
  public DSLContext sql() {
    return session.sql();
  }

  @Override
  public Optional<TenantId> tenant() {
    return Optional.of(tenantId);
  }

  @Override
  public Capabilities capabilities() {
    return session.capabilities();
  }

  @Override
  public void afterCommit(Runnable action) {
    session.afterCommit(action);
  }

  @Override
  public void afterCommitOrUnknown(Runnable action) {
    FramedSession.afterCommitOrUnknown(session, action);
  }

  @Override
  public TenantSession withSetting(String name, String value) {
    return new ScopedTenantSession(tenantId, session.withSetting(name, value));
  }

  @Override
  public <R> R jdbc(JdbcWork<R> work) {
    return session.jdbc(work);
  }

  @Override
  public <R, X extends Exception> R transactionResult(
      Transaction.Options options, Transaction.Work<R, X> work) throws X {
    return session.transactionResult(options, work);
  }

  @Override
  public <R> Outcome<R> outcome(Transaction.Options options, Transaction.Work<R, ?> work) {
    return session.outcome(options, work);
  }

  @Override
  public boolean isApplied(String operation) {
    return session.isApplied(operation);
  }
}
