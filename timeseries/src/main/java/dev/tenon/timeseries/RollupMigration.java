package dev.tenon.timeseries;

import dev.tenon.timeseries.RollupTable.StateColumn;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The script that creates the rollups of a hypertable, and what tells them of changes. */
final class RollupMigration {

  private final Hypertable<?> hypertable;
  private final ChangeLog log;

  private RollupMigration(Hypertable<?> hypertable) {
    this.hypertable = hypertable;
    this.log = new ChangeLog(hypertable);
  }

  /** The statements, none where there are no rollups; may run again. */
  static String sql(Hypertable<?> hypertable, boolean isNew) {
    Floor floor = new Floor(hypertable);
    String floorSql = floor.exists() ? floor.migrationSql(isNew) : "";
    if (hypertable.rollups().isEmpty()) {
      return floorSql;
    }
    RollupMigration migration = new RollupMigration(hypertable);
    return floorSql
        + "\n"
        + "-- Rollups.\n"
        + BaseTable.statements(hypertable, isNew, migration::index)
        + migration.logTables()
        + hypertable.rollups().stream()
            .map(rollup -> migration.table(new RollupTable(hypertable, rollup)))
            .collect(Collectors.joining())
        + RollupTriggers.sql(hypertable, isNew)
        + migration.functions();
  }

  /** A narrow range of time is found without the key, which begins with the series. */
  private String index(String table) {
    String oldest =
        alignedSince()
            .map(
                since ->
                    """
                    alter table %1$s drop constraint if exists %2$s;
                    alter table %1$s add constraint %2$s check (%3$s >= timestamptz '%4$s');
                    """
                        .formatted(
                            table,
                            Hypertable.quote(hypertable.name() + "_rolled_up"),
                            time(),
                            since))
            .orElse("");
    return """
    create index if not exists %3$s on %1$s using brin (%2$s)
      with (pages_per_range = 32, autosummarize = on);
    """
            .formatted(table, time(), Hypertable.quote(hypertable.name() + "_time_brin"))
        + oldest;
  }

  /** Before it the days of some zone are not made of whole buckets of the rollup below. */
  private Optional<Instant> alignedSince() {
    return hypertable.rollups().stream()
        .filter(
            rollup -> rollup.source() != null && rollup.source().bucket() instanceof FixedBucket)
        .filter(rollup -> rollup.bucket() instanceof CalendarBucket)
        .flatMap(
            rollup -> {
              CalendarBucket calendar = (CalendarBucket) rollup.bucket();
              Bucket year = Bucket.year(calendar.zone());
              return Buckets.alignedSince(
                  calendar, (FixedBucket) Objects.requireNonNull(rollup.source()).bucket())
                  .filter(since -> since.isAfter(Timestamps.FIRST_ROW))
                  .map(since -> year.next(year.startOf(since)))
                  .stream();
            })
        .max(Instant::compareTo);
  }

  private String logTables() {
    return """

    -- What has changed since a rollup was refreshed, written in the transaction that changes it.
    create table if not exists %1$s (
      %3$s uuid not null,
      id uuid not null default gen_random_uuid(),
      rollup text not null,
      from_time timestamptz not null,
      to_time timestamptz not null,
      held boolean not null default false,
      primary key (%3$s, id)
    ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
    create index if not exists %6$s on %1$s (%3$s, rollup, from_time);
    %4$s
    -- When each tenant's rollups were refreshed; one without a row has to be made from the start.
    create table if not exists %2$s (
      %3$s uuid not null,
      rollup text not null,
      as_of timestamptz,
      primary key (%3$s, rollup)
    );
    %5$s"""
        .formatted(
            log.quotedLog(),
            log.quotedState(),
            tenant(),
            closed(log.quotedLog()),
            closed(log.quotedState()),
            Hypertable.quote(log.log().last() + "_order"));
  }

  /** Without a policy nobody sees a row: one that is forgotten shows nothing. */
  private static String closed(String table) {
    return """
    alter table %1$s enable row level security;
    alter table %1$s force row level security;
    """
        .formatted(table);
  }

  private String table(RollupTable table) {
    String definitions =
        Stream.of(
                Stream.of(tenant() + " uuid not null"),
                hypertable.series().stream()
                    .map(i -> hypertable.columns().get(i))
                    .map(
                        column ->
                            Hypertable.quote(column.name())
                                + " "
                                + column.type().sql()
                                + " not null"),
                Stream.of("bucket timestamptz not null"),
                table.states().stream().map(RollupMigration::definition),
                Stream.of("primary key (" + names(table.key()) + ")"))
            .flatMap(lines -> lines)
            .collect(Collectors.joining(",\n  "));
    return """

    create table if not exists %1$s (
      %2$s
    );
    create index if not exists %5$s on %1$s (%3$s, bucket);
    %4$s"""
        .formatted(
            table.quoted(),
            definitions,
            tenant(),
            closed(table.quoted()),
            Hypertable.quote(table.rollup().name() + "_bucket"));
  }

  private String functions() {
    return "\n-- What refreshes the rollups.\n"
        + hypertable.rollups().stream()
            .map(rollup -> new RollupTable(hypertable, rollup))
            .map(
                table ->
                    new RollupRemake(hypertable, table).sql()
                        + new RollupStep(hypertable, table).sql())
            .collect(Collectors.joining())
        + new RefreshProcedure(hypertable).sql();
  }

  private static String definition(StateColumn column) {
    return Hypertable.quote(column.name()) + " " + column.sqlType();
  }

  private String time() {
    return Hypertable.quote(hypertable.timeColumn().name());
  }

  private String tenant() {
    return Hypertable.quote(hypertable.tenantColumn());
  }

  private static String names(List<String> names) {
    return names.stream().map(Hypertable::quote).collect(Collectors.joining(", "));
  }
}
