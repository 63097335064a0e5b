package dev.tenon.timeseries;

import dev.tenon.core.internal.DollarQuote;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Field;

/**
 * The function that makes buckets of a rollup anew, for one tenant, with the rights of whoever
 * calls it: a tenant and whole buckets in, how many rows were stored, removed, and read out.
 *
 * <p>Its variables begin with an underscore, which no column does.
 */
record RollupRemake(Hypertable<?> hypertable, RollupTable table) {

  String function() {
    return table.quoted("_remake");
  }

  String sql() {
    return created(
        function()
            + "(uuid, tstzmultirange, out _stored bigint, out _removed bigint, out _read bigint)",
        body());
  }

  /** Intervals of days are as long in every session's zone. */
  static String created(String signature, String body) {
    return """

    create or replace function %1$s
    language plpgsql set search_path = pg_catalog, pg_temp set timezone = 'UTC'
    as %2$s
    %3$s%2$s;
    """
        .formatted(signature, DollarQuote.around(body), body);
  }

  /**
   * Groups that are gone are removed. Rows are compared by their images, because 1.0 equals 1.00,
   * and 0 equals -0. Chunks outside of the bounds are left alone.
   */
  private String body() {
    List<String> series = names(hypertable.seriesFields());
    List<String> states =
        table.states().stream().map(state -> Hypertable.quote(state.name())).toList();
    List<String> rowKey = plus(series, "bucket");
    String start = RollupTable.sql(table.start(table.sourceTime()));
    return """
    begin
      with "tenon work" ("tenon range") as (select unnest($2)),
      fresh as (
        select %1$s
          from "tenon work"
          join %2$s on %3$s >= lower("tenon range") and %3$s < upper("tenon range")
         where %4$s = $1 and %3$s >= lower($2) and %3$s < upper($2)
         group by %5$s),
      removed as (
        delete from %6$s as kept
         using "tenon work"
         where kept.%4$s = $1
           and kept.bucket >= lower("tenon range") and kept.bucket < upper("tenon range")
           and not exists (select from fresh where %7$s)
        returning 1),
      stored as (
        insert into %6$s as kept (%4$s, %8$s)
        select $1, %8$s from fresh
        on conflict (%9$s) do update set %10$s
         where record_image_ne(row(%11$s), row(%12$s))
        returning 1)
      select (select count(*) from stored), (select count(*) from removed),
             (select coalesce(sum("tenon read"), 0) from fresh)
        into _stored, _removed, _read;
    end
    """
        .formatted(
            fresh(series, start, states),
            table.quotedSource(),
            RollupTable.sql(table.sourceTime()),
            Hypertable.quote(hypertable.tenantColumn()),
            list(plus(series, start)),
            table.quoted(),
            rowKey.stream()
                .map(column -> "fresh.%1$s = kept.%1$s".formatted(column))
                .collect(Collectors.joining(" and ")),
            list(Stream.concat(rowKey.stream(), states.stream()).toList()),
            list(table.key().stream().map(Hypertable::quote).toList()),
            list(states.stream().map(state -> state + " = excluded." + state).toList()),
            list(states.stream().map(state -> "kept." + state).toList()),
            list(states.stream().map(state -> "excluded." + state).toList()));
  }

  private String fresh(List<String> series, String start, List<String> states) {
    List<String> columns = new ArrayList<>(series);
    columns.add(start + " as bucket");
    columns.add("count(*) as \"tenon read\"");
    List<Field<?>> computed = table.computed();
    for (int i = 0; i < states.size(); i++) {
      columns.add(RollupTable.sql(computed.get(i)) + " as " + states.get(i));
    }
    return list(columns);
  }

  private static List<String> names(List<Field<?>> fields) {
    return fields.stream().map(field -> Hypertable.quote(field.getName())).toList();
  }

  private static List<String> plus(List<String> some, String one) {
    return Stream.concat(some.stream(), Stream.of(one)).toList();
  }

  private static String list(List<String> parts) {
    return String.join(", ", parts);
  }
}
