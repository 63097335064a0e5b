package dev.tenon.timeseries;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/** A table with rollups of four kinds of buckets, on both engines. */
final class Readings {

  static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  static final Rollup HOURLY =
      Rollup.of("readings_hourly", Bucket.every(Duration.ofHours(1)))
          .sum("units")
          .min("units")
          .max("units")
          .avg("level")
          .first("level")
          .last("level");
  static final Rollup DAILY = HOURLY.into("readings_daily", Bucket.day(BERLIN));
  static final Rollup WEEKLY = DAILY.into("readings_weekly", Bucket.week(BERLIN));
  static final Rollup MONTHLY = DAILY.into("readings_monthly", Bucket.month(BERLIN));
  static final List<Rollup> ALL = List.of(HOURLY, DAILY, WEEKLY, MONTHLY);

  static final HypertableRepository<Reading> READINGS = definition().build();

  /** The same table with a columnstore. */
  private static final HypertableRepository<Reading> COLUMNS =
      definition().fenced().columnstore(Duration.ofDays(3_000)).build();

  static final Field<String> METER = READINGS.column("meter", String.class);
  static final Field<Integer> CHANNEL = READINGS.column("channel", Integer.class);
  static final Field<Long> UNITS = READINGS.column("units", Long.class);
  static final Field<Double> LEVEL = READINGS.column("level", Double.class);

  record Reading(
      Instant time,
      String meter,
      int channel,
      long units,
      @Nullable Double level,
      @Nullable Double fromTime) {

    /** Mostly the last component is there for its name alone, which the log's column has too. */
    Reading(Instant time, String meter, int channel, long units, @Nullable Double level) {
      this(time, meter, channel, units, level, null);
    }
  }

  /** What a bucket of one series is, from the rows or from a rollup. */
  record State(
      Instant start,
      String meter,
      Integer channel,
      Long rows,
      Long units,
      Double mean,
      Long least,
      Long most,
      @Nullable Double level,
      @Nullable Double first,
      @Nullable Double last) {}

  private Readings() {}

  private static HypertableBuilder<Reading> definition() {
    return HypertableRepository.of("readings", Reading.class)
        .time("time")
        .series("meter", "channel")
        .chunkInterval(Duration.ofDays(7))
        .rollups(HOURLY, DAILY, WEEKLY, MONTHLY)
        .retention(Duration.ofDays(30));
  }

  static List<State> states(BucketQuery query) {
    return query
        .by(METER, CHANNEL)
        .count()
        .sum(UNITS)
        .avg(UNITS)
        .min(UNITS)
        .max(UNITS)
        .avg(LEVEL)
        .first(LEVEL)
        .last(LEVEL)
        .fetchInto(State.class);
  }

  static List<Migrations> migrations(Capabilities capabilities) {
    String policies =
        READINGS.tables().stream()
            .map(table -> TenantTable.rls("public", table).sql())
            .collect(Collectors.joining("\n"));
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("readings")
            .script("V1__readings.sql", READINGS.migrationSql(capabilities) + policies)
            .script("V2__again.sql", READINGS.upgradeSql()));
  }

  private static List<Migrations> fenced(String migration) {
    String policies =
        READINGS.tables().stream()
            .filter(table -> !table.equals("readings"))
            .map(table -> TenantTable.rls("public", table).sql())
            .collect(Collectors.joining("\n"));
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("readings")
            .script(
                "V1__readings.sql",
                migration
                    + TenantTable.fence("public", "readings").key("meter", "channel", "time").sql()
                    + policies));
  }

  /** The rows behind a fence, the rollups under row-level security. */
  static final class Fenced implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return fenced(READINGS.migrationSql(Samples.OnPartitions.CAPABILITIES));
    }
  }

  /** A fence around the rows, old chunks of which are kept by columns. */
  static final class Columns implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("timescaledb");
    }

    @Override
    public List<Migrations> migrations() {
      Capabilities community =
          new Capabilities(170000, Map.of("timescaledb", "2.22.1"), Optional.of("timescale"));
      return fenced(COLUMNS.migrationSql(community));
    }
  }

  /** PostgreSQL with TimescaleDB. */
  static final class OnTimescale implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("timescaledb");
    }

    @Override
    public List<Migrations> migrations() {
      return Readings.migrations(Samples.OnTimescale.CAPABILITIES);
    }
  }

  /** PostgreSQL alone. */
  static final class OnPartitions implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return Readings.migrations(Samples.OnPartitions.CAPABILITIES);
    }
  }
}
