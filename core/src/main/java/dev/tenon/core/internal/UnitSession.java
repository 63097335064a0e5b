package dev.tenon.core.internal;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.jooq.ConnectionProvider;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A session without a transaction: each statement is its own unit of work, and no connection is
 * held between them.
 */
final class UnitSession implements FramedSession {

  private final Engine engine;
  private final @Nullable TenantId tenant;
  private final Settings settings;
  private final Frame frame;
  private volatile @Nullable DSLContext sql;

  UnitSession(Engine engine, @Nullable TenantId tenant, Settings settings) {
    this.engine = engine;
    this.tenant = tenant;
    this.settings = settings;
    this.frame = Frame.unit(settings);
  }

  /** Made when first asked for: a view for one statement of a repository never is. */
  @Override
  public DSLContext sql() {
    DSLContext made = sql;
    if (made == null) {
      made = engine.dsl(new FramedConnections(), SqlStates.Phase.MAY_HAVE_COMMITTED);
      sql = made;
    }
    return made;
  }

  @Override
  public Optional<TenantId> tenant() {
    return Optional.ofNullable(tenant);
  }

  @Override
  public Capabilities capabilities() {
    return engine.capabilities();
  }

  @Override
  public void afterCommit(Runnable action) {
    action.run();
  }

  @Override
  public void afterCommitOrUnknown(Runnable action) {
    action.run();
  }

  @Override
  public Session withSetting(String name, String value) {
    return new UnitSession(engine, tenant, settings.with(name, value));
  }

  @Override
  public <R> R jdbc(JdbcWork<R> work) {
    return framed(work);
  }

  @Override
  public <R> R framed(JdbcWork<R> work) {
    Connection connection = engine.connections().borrow();
    try {
      return work.run(lend(connection));
    } catch (SQLException error) {
      throw SqlStates.translate(error, where(), SqlStates.Phase.MAY_HAVE_COMMITTED);
    } finally {
      engine.connections().giveBack(connection);
    }
  }

  @Override
  public <R, X extends Exception> R transactionResult(
      Transaction.Options options, Transaction.Work<R, X> work) throws X {
    return JdbcTransaction.run(engine, tenant, settings, options, work);
  }

  private FramedConnection lend(Connection connection) {
    return new UnitConnection(connection);
  }

  private String where() {
    return tenant == null ? "a session without a tenant" : "a session of tenant " + tenant;
  }

  /**
   * Without settings a unit of work is the driver's own, and everything that the driver offers is
   * safe.
   */
  private final class UnitConnection extends FramedConnection {

    UnitConnection(Connection connection) {
      super(connection, new RollingBack(engine, connection));
    }

    @Override
    Frame nextFrame() {
      return frame;
    }

    @Override
    Connection unframed(String method) {
      if (!frame.isEmpty()) {
        throw GuardedConnection.refused(method);
      }
      return getDelegate();
    }

    @Override
    public Statement createStatement() throws SQLException {
      Statement plain = getDelegate().createStatement();
      return frame.isEmpty() ? plain : new StaticStatement(plain, this);
    }
  }

  private final class FramedConnections implements ConnectionProvider {

    @Override
    public Connection acquire() {
      return lend(engine.connections().borrow());
    }

    @Override
    public void release(@Nullable Connection connection) {
      if (connection instanceof FramedConnection framed) {
        engine.connections().giveBack(framed.getDelegate());
      }
    }
  }
}
