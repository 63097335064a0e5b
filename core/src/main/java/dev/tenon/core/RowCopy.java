package dev.tenon.core;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * New rows through COPY, as text, which the server reads as whatever its columns are.
 *
 * <p>A table with row-level security for this role, and a view, do not take it.
 */
final class RowCopy<T> {

  private static final int BUFFER = 1 << 16;

  private final RowTable<T, ?> table;
  private final int[] components;
  private final String copy;
  private final String copyable;

  RowCopy(RowTable<T, ?> table, BulkStatements statements) {
    this.table = table;
    this.components = table.roles().given(table.rows());
    this.copy = statements.copy();
    this.copyable = statements.copyable();
  }

  /** The number of rows that the server wrote, if the table takes COPY. */
  Optional<Long> insert(Connection connection, List<? extends T> records) throws SQLException {
    StringBuilder filled = new StringBuilder();
    try (PreparedStatement statement = connection.prepareStatement(copyable)) {
      statement.setString(1, BulkStatements.rendered(table.table()));
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next() || !row.getBoolean(1)) {
          return Optional.empty();
        }
        for (int i = 0; i < table.roles().stamps().size(); i++) {
          append(filled.append('\t'), row.getString(i + 2));
        }
      }
    }
    CopyIn running = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(copy);
    try {
      send(running, records, filled);
      return Optional.of(running.endCopy());
    } finally {
      if (running.isActive()) {
        running.cancelCopy();
      }
    }
  }

  private void send(CopyIn running, List<? extends T> records, CharSequence filled)
      throws SQLException {
    StringBuilder lines = new StringBuilder(BUFFER + (BUFFER >> 2));
    for (T record : records) {
      for (int i = 0; i < components.length; i++) {
        append(
            i == 0 ? lines : lines.append('\t'),
            table.rows().text(table.rows().value(record, components[i]), components[i]));
      }
      lines.append(filled).append('\n');
      if (lines.length() >= BUFFER) {
        flush(running, lines);
      }
    }
    flush(running, lines);
  }

  private static void flush(CopyIn running, StringBuilder lines) throws SQLException {
    byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    running.writeToCopy(bytes, 0, bytes.length);
    lines.setLength(0);
  }

  private static void append(StringBuilder line, @Nullable String value) {
    if (value == null) {
      line.append("\\N");
      return;
    }
    int plain = 0;
    for (int i = 0; i < value.length(); i++) {
      char escape = escape(value.charAt(i));
      if (escape != 0) {
        line.append(value, plain, i).append('\\').append(escape);
        plain = i + 1;
      }
    }
    line.append(value, plain, value.length());
  }

  private static char escape(char character) {
    return switch (character) {
      case '\\' -> '\\';
      case '\n' -> 'n';
      case '\r' -> 'r';
      case '\t' -> 't';
      default -> 0;
    };
  }
}
