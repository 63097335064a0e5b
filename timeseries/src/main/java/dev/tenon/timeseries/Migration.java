package dev.tenon.timeseries;

import dev.tenon.core.Capabilities;
import java.util.stream.Collectors;

/** The script that creates a hypertable with all that an append needs. */
final class Migration {

  private Migration() {}

  static String sql(Hypertable<?> hypertable, Capabilities capabilities) {
    Dialect dialect = Dialect.of(capabilities);
    return """
    -- Hypertable %1$s: chunks of %2$s, aligned to 2000-01-03 UTC or to the server's own origin.
    -- The chunks lie in a schema that applications may not use: rights on the table reach its
    -- chunks, its policies do not.
    create schema if not exists %3$s;

    """
            .formatted(
                hypertable.quotedTable().replaceAll("\\R", " "),
                hypertable.chunkInterval(),
                Hypertable.quote(hypertable.chunkSchema()))
        + dialect.tableSql(hypertable)
        + closed(hypertable)
        + finite(hypertable)
        + columnstore(hypertable, new Engine(capabilities))
        + "\n"
        + hypertable.stage().functionSql(createStage(hypertable))
        + RollupMigration.sql(hypertable, true);
  }

  /**
   * Until a policy says who sees what, nobody but a superuser sees a row; a fence takes it off. The
   * columnstore would be refused behind it.
   */
  private static String closed(Hypertable<?> hypertable) {
    return hypertable.shared() || hypertable.columnstoreAfter().isPresent()
        ? ""
        : """

        -- Closed, until a policy or a fence says who sees which rows.
        alter table %1$s enable row level security;
        alter table %1$s force row level security;
        """
            .formatted(hypertable.quotedTable());
  }

  private static String finite(Hypertable<?> hypertable) {
    String conditions =
        hypertable.columns().stream()
            .filter(Column::finite)
            .map(column -> Hypertable.quote(column.name()))
            .map(column -> column + " not in ('NaN', 'Infinity', '-Infinity')")
            .collect(Collectors.joining(" and "));
    return conditions.isEmpty()
        ? ""
        : "alter table %s add constraint %s check (%s);\n"
            .formatted(
                hypertable.quotedTable(),
                Hypertable.quote(hypertable.name() + "_finite"),
                conditions);
  }

  /** After the table, and ahead of the fence, which the server takes on such a table. */
  private static String columnstore(Hypertable<?> hypertable, Engine engine) {
    if (hypertable.columnstoreAfter().isEmpty()) {
      return "";
    }
    Support support = engine.columnstore(hypertable);
    if (support.level() != Support.Level.NATIVE) {
      return "\n-- The columnstore is left out: " + support.reason() + ".\n";
    }
    return """

    alter table %1$s set (
      timescaledb.enable_columnstore,
      %2$stimescaledb.orderby = %3$s
    );
    call add_columnstore_policy(%4$s::regclass, after => interval '%5$d seconds');
    """
        .formatted(
            hypertable.quotedTable(),
            hypertable.seriesKeyList().isEmpty()
                ? ""
                : "timescaledb.segmentby = "
                    + Hypertable.literal(hypertable.seriesKeyList())
                    + ",\n  ",
            Hypertable.literal(Hypertable.quote(hypertable.timeColumn().name()) + " desc"),
            Hypertable.literal(hypertable.quotedTable()),
            hypertable.columnstoreAfter().get().toSeconds());
  }

  private static String createStage(Hypertable<?> hypertable) {
    return """
        create temporary table %1$s (
          %2$s
        ) on commit delete rows;
        """
        .formatted(hypertable.stage().name(), hypertable.columnDefinitions(""));
  }
}
