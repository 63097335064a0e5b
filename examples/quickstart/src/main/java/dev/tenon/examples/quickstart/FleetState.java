package dev.tenon.examples.quickstart;

import dev.tenon.tenancy.TenantSession;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jooq.Record2;
import org.jooq.impl.DSL;

/**
 * All rows of a tenant at one moment, table by table.
 *
 * @param rows how many, by table
 * @param digests of the content, by table
 */
record FleetState(Map<String, Long> rows, Map<String, String> digests) {

  /** Reads it through the tenant's own session. */
  static FleetState of(TenantSession session) {
    return session.transactionResult(
        transaction -> {
          Map<String, Long> rows = new LinkedHashMap<>();
          Map<String, String> digests = new LinkedHashMap<>();
          for (String table : Schema.TABLES) {
            Record2<Long, String> state =
                Objects.requireNonNull(
                    transaction
                        .sql()
                        .select(
                            DSL.field("count(*)", Long.class),
                            DSL.field(
                                "md5(string_agg(t::text, '' order by t::text))", String.class))
                        .from(DSL.table(DSL.name(table)).as("t"))
                        .fetchOne());
            rows.put(table, state.value1());
            digests.put(table, String.valueOf(state.value2()));
          }
          return new FleetState(rows, digests);
        });
  }

  long allRows() {
    return rows.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The tables in which the tenant has no row. */
  List<String> emptyTables() {
    return rows.entrySet().stream()
        .filter(entry -> entry.getValue() == 0)
        .map(Map.Entry::getKey)
        .toList();
  }
}
