package dev.tenon.cache;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A table whose changes invalidate values of an entity.
 *
 * @param tenantColumn empty where every tenant shares the values
 * @param columns what {@code identifier} is given, as texts
 */
record CapturedTable(
    String schema,
    String table,
    Optional<String> tenantColumn,
    List<String> columns,
    Function<List<String>, String> identifier,
    EntityCache<?, ?> entity) {

  static final Function<List<String>, String> AS_WRITTEN = texts -> texts.get(0);

  /** The columns that a deleted row must tell of. */
  List<String> keyColumns() {
    List<String> all = new ArrayList<>(columns);
    tenantColumn.ifPresent(all::add);
    return all;
  }

  String name() {
    return schema + "." + table;
  }

  /** Whether a column is the identifier, as the server writes it. */
  boolean isAsWritten() {
    return identifier == AS_WRITTEN;
  }

  /**
   * What invalidates the value of a row; empty where that cannot be told.
   *
   * <p>A {@code char(n)} is written with blanks at its end, with which an application may know it
   * or not: both are invalidated.
   */
  Set<RedisKey> keys(PgOutput.Columns row) {
    String tenant = tenantColumn.isPresent() ? row.text(tenantColumn.get()) : "";
    List<String> texts = new ArrayList<>(columns.size());
    for (String column : columns) {
      @Nullable String text = row.text(column);
      if (text == null) {
        return Set.of();
      }
      texts.add(text);
    }
    if (tenant == null) {
      return Set.of();
    }
    Set<RedisKey> keys = new LinkedHashSet<>();
    key(tenant, texts).ifPresent(keys::add);
    List<String> cut = texts.stream().map(CapturedTable::withoutBlanks).toList();
    if (!cut.equals(texts)) {
      key(tenant, cut).ifPresent(keys::add);
    }
    return keys;
  }

  private Optional<RedisKey> key(String tenant, List<String> texts) {
    try {
      return Optional.of(entity.redisKey(tenant, identifier.apply(texts)));
    } catch (RuntimeException | AssertionError | LinkageError | StackOverflowError unfit) {
      return Optional.empty();
    }
  }

  private static String withoutBlanks(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == ' ') {
      end--;
    }
    return text.substring(0, end);
  }

  /** What the publication covers with this table, as it is noted beside it. */
  String coverage() {
    return name() + keyColumns() + ">" + entity.name();
  }
}
