package dev.tenon.core.internal;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An array whose rows lead to no connection of the driver's. */
record GuardedArray(Array delegate, GuardedConnection connection) implements Array {

  static @Nullable Array of(@Nullable Array array, GuardedConnection connection) {
    return array == null ? null : new GuardedArray(array, connection);
  }

  /** What the driver made, which it binds better than a stranger's. */
  static @Nullable Array driverOwn(@Nullable Array array) {
    return array instanceof GuardedArray guarded ? guarded.delegate : array;
  }

  static @Nullable Object driverOwn(@Nullable Object value) {
    return value instanceof GuardedArray guarded ? guarded.delegate : value;
  }

  @Override
  public String getBaseTypeName() throws SQLException {
    return delegate.getBaseTypeName();
  }

  @Override
  public int getBaseType() throws SQLException {
    return delegate.getBaseType();
  }

  @Override
  public Object getArray() throws SQLException {
    return delegate.getArray();
  }

  @Override
  public Object getArray(@Nullable Map<String, Class<?>> types) throws SQLException {
    return delegate.getArray(types);
  }

  @Override
  public Object getArray(long index, int count) throws SQLException {
    return delegate.getArray(index, count);
  }

  @Override
  public Object getArray(long index, int count, @Nullable Map<String, Class<?>> types)
      throws SQLException {
    return delegate.getArray(index, count, types);
  }

  @Override
  public ResultSet getResultSet() throws SQLException {
    return guarded(delegate.getResultSet());
  }

  @Override
  public ResultSet getResultSet(@Nullable Map<String, Class<?>> types) throws SQLException {
    return guarded(delegate.getResultSet(types));
  }

  @Override
  public ResultSet getResultSet(long index, int count) throws SQLException {
    return guarded(delegate.getResultSet(index, count));
  }

  @Override
  public ResultSet getResultSet(long index, int count, @Nullable Map<String, Class<?>> types)
      throws SQLException {
    return guarded(delegate.getResultSet(index, count, types));
  }

  @Override
  public void free() throws SQLException {
    delegate.free();
  }

  /** The array as PostgreSQL writes it. */
  @Override
  public String toString() {
    return delegate.toString();
  }

  private ResultSet guarded(ResultSet rows) {
    return new GuardedResultSet(rows, null, connection);
  }
}
