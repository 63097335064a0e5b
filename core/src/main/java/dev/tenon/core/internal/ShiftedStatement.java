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
import java.util.Calendar;
import org.jooq.tools.jdbc.DefaultPreparedStatement;
import org.jspecify.annotations.Nullable;

/**
 * A prepared statement whose parameters stand behind those of a prefix: what the caller binds as
 * parameter 1 is parameter {@code prefixParameters + 1} of the text that is sent.
 */
abstract class ShiftedStatement extends DefaultPreparedStatement {

  private final int prefixParameters;

  ShiftedStatement(PreparedStatement delegate, Connection connection, int prefixParameters) {
    super(delegate, connection);
    this.prefixParameters = prefixParameters;
  }

  @Override
  public final void setNull(int index, int type) throws SQLException {
    getDelegatePreparedStatement().setNull(index + prefixParameters, type);
  }

  @Override
  public final void setBoolean(int index, boolean value) throws SQLException {
    getDelegatePreparedStatement().setBoolean(index + prefixParameters, value);
  }

  @Override
  public final void setByte(int index, byte value) throws SQLException {
    getDelegatePreparedStatement().setByte(index + prefixParameters, value);
  }

  @Override
  public final void setShort(int index, short value) throws SQLException {
    getDelegatePreparedStatement().setShort(index + prefixParameters, value);
  }

  @Override
  public final void setInt(int index, int value) throws SQLException {
    getDelegatePreparedStatement().setInt(index + prefixParameters, value);
  }

  @Override
  public final void setLong(int index, long value) throws SQLException {
    getDelegatePreparedStatement().setLong(index + prefixParameters, value);
  }

  @Override
  public final void setFloat(int index, float value) throws SQLException {
    getDelegatePreparedStatement().setFloat(index + prefixParameters, value);
  }

  @Override
  public final void setDouble(int index, double value) throws SQLException {
    getDelegatePreparedStatement().setDouble(index + prefixParameters, value);
  }

  @Override
  public final void setBigDecimal(int index, @Nullable BigDecimal value) throws SQLException {
    getDelegatePreparedStatement().setBigDecimal(index + prefixParameters, value);
  }

  @Override
  public final void setString(int index, @Nullable String value) throws SQLException {
    getDelegatePreparedStatement().setString(index + prefixParameters, value);
  }

  @Override
  public final void setBytes(int index, byte @Nullable [] value) throws SQLException {
    getDelegatePreparedStatement().setBytes(index + prefixParameters, value);
  }

  @Override
  public final void setDate(int index, @Nullable Date value) throws SQLException {
    getDelegatePreparedStatement().setDate(index + prefixParameters, value);
  }

  @Override
  public final void setTime(int index, @Nullable Time value) throws SQLException {
    getDelegatePreparedStatement().setTime(index + prefixParameters, value);
  }

  @Override
  public final void setTimestamp(int index, @Nullable Timestamp value) throws SQLException {
    getDelegatePreparedStatement().setTimestamp(index + prefixParameters, value);
  }

  @Override
  public final void setAsciiStream(int index, @Nullable InputStream value, int length)
      throws SQLException {
    getDelegatePreparedStatement().setAsciiStream(index + prefixParameters, value, length);
  }

  @Deprecated
  @SuppressWarnings("deprecation")
  @Override
  public final void setUnicodeStream(int index, @Nullable InputStream value, int length)
      throws SQLException {
    getDelegatePreparedStatement().setUnicodeStream(index + prefixParameters, value, length);
  }

  @Override
  public final void setBinaryStream(int index, @Nullable InputStream value, int length)
      throws SQLException {
    getDelegatePreparedStatement().setBinaryStream(index + prefixParameters, value, length);
  }

  @Override
  public final void setObject(int index, @Nullable Object value, int type) throws SQLException {
    getDelegatePreparedStatement().setObject(index + prefixParameters, value, type);
  }

  @Override
  public final void setObject(int index, @Nullable Object value) throws SQLException {
    getDelegatePreparedStatement().setObject(index + prefixParameters, value);
  }

  @Override
  public final void setCharacterStream(int index, @Nullable Reader value, int length)
      throws SQLException {
    getDelegatePreparedStatement().setCharacterStream(index + prefixParameters, value, length);
  }

  @Override
  public final void setRef(int index, @Nullable Ref value) throws SQLException {
    getDelegatePreparedStatement().setRef(index + prefixParameters, value);
  }

  @Override
  public final void setBlob(int index, @Nullable Blob value) throws SQLException {
    getDelegatePreparedStatement().setBlob(index + prefixParameters, value);
  }

  @Override
  public final void setClob(int index, @Nullable Clob value) throws SQLException {
    getDelegatePreparedStatement().setClob(index + prefixParameters, value);
  }

  @Override
  public final void setArray(int index, @Nullable Array value) throws SQLException {
    getDelegatePreparedStatement().setArray(index + prefixParameters, value);
  }

