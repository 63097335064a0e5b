package dev.tenon.core.internal;

import java.lang.reflect.Modifier;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import org.jooq.tools.jdbc.DefaultResultSet;
import org.jspecify.annotations.Nullable;

/** Rows that lead back to the connection on loan and never to the driver's. */
final class GuardedResultSet extends DefaultResultSet {

  private final @Nullable Statement statement;
  private final GuardedConnection connection;

  /** Of the first columns, those that are known to be timestamps. */
  private long timestamps;

  GuardedResultSet(
      ResultSet delegate, @Nullable Statement statement, GuardedConnection connection) {
    super(delegate, statement);
    this.statement = statement;
    this.connection = connection;
  }

  /**
   * The time in a column, by the driver's own class: that takes less than half as long as an
   * OffsetDateTime, for which older JDKs make the rules of a zone each time. Days and times of day,
   * of which the driver would make timestamps too, are refused by it as ever.
   */
  @Nullable Instant getInstant(int index) throws SQLException {
    if (isTimestamp(index)) {
      Timestamp time = super.getTimestamp(index);
      if (time == null || StorableTimes.isGregorian(time)) {
        return time == null ? null : time.toInstant();
      }
    }
    return StorableTimes.instant(super.getObject(index, OffsetDateTime.class));
  }

  /** Not by the name of the type, for which the driver asks the server. */
  private boolean isTimestamp(int index) throws SQLException {
    long column = index < Long.SIZE ? 1L << index : 0;
    if ((timestamps & column) == 0 && super.getMetaData().getColumnType(index) == Types.TIMESTAMP) {
      timestamps |= column;
    }
    return (timestamps & column) != 0;
  }

  /** Null for rows that no statement of the caller's made, as JDBC has it. */
  @Override
  public @Nullable Statement getStatement() {
    return statement;
  }

  @Override
  public void close() throws SQLException {
    super.close();
    connection.resultSetMayHaveClosed();
  }

  @Override
  public ResultSetMetaData getMetaData() throws SQLException {
    return connection.guarded(super.getMetaData());
  }

  @Override
  public @Nullable Array getArray(int index) throws SQLException {
    return GuardedArray.of(super.getArray(index), connection);
  }

  @Override
  public @Nullable Array getArray(String column) throws SQLException {
    return GuardedArray.of(super.getArray(column), connection);
  }

  @Override
  public @Nullable Object getObject(int index) throws SQLException {
    return connection.guarded(super.getObject(index), statement);
  }

  @Override
  public @Nullable Object getObject(String column) throws SQLException {
    return connection.guarded(super.getObject(column), statement);
  }

  @Override
  public @Nullable Object getObject(int index, Map<String, Class<?>> types) throws SQLException {
    return connection.guarded(super.getObject(index, types), statement);
  }

  @Override
  public @Nullable Object getObject(String column, Map<String, Class<?>> types)
      throws SQLException {
    return connection.guarded(super.getObject(column, types), statement);
  }

  @Override
  public <T> @Nullable T getObject(int index, Class<T> type) throws SQLException {
    return guarded(super.getObject(index, type), type);
  }

  @Override
  public <T> @Nullable T getObject(String column, Class<T> type) throws SQLException {
    return guarded(super.getObject(column, type), type);
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return GuardedConnection.unwrap(this, type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this);
  }

  /** What is final is a value: to find that it is none of the interfaces takes longer. */
  private <T> @Nullable T guarded(@Nullable T value, Class<T> type) {
    if (Modifier.isFinal(type.getModifiers())) {
      return value;
    }
    Object safe = connection.guarded(value, statement);
    return safe == value ? value : type.cast(safe);
  }
}
