package dev.tenon.timeseries;

/** The script that creates a hypertable with all that an append needs. */
final class Migration {

  private Migration() {}

  static String sql(Hypertable<?> hypertable, Dialect dialect) {
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
        + "\n"
        + hypertable.stage().functionSql(createStage(hypertable))
        + RollupMigration.sql(hypertable);
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