  @Override
  public final void setDate(int index, @Nullable Date value, Calendar calendar)
      throws SQLException {
    getDelegatePreparedStatement().setDate(index + prefixParameters, value, calendar);
  }

  @Override
  public final void setTime(int index, @Nullable Time value, Calendar calendar)
      throws SQLException {
    getDelegatePreparedStatement().setTime(index + prefixParameters, value, calendar);
  }

  @Override
  public final void setTimestamp(int index, @Nullable Timestamp value, Calendar calendar)
      throws SQLException {
    getDelegatePreparedStatement().setTimestamp(index + prefixParameters, value, calendar);
  }

  @Override
  public final void setNull(int index, int type, String typeName) throws SQLException {
    getDelegatePreparedStatement().setNull(index + prefixParameters, type, typeName);
  }

  @Override
  public final void setURL(int index, @Nullable URL value) throws SQLException {
    getDelegatePreparedStatement().setURL(index + prefixParameters, value);
  }

  @Override
  public final void setRowId(int index, @Nullable RowId value) throws SQLException {
    getDelegatePreparedStatement().setRowId(index + prefixParameters, value);
  }

  @Override
  public final void setNString(int index, @Nullable String value) throws SQLException {
    getDelegatePreparedStatement().setNString(index + prefixParameters, value);
  }

  @Override
  public final void setNCharacterStream(int index, @Nullable Reader value, long length)
      throws SQLException {
    getDelegatePreparedStatement().setNCharacterStream(index + prefixParameters, value, length);
  }

  @Override
  public final void setNClob(int index, @Nullable NClob value) throws SQLException {
    getDelegatePreparedStatement().setNClob(index + prefixParameters, value);
  }

  @Override
  public final void setClob(int index, @Nullable Reader value, long length) throws SQLException {
    getDelegatePreparedStatement().setClob(index + prefixParameters, value, length);
  }

  @Override
  public final void setBlob(int index, @Nullable InputStream value, long length)
      throws SQLException {
    getDelegatePreparedStatement().setBlob(index + prefixParameters, value, length);
  }

  @Override
  public final void setNClob(int index, @Nullable Reader value, long length) throws SQLException {
    getDelegatePreparedStatement().setNClob(index + prefixParameters, value, length);
  }

  @Override
  public final void setSQLXML(int index, @Nullable SQLXML value) throws SQLException {
    getDelegatePreparedStatement().setSQLXML(index + prefixParameters, value);
  }

  @Override
  public final void setObject(int index, @Nullable Object value, int type, int scale)
      throws SQLException {
    getDelegatePreparedStatement().setObject(index + prefixParameters, value, type, scale);
  }

  @Override
  public final void setAsciiStream(int index, @Nullable InputStream value, long length)
      throws SQLException {
    getDelegatePreparedStatement().setAsciiStream(index + prefixParameters, value, length);
  }

  @Override
  public final void setBinaryStream(int index, @Nullable InputStream value, long length)
      throws SQLException {
    getDelegatePreparedStatement().setBinaryStream(index + prefixParameters, value, length);
  }

  @Override
  public final void setCharacterStream(int index, @Nullable Reader value, long length)
      throws SQLException {
    getDelegatePreparedStatement().setCharacterStream(index + prefixParameters, value, length);
  }

  @Override
  public final void setAsciiStream(int index, @Nullable InputStream value) throws SQLException {
    getDelegatePreparedStatement().setAsciiStream(index + prefixParameters, value);
  }

  @Override
  public final void setBinaryStream(int index, @Nullable InputStream value) throws SQLException {
    getDelegatePreparedStatement().setBinaryStream(index + prefixParameters, value);
  }

  @Override
  public final void setCharacterStream(int index, @Nullable Reader value) throws SQLException {
    getDelegatePreparedStatement().setCharacterStream(index + prefixParameters, value);
  }

  @Override
  public final void setNCharacterStream(int index, @Nullable Reader value) throws SQLException {
    getDelegatePreparedStatement().setNCharacterStream(index + prefixParameters, value);
  }

  @Override
  public final void setClob(int index, @Nullable Reader value) throws SQLException {
    getDelegatePreparedStatement().setClob(index + prefixParameters, value);
  }

  @Override
  public final void setBlob(int index, @Nullable InputStream value) throws SQLException {
    getDelegatePreparedStatement().setBlob(index + prefixParameters, value);
  }

  @Override
  public final void setNClob(int index, @Nullable Reader value) throws SQLException {
    getDelegatePreparedStatement().setNClob(index + prefixParameters, value);
  }

  @Override
  public final void setObject(int index, @Nullable Object value, SQLType type, int scale)
      throws SQLException {
    getDelegatePreparedStatement().setObject(index + prefixParameters, value, type, scale);
  }

  @Override
  public final void setObject(int index, @Nullable Object value, SQLType type) throws SQLException {
    getDelegatePreparedStatement().setObject(index + prefixParameters, value, type);
  }
}
