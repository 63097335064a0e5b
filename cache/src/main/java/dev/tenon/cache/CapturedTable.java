package dev.tenon.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  /** The columns that a deleted row must tell of. */
  List<String> keyColumns() {
    List<String> all = new ArrayList<>(columns);
    tenantColumn.ifPresent(all::add);
    return all;
  }

  String name() {
    return schema + "." + table;
  }

  /** What invalidates the value of a row; empty where that cannot be told. */
  Optional<RedisKey> key(PgOutput.Columns row) {
    String tenant = tenantColumn.isPresent() ? row.text(tenantColumn.get()) : "";
    List<String> texts = new ArrayList<>(columns.size());
    for (String column : columns) {
      @Nullable String text = row.text(column);
      if (text == null) {
        return Optional.empty();
      }
      texts.add(text);
    }
    try {
      return tenant == null
          ? Optional.empty()
          : Optional.of(entity.redisKey(tenant, identifier.apply(texts)));
    } catch (RuntimeException unfit) {
      return Optional.empty();
    }
  }

  /** What the publication covers with this table, as it is noted beside it. */
  String coverage() {
    return name() + keyColumns() + ">" + entity.name();
  }
}
