package dev.tenon.vector;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.JSONB;

/** The SQL type that a Java type is stored as, and the text that PostgreSQL reads as its value. */
final class ColumnType {

  private static final Map<Class<?>, String> SQL =
      Map.ofEntries(
          Map.entry(String.class, "text"),
          Map.entry(UUID.class, "uuid"),
          Map.entry(short.class, "smallint"),
          Map.entry(Short.class, "smallint"),
          Map.entry(int.class, "integer"),
          Map.entry(Integer.class, "integer"),
          Map.entry(long.class, "bigint"),
          Map.entry(Long.class, "bigint"),
          Map.entry(float.class, "real"),
          Map.entry(Float.class, "real"),
          Map.entry(double.class, "double precision"),
          Map.entry(Double.class, "double precision"),
          Map.entry(boolean.class, "boolean"),
          Map.entry(Boolean.class, "boolean"),
          Map.entry(BigDecimal.class, "numeric"),
          Map.entry(Instant.class, "timestamptz"),
          Map.entry(OffsetDateTime.class, "timestamptz"),
          Map.entry(LocalDateTime.class, "timestamp"),
          Map.entry(LocalDate.class, "date"),
          Map.entry(byte[].class, "bytea"),
          Map.entry(JSONB.class, "jsonb"));

  /** Equal values have equal texts, so that duplicates can be told before they are parsed. */
  private static final Set<Class<?>> IDENTIFIERS =
      Set.of(
          UUID.class,
          String.class,
          int.class,
          Integer.class,
          long.class,
          Long.class,
          short.class,
          Short.class);

  private ColumnType() {}

  /** The type of a column in an emitted table, and the cast of a staged text. */
  static String sql(Class<?> type) {
    return SQL.getOrDefault(type, "text");
  }

  static boolean canIdentify(Class<?> type) {
    return IDENTIFIERS.contains(type);
  }

  static String text(Object value) {
    if (value instanceof byte[] bytes) {
      return "\\x" + HexFormat.of().formatHex(bytes);
    }
    if (value instanceof JSONB json) {
      return json.data();
    }
    return value instanceof Enum<?> constant ? constant.name() : value.toString();
  }
}
