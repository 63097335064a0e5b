package dev.tenon.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages of the plugin {@code pgoutput}, protocol version 1: transactions that are
 * committed, in the order of their commits.
 */
final class PgOutput {

  private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");
  private static final byte OLD_KEY = 'K';
  private static final byte OLD_ROW = 'O';
  private static final byte NEW_ROW = 'N';

  private final Map<Integer, Relation> relations = new HashMap<>();
  private final Listener listener;

  PgOutput(Listener listener) {
    this.listener = listener;
  }

  /** Told what the messages say. */
  interface Listener {

    void began(int transaction);

    /** The columns of one row that changed, before or after; those of its key at least. */
    void changed(String schema, String table, Columns columns);

    void truncated(String schema, String table);

    /** All of the transaction was told; {@code end} is the position behind it. */
    void committed(long end, Instant when);
  }

  /** Texts of columns by their names; null where it is null, or was not sent. */
  record Columns(List<String> names, List<@Nullable String> values) {

    @Nullable String text(String name) {
      int index = names.indexOf(name);
      return index < 0 || index >= values.size() ? null : values.get(index);
    }
  }

  private record Relation(String schema, String table, List<String> columns) {}

  void read(ByteBuffer message) {
    byte kind = message.get();
    switch (kind) {
      case 'B' -> begin(message);
      case 'C' -> commit(message);
      case 'R' -> relation(message);
      case 'I', 'U', 'D' -> change(message);
      case 'T' -> truncate(message);
      default -> {
        // Types, origins and messages of others say nothing about a row.
      }
    }
  }

  private void begin(ByteBuffer message) {
    message.getLong();
    message.getLong();
    listener.began(message.getInt());
  }

  private void commit(ByteBuffer message) {
    message.get();
    message.getLong();
    long end = message.getLong();
    long micros = message.getLong();
    listener.committed(end, EPOCH.plusNanos(micros * 1_000));
  }

  private void relation(ByteBuffer message) {
    int id = message.getInt();
    String schema = text(message);
    String table = text(message);
    message.get();
    int count = message.getShort();
    List<String> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      message.get();
      columns.add(text(message));
      message.getInt();
      message.getInt();
    }
    relations.put(id, new Relation(schema.isEmpty() ? "pg_catalog" : schema, table, columns));
  }

  /** A row that changed its key, or was deleted, comes with the old one first. */
  private void change(ByteBuffer message) {
    Relation relation = relation(message.getInt());
    while (message.hasRemaining()) {
      byte kind = message.get();
      if (kind != OLD_KEY && kind != OLD_ROW && kind != NEW_ROW) {
        throw new IllegalStateException("pgoutput sent a row of kind " + (char) kind);
      }
      listener.changed(
          relation.schema(), relation.table(), new Columns(relation.columns(), row(message)));
    }
  }

  private void truncate(ByteBuffer message) {
    int count = message.getInt();
    message.get();
    for (int i = 0; i < count; i++) {
      Relation relation = relation(message.getInt());
      listener.truncated(relation.schema(), relation.table());
    }
  }

  private Relation relation(int id) {
    Relation relation = relations.get(id);
    if (relation == null) {
      throw new IllegalStateException("pgoutput sent a row of the unknown relation " + id);
    }
    return relation;
  }

  private static List<@Nullable String> row(ByteBuffer message) {
    int count = message.getShort();
    List<@Nullable String> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte kind = message.get();
      if (kind == 't' || kind == 'b') {
        byte[] bytes = new byte[message.getInt()];
        message.get(bytes);
        values.add(kind == 't' ? new String(bytes, StandardCharsets.UTF_8) : null);
      } else {
        values.add(null);
      }
    }
    return values;
  }

  private static String text(ByteBuffer message) {
    int start = message.position();
    int end = start;
    while (message.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - start];
    message.get(bytes).get();
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
