package dev.tenon.timeseries;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/** The tables that the tests share, on both engines. */
final class Samples {

  static final HypertableRepository<Sample> SAMPLES =
      HypertableRepository.of("samples", Sample.class)
          .time("time")
          .series("metric", "host")
          .chunkInterval(Duration.ofDays(1))
          .build();
  static final Field<Instant> TIME = SAMPLES.column("time", Instant.class);
  static final Field<String> METRIC = SAMPLES.column("metric", String.class);
  static final Field<Integer> HOST = SAMPLES.column("host", Integer.class);
  static final Field<Double> VALUE = SAMPLES.column("value", Double.class);
  static final Field<String> NOTE = SAMPLES.column("note", String.class);

  static final HypertableRepository<Wide> WIDE =
      HypertableRepository.of("wide", Wide.class).time("seenAt").series("id").build();

  static final String HOSTILE_NAME = "a\"b'c $tenon$ ? %s {0};drop table samples--\n?";
  static final HypertableRepository<Hostile> HOSTILE =
      HypertableRepository.of(HOSTILE_NAME, Hostile.class).time("order").series("$tenon$").build();

  record Sample(Instant time, String metric, int host, double value, @Nullable String note) {}

  enum Level {
    LOW,
    HIGH
  }

  @SuppressWarnings("ArrayRecordComponent")
  record Wide(
      UUID id,
      Instant seenAt,
      short small,
      int medium,
      long large,
      float single,
      double twice,
      boolean flag,
      BigDecimal exact,
      String text,
      Level level,
      byte[] raw,
      JSONB document,
      OffsetDateTime zoned,
      LocalDateTime local,
      LocalDate day,
      @Nullable Integer maybeNumber,
      @Nullable Boolean maybeFlag,
      @Nullable String maybeText) {}

  record Hostile(Instant order, String $tenon$, double select) {}

  private Samples() {}

  private static Migrations migrations(Capabilities capabilities) {
    return Migrations.named("samples")
        .script("V1__samples.sql", fenced(SAMPLES, "samples", capabilities))
        .script("V2__wide.sql", fenced(WIDE, "wide", capabilities))
        .script("V3__hostile.sql", fenced(HOSTILE, HOSTILE_NAME, capabilities));
  }

  private static String fenced(
      HypertableRepository<?> repository, String table, Capabilities capabilities) {
    return repository.migrationSql(capabilities) + TenantTable.rls("public", table).sql();
  }

  /** PostgreSQL with TimescaleDB. */
  static final class OnTimescale implements TestSchema {
    static final Capabilities CAPABILITIES =
        new Capabilities(170000, Map.of("timescaledb", "2.19.3"), Optional.of("apache"));

    @Override
    public Set<String> extensions() {
      return Set.of("timescaledb");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(TenancyMigrations.all(), Samples.migrations(CAPABILITIES));
    }
  }

  /** PostgreSQL alone. */
  static final class OnPartitions implements TestSchema {
    static final Capabilities CAPABILITIES = new Capabilities(170000, Map.of(), Optional.empty());

    @Override
    public List<Migrations> migrations() {
      return List.of(TenancyMigrations.all(), Samples.migrations(CAPABILITIES));
    }
  }
}
