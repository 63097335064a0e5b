package dev.tenon.examples.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** How many rows are written in hand-written JDBC. */
@FunctionalInterface
interface JdbcLoad {

  long write(Connection connection, List<Host> rows) throws SQLException;

  String INSERT =
      "insert into shared_hosts ("
          + SharedHostTable.COLUMNS
          + ") values (?, ?, ?, ?, ?, ?, ?, ?, ?)";
  String UNNEST =
      "insert into shared_hosts ("
          + SharedHostTable.COLUMNS
          + ") select * from unnest(?::uuid[], ?::text[], ?::text[], ?::text[], ?::int[],"
          + " ?::bigint[], ?::float8[], ?::timestamptz[], ?::int[])";
  String COPY = "copy shared_hosts (" + SharedHostTable.COLUMNS + ") from stdin";
  int BUFFER = 1 << 16;
  String SIGNATURE = "PGCOPY\n\377\r\n\0";
  Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

  static int one(Connection connection, Host row) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      bind(statement, row);
      return statement.executeUpdate();
    }
  }

  /** A batch of the driver's. */
  static long batch(Connection connection, List<Host> rows) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      for (Host row : rows) {
        bind(statement, row);
        statement.addBatch();
      }
      return statement.executeBatch().length;
    }
  }

  private static void bind(PreparedStatement statement, Host row) throws SQLException {
    statement.setObject(1, row.id());
    statement.setString(2, row.name());
    statement.setString(3, row.rack());
    statement.setString(4, row.system());
    statement.setInt(5, row.cores());
    statement.setLong(6, row.memory());
    statement.setDouble(7, row.load());
    statement.setObject(8, row.seenAt().atOffset(ZoneOffset.UTC));
    statement.setInt(9, row.version());
  }

  /** One statement, an array for each column. */
  static long unnest(Connection connection, List<Host> rows) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(UNNEST)) {
      array(connection, statement, 1, "uuid", rows, Host::id);
      array(connection, statement, 2, "text", rows, Host::name);
      array(connection, statement, 3, "text", rows, Host::rack);
      array(connection, statement, 4, "text", rows, Host::system);
      array(connection, statement, 5, "int4", rows, Host::cores);
      array(connection, statement, 6, "int8", rows, Host::memory);
      array(connection, statement, 7, "float8", rows, Host::load);
      array(connection, statement, 8, "timestamptz", rows, Host::seenAt);
      array(connection, statement, 9, "int4", rows, Host::version);
      return statement.executeUpdate();
    }
  }

  private static void array(
      Connection connection,
      PreparedStatement statement,
      int parameter,
      String type,
      List<Host> rows,
      Function<Host, Object> column)
      throws SQLException {
    Object[] values = new Object[rows.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = column.apply(rows.get(i));
    }
    statement.setArray(parameter, connection.createArrayOf(type, values));
  }

  /** COPY in text; these names need no escape. */
  static long copy(Connection connection, List<Host> rows) throws SQLException {
    CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(COPY);
    StringBuilder lines = new StringBuilder();
    for (Host row : rows) {
      lines.append(row.id()).append('\t').append(row.name()).append('\t').append(row.rack());
      lines.append('\t').append(row.system()).append('\t').append(row.cores()).append('\t');
      lines.append(row.memory()).append('\t').append(row.load()).append('\t');
      lines.append(row.seenAt()).append('\t').append(row.version()).append('\n');
      if (lines.length() >= BUFFER) {
        send(copy, lines.toString().getBytes(StandardCharsets.UTF_8));
        lines.setLength(0);
      }
    }
    send(copy, lines.toString().getBytes(StandardCharsets.UTF_8));
    return copy.endCopy();
  }

  private static void send(CopyIn copy, byte[] bytes) throws SQLException {
    copy.writeToCopy(bytes, 0, bytes.length);
  }

  /** COPY in the server's own format. */
  static long copyBinary(Connection connection, List<Host> rows) throws SQLException {
    CopyIn copy =
        connection.unwrap(PGConnection.class).getCopyAPI().copyIn(COPY + " (format binary)");
    ByteArrayOutputStream buffer = new ByteArrayOutputStream(BUFFER + 1_024);
    DataOutputStream out = new DataOutputStream(buffer);
    try {
      out.write(SIGNATURE.getBytes(StandardCharsets.ISO_8859_1));
      out.writeLong(0);
      for (Host row : rows) {
        encode(out, row);
        if (buffer.size() >= BUFFER) {
          send(copy, buffer.toByteArray());
          buffer.reset();
        }
      }
      out.writeShort(-1);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    send(copy, buffer.toByteArray());
    return copy.endCopy();
  }

  private static void encode(DataOutputStream out, Host row) throws IOException {
    out.writeShort(9);
    encode(out, row.id());
    encode(out, row.name());
    encode(out, row.rack());
    encode(out, row.system());
    encode(out, row.cores());
    encode(out, row.memory());
    encode(out, Double.doubleToLongBits(row.load()));
    encode(out, ChronoUnit.MICROS.between(EPOCH, row.seenAt()));
    encode(out, row.version());
  }

  private static void encode(DataOutputStream out, UUID value) throws IOException {
    out.writeInt(16);
    out.writeLong(value.getMostSignificantBits());
    out.writeLong(value.getLeastSignificantBits());
  }

  private static void encode(DataOutputStream out, String value) throws IOException {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void encode(DataOutputStream out, int value) throws IOException {
    out.writeInt(Integer.BYTES);
    out.writeInt(value);
  }

  private static void encode(DataOutputStream out, long value) throws IOException {
    out.writeInt(Long.BYTES);
    out.writeLong(value);
  }
}
