package dev.tenon.core.internal;

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.Date;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.Ref;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Arrays;
import java.util.Calendar;
import org.jooq.tools.jdbc.DefaultPreparedStatement;
import org.jspecify.annotations.Nullable;

/**
 * A prepared statement that remembers what was bound, so that the same values can be bound to
 * another text when it turns out what its statement is sent inside of.
 */
abstract class RecordedStatement extends DefaultPreparedStatement {

  private @Nullable Binding[] bindings = new Binding[8];
  private int count;

  RecordedStatement(PreparedStatement delegate, Connection connection) {
    super(delegate, connection);
  }

  /** Binds one value to a parameter. */
  @FunctionalInterface
  interface Binding {
    void to(PreparedStatement statement, int index) throws SQLException;
  }

  /** Binds one of the caller's parameters, counted from 1, where the text that is sent has it. */
  abstract void bindNow(int index, Binding binding) throws SQLException;

  /** Binds everything that was bound so far, behind the parameters of a prefix. */
  final void bindAgain(PreparedStatement statement, int prefixParameters) throws SQLException {
    for (int i = 0; i < count; i++) {
      Binding binding = bindings[i];
      if (binding != null) {
        binding.to(statement, i + 1 + prefixParameters);
      }
    }
  }

  final void forgetBindings() {
    Arrays.fill(bindings, 0, count, null);
    count = 0;
  }

  private void bind(int index, Binding binding) throws SQLException {
    if (index < 1) {
      throw new SQLException("parameters are counted from 1, not from " + index, "22023");
    }
    bindNow(index, binding);
    if (index > bindings.length) {
      bindings = Arrays.copyOf(bindings, Math.max(index, 2 * bindings.length));
    }
    bindings[index - 1] = binding;
    count = Math.max(count, index);
  }

  @Override
  public final void setNull(int index, int type) throws SQLException {
    bind(index, (to, at) -> to.setNull(at, type));
  }

  @Override
  public final void setBoolean(int index, boolean value) throws SQLException {
    bind(index, (to, at) -> to.setBoolean(at, value));
  }

  @Override
  public final void setByte(int index, byte value) throws SQLException {
    bind(index, (to, at) -> to.setByte(at, value));
  }

  @Override
  public final void setShort(int index, short value) throws SQLException {
    bind(index, (to, at) -> to.setShort(at, value));
  }

  @Override
  public final void setInt(int index, int value) throws SQLException {
    bind(index, (to, at) -> to.setInt(at, value));
  }

  @Override
  public final void setLong(int index, long value) throws SQLException {
    bind(index, (to, at) -> to.setLong(at, value));
  }

  @Override
  public final void setFloat(int index, float value) throws SQLException {
    bind(index, (to, at) -> to.setFloat(at, value));
  }

  @Override
  public final void setDouble(int index, double value) throws SQLException {
    bind(index, (to, at) -> to.setDouble(at, value));
  }

  @Override
  public final void setBigDecimal(int index, @Nullable BigDecimal value) throws SQLException {
    bind(index, (to, at) -> to.setBigDecimal(at, value));
  }

  @Override
  public final void setString(int index, @Nullable String value) throws SQLException {
    bind(index, (to, at) -> to.setString(at, value));
  }

  @Override
  public final void setBytes(int index, byte @Nullable [] value) throws SQLException {
    bind(index, (to, at) -> to.setBytes(at, value));
  }

  @Override
  public final void setDate(int index, @Nullable Date value) throws SQLException {
    bind(index, (to, at) -> to.setDate(at, value));
  }

  @Override
  public final void setTime(int index, @Nullable Time value) throws SQLException {
    bind(index, (to, at) -> to.setTime(at, value));
  }

  @Override
  public final void setTimestamp(int index, @Nullable Timestamp value) throws SQLException {
    bind(index, (to, at) -> to.setTimestamp(at, value));
  }

  @Override
  public final void setAsciiStream(int index, @Nullable InputStream value, int length)
      throws SQLException {
    bind(index, (to, at) -> to.setAsciiStream(at, value, length));
  }

  @Deprecated
  @SuppressWarnings("deprecation")
  @Override
  public final void setUnicodeStream(int index, @Nullable InputStream value, int length)
      throws SQLException {
    bind(index, (to, at) -> to.setUnicodeStream(at, value, length));
  }

  @Override
  public final void setBinaryStream(int index, @Nullable InputStream value, int length)
      throws SQLException {
    bind(index, (to, at) -> to.setBinaryStream(at, value, length));
  }

  @Override
  public final void setObject(int index, @Nullable Object value, int type) throws SQLException {
    bind(index, (to, at) -> to.setObject(at, GuardedArray.driverOwn(value), type));
  }

  @Override
  public final void setObject(int index, @Nullable Object value) throws SQLException {
    bind(index, (to, at) -> to.setObject(at, GuardedArray.driverOwn(value)));
  }

  @Override
  public final void setCharacterStream(int index, @Nullable Reader value, int length)
      throws SQLException {
    bind(index, (to, at) -> to.setCharacterStream(at, value, length));
  }

  @Override
  public final void setRef(int index, @Nullable Ref value) throws SQLException {
    bind(index, (to, at) -> to.setRef(at, value));
  }

