package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Migrations;
import dev.tenon.core.Operations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The snippets about rollups and the writer of docs/guide/timeseries.md. */
@TenonTest(schema = RollupGuideTest.Schema.class)
final class RollupGuideTest {

  record Sample(Instant time, String metric, double value, @Nullable String unit) {}

  static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  static final Rollup hourly =
      Rollup.of("samples_hourly", Bucket.every(Duration.ofHours(1)))
          .avg("value")
          .max("value")
          .last("value");
  static final Rollup daily = hourly.into("samples_daily", Bucket.day(BERLIN));
  static final Rollup monthly = daily.into("samples_monthly", Bucket.month(BERLIN));

  static final HypertableRepository<Sample> samples =
      HypertableRepository.of("samples", Sample.class)
          .time("time")
          .series("metric")
          .rollups(hourly, daily, monthly)
          .build();

  static final Field<String> METRIC = samples.column("metric", String.class);
  static final Field<Double> VALUE = samples.column("value", Double.class);

  record Day(Instant start, String metric, Double mean, Double highest, long rows) {}

  static final String policies =
      samples.tables().stream()
          .map(table -> TenantTable.rls("public", table).sql())
          .collect(Collectors.joining());

  @Test
  void the_guide_is_true(TenantDatabase tenants) throws InterruptedException {
    UUID acmeId = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
    TenantSession acme = tenants.as(acmeId);
    Instant noon = Instant.parse("2026-11-20T12:00:00Z");
    samples.append(
        acme,
        List.of(
            new Sample(noon, "cpu_user", 21.5, "percent"),
            new Sample(noon.plusSeconds(1), "cpu_user", 22.5, "percent")));

    List<SampleWriter.DeadLetter<Sample>> letters = new CopyOnWriteArrayList<>();
    SampleWriter<Sample> writer =
        samples.writer(acme, SampleWriter.Options.defaults(), refused -> letters.add(refused));
    CompletableFuture<SampleWriter.Result> batch =
        writer.append(new Sample(noon.plusSeconds(2), "cpu_user", 23.5, "percent"));
    SampleWriter.Report<Sample> report = writer.close(Duration.ofSeconds(30));
    assertThat(batch).isCompletedWithValue(new SampleWriter.Result(1, 0));
    assertThat(report.stored()).isOne();
    assertThat(letters).isEmpty();

    Bucket day = Bucket.day(BERLIN);
    TimeRange november =
        TimeRange.of(Instant.parse("2026-10-31T23:00:00Z"), Instant.parse("2026-11-30T23:00:00Z"));
    BucketResult<Day> days =
        samples
            .buckets(acme, november, day, daily, Freshness.STRICT)
            .by(METRIC)
            .avg(VALUE)
            .max(VALUE)
            .count()
            .fetch(Day.class);

    samples.refresh(acme).run();

    assertThat(days.rows())
        .containsExactly(new Day(Instant.parse("2026-11-19T23:00:00Z"), "cpu_user", 22.5, 23.5, 3));
    assertThat(days.changedBuckets()).isEqualTo(30);
    assertThat(
            samples
                .buckets(acme, november, day, daily, Freshness.ROLLUP_ONLY)
                .by(METRIC)
                .avg(VALUE)
                .max(VALUE)
                .count()
                .fetch(Day.class)
                .rows())
        .isEqualTo(days.rows());
  }

  /** On PostgreSQL alone. */
  static final class Schema implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Operations.migrations(),
          Migrations.named("telemetry")
              .script("V1__samples.sql", samples.migrationSql(Samples.OnPartitions.CAPABILITIES))
              .script("V2__samples_policies.sql", policies));
    }
  }
}
