package dev.tenon.core.internal;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;

/** The connection of a transaction, as one of its views sees it. */
final class TransactionConnection extends FramedConnection {

  private final TransactionState state;
  private final Settings settings;

  TransactionConnection(TransactionState state, Settings settings) {
    super(state.connection, state.watch);
    this.state = state;
    this.settings = settings;
  }

  @Override
  void requireFit(String sql) throws SQLException {
    TransactionControl.refuseIn(sql, state.connection);
    savepointIn(sql);
    requireTenantKept(sql);
  }

  private @Nullable SavepointText savepointIn(String sql) throws SQLException {
    return SavepointText.of(sql, state.connection);
  }

  @Override
  void requireRunnable(String sql, boolean plainly) throws SQLException {
    SavepointText savepoint = savepointIn(sql);
    if (savepoint == null) {
      return;
    }
    if (!plainly) {
      throw SavepointText.refused(sql);
    }
    state.savepoints.require(savepoint);
  }

  private void requireTenantKept(String sql) throws SQLException {
    if (settings.holdTenant()) {
      TenantSwitch.refuseIn(sql);
    }
  }

  @Override
  Frame likelyFrame() {
    return state.frameFor(settings);
  }

  /** Nothing goes ahead of a way back, which may run even where that failed. */
  @Override
  Frame frame(String sql) throws SQLException {
    SavepointText savepoint = savepointIn(sql);
    if (savepoint == null || savepoint.kind() == SavepointText.Kind.MAKE) {
      return frame();
    }
    state.savepoints.require(savepoint);
    return Frame.NONE;
  }

  /** In a transaction that has failed only the way back can run, and nothing goes ahead of it. */
  private Frame frame() throws SQLException {
    Frame frame = state.frameFor(settings);
    return !frame.isEmpty() && state.hasFailed() ? Frame.NONE : frame;
  }

  @Override
  Frame cursorFrame(String sql) throws SQLException {
    return frame(sql);
  }

  @Override
  boolean isReturned() {
    return state.ended;
  }

  @Override
  boolean isUnitOfItsOwn() {
    return false;
  }

  @Override
  void sendAhead(boolean many, Statement following) throws SQLException {
    sendAhead();
  }

  private void sendAhead() throws SQLException {
    if (!frame().isEmpty()) {
      try (PreparedStatement statement = prepareStatement("select 1")) {
        statement.execute();
      }
    }
  }

  @Override
  void succeeded(Frame sent) {
    state.succeeded(sent);
  }

  @Override
  void executed(String sql, Statement statement, @Nullable ResultSet cursor) throws SQLException {
    SavepointText savepoint = savepointIn(sql);
    if (savepoint != null) {
      state.savepoints.ran(savepoint);
    }
  }

  /** The callback learns of it; the transaction is rolled back as a whole. */
  @Override
  SQLException failed(SQLException error) {
    return StatementLimit.explained(
        state.limit, state.engine.connections().explained(state.connection, error));
  }

  @Override
  void resultSetMayHaveClosed() {}

  /** The settings go ahead, so that only what is set later can end with the savepoint. */
  @Override
  public Savepoint setSavepoint() throws SQLException {
    sendAhead();
    return made(getDelegate().setSavepoint());
  }

  @Override
  public Savepoint setSavepoint(String name) throws SQLException {
    sendAhead();
    return made(getDelegate().setSavepoint(name));
  }

  private Savepoint made(Savepoint savepoint) throws SQLException {
    state.savepoints.make(SavepointNames.kept(savepoint));
    return savepoint;
  }

  @Override
  public void rollback(Savepoint savepoint) throws SQLException {
    String name = SavepointNames.kept(savepoint);
    getDelegate().rollback(savepoint);
    state.savepoints.returnTo(name);
  }

  @Override
  public void releaseSavepoint(Savepoint savepoint) throws SQLException {
    String name = SavepointNames.kept(savepoint);
    getDelegate().releaseSavepoint(savepoint);
    state.savepoints.release(name);
  }

  /** Its questions are queries too, and so come after what must come before every query. */
  @Override
  void beforeMetaData() throws SQLException {
    sendAhead();
  }

  /** Checks the text of a COPY, and sends what must come before it. */
  void beforeCopy(String sql) throws SQLException {
    CopyText.requireAlone(
        sql, state.connection.unwrap(BaseConnection.class).getStandardConformingStrings());
    requireTenantKept(sql);
    sendAhead();
  }

  /** Of the driver's own interfaces only {@link PGConnection}, and of that what can be checked. */
  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    if (type == BinaryArrays.class) {
      sendAhead();
      return type.cast(new BinaryArrays(super.unwrap(BaseConnection.class)));
    }
    if (type != PGConnection.class) {
      return unwrap(this, type);
    }
    sendAhead();
    return type.cast(state.lend(super.unwrap(BaseConnection.class), this));
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type == PGConnection.class || type.isInstance(this);
  }
}