  @Override
  public final void setBlob(int index, @Nullable Blob value) throws SQLException {
    bind(index, (to, at) -> to.setBlob(at, value));
  }

  @Override
  public final void setClob(int index, @Nullable Clob value) throws SQLException {
    bind(index, (to, at) -> to.setClob(at, value));
  }

  @Override
  public final void setArray(int index, @Nullable Array value) throws SQLException {
    bind(index, (to, at) -> to.setArray(at, GuardedArray.driverOwn(value)));
  }

  @Override
  public final void setDate(int index, @Nullable Date value, Calendar calendar)
      throws SQLException {
    bind(index, (to, at) -> to.setDate(at, value, calendar));
  }

  @Override
  public final void setTime(int index, @Nullable Time value, Calendar calendar)
      throws SQLException {
    bind(index, (to, at) -> to.setTime(at, value, calendar));
  }

  @Override
  public final void setTimestamp(int index, @Nullable Timestamp value, Calendar calendar)
      throws SQLException {
    bind(index, (to, at) -> to.setTimestamp(at, value, calendar));
  }

  @Override
  public final void setNull(int index, int type, String typeName) throws SQLException {
    bind(index, (to, at) -> to.setNull(at, type, typeName));
  }

  @Override
  public final void setURL(int index, @Nullable URL value) throws SQLException {
    bind(index, (to, at) -> to.setURL(at, value));
  }

  @Override
  public final void setRowId(int index, @Nullable RowId value) throws SQLException {
    bind(index, (to, at) -> to.setRowId(at, value));
  }

  @Override
  public final void setNString(int index, @Nullable String value) throws SQLException {
    bind(index, (to, at) -> to.setNString(at, value));
  }

  @Override
  public final void setNCharacterStream(int index, @Nullable Reader value, long length)
      throws SQLException {
    bind(index, (to, at) -> to.setNCharacterStream(at, value, length));
  }

  @Override
  public final void setNClob(int index, @Nullable NClob value) throws SQLException {
    bind(index, (to, at) -> to.setNClob(at, value));
  }

  @Override
  public final void setClob(int index, @Nullable Reader value, long length) throws SQLException {
    bind(index, (to, at) -> to.setClob(at, value, length));
  }

  @Override
  public final void setBlob(int index, @Nullable InputStream value, long length)
      throws SQLException {
    bind(index, (to, at) -> to.setBlob(at, value, length));
  }

  @Override
  public final void setNClob(int index, @Nullable Reader value, long length) throws SQLException {
    bind(index, (to, at) -> to.setNClob(at, value, length));
  }

  @Override
  public final void setSQLXML(int index, @Nullable SQLXML value) throws SQLException {
    bind(index, (to, at) -> to.setSQLXML(at, value));
  }

  @Override
  public final void setObject(int index, @Nullable Object value, int type, int scale)
      throws SQLException {
    bind(index, (to, at) -> to.setObject(at, GuardedArray.driverOwn(value), type, scale));
  }

  @Override
  public final void setAsciiStream(int index, @Nullable InputStream value, long length)
      throws SQLException {
    bind(index, (to, at) -> to.setAsciiStream(at, value, length));
  }

  @Override
  public final void setBinaryStream(int index, @Nullable InputStream value, long length)
      throws SQLException {
    bind(index, (to, at) -> to.setBinaryStream(at, value, length));
  }

  @Override
  public final void setCharacterStream(int index, @Nullable Reader value, long length)
      throws SQLException {
    bind(index, (to, at) -> to.setCharacterStream(at, value, length));
  }

  @Override
  public final void setAsciiStream(int index, @Nullable InputStream value) throws SQLException {
    bind(index, (to, at) -> to.setAsciiStream(at, value));
  }

  @Override
  public final void setBinaryStream(int index, @Nullable InputStream value) throws SQLException {
    bind(index, (to, at) -> to.setBinaryStream(at, value));
  }

  @Override
  public final void setCharacterStream(int index, @Nullable Reader value) throws SQLException {
    bind(index, (to, at) -> to.setCharacterStream(at, value));
  }

  @Override
  public final void setNCharacterStream(int index, @Nullable Reader value) throws SQLException {
    bind(index, (to, at) -> to.setNCharacterStream(at, value));
  }

  @Override
  public final void setClob(int index, @Nullable Reader value) throws SQLException {
    bind(index, (to, at) -> to.setClob(at, value));
  }

  @Override
  public final void setBlob(int index, @Nullable InputStream value) throws SQLException {
    bind(index, (to, at) -> to.setBlob(at, value));
  }

  @Override
  public final void setNClob(int index, @Nullable Reader value) throws SQLException {
    bind(index, (to, at) -> to.setNClob(at, value));
  }

  @Override
  public final void setObject(int index, @Nullable Object value, SQLType type, int scale)
      throws SQLException {
    bind(index, (to, at) -> to.setObject(at, GuardedArray.driverOwn(value), type, scale));
  }

  @Override
  public final void setObject(int index, @Nullable Object value, SQLType type) throws SQLException {
    bind(index, (to, at) -> to.setObject(at, GuardedArray.driverOwn(value), type));
  }
}
