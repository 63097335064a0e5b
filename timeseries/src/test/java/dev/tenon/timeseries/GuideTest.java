package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Migrations;
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
import java.util.stream.Stream;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The snippets of docs/guide/timeseries.md. */
@TenonTest(schema = GuideTest.Schema.class)
final class GuideTest {

  record Sample(Instant time, String metric, double value, @Nullable String unit) {}

  static final HypertableRepository<Sample> samples =
      HypertableRepository.of("samples", Sample.class).time("time").series("metric").build();

  static final Field<String> METRIC = samples.column("metric", String.class);
  static final Field<Double> VALUE = samples.column("value", Double.class);

  record Minute(
      Instant start, String metric, Double mean, Double highest, Double last, long rows) {}

  record Day(Instant start, Double mean, Double median, List<Long> slots) {}

  record Filled(Instant start, String metric, @Nullable Double mean, @Nullable Double last) {}

  static Migrations migrations(Capabilities capabilities) {
    return Migrations.named("telemetry")
        .script("V1__samples.sql", samples.migrationSql(capabilities))
        .script("V2__samples_policy.sql", TenantTable.rls("public", "samples").sql());
  }

  @Test
  void the_guide_is_true(TenantDatabase tenants) {
    UUID acmeId = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
    Instant noon = Instant.parse("2026-11-20T12:00:00Z");
    Stream<Sample> measured =
        Stream.of(
            new Sample(noon, "cpu_user", 21.5, "percent"),
            new Sample(noon.plusSeconds(1), "cpu_user", 22.5, "percent"),
            new Sample(noon, "disk_read", 7, null));

    TenantSession acme = tenants.as(acmeId);
    long stored = samples.append(acme, measured);

    TimeRange hour = TimeRange.starting(noon, Duration.ofHours(1));
    List<Minute> chart =
        samples
            .buckets(acme, hour, Duration.ofMinutes(1))
            .by(METRIC)
            .avg(VALUE)
            .max(VALUE)
            .last(VALUE)
            .count()
            .where(METRIC.like("cpu%"))
            .fetchInto(Minute.class);

    List<Sample> raw = samples.range(acme, hour);
    List<Sample> high = samples.range(acme, hour, VALUE.gt(22.0));
    List<Sample> now = samples.last(acme);

    List<Day> days =
        samples
            .buckets(acme, hour, Bucket.day(ZoneId.of("Europe/Berlin")))
            .avg(VALUE)
            .percentile(VALUE, 0.5)
            .histogram(VALUE, 0, 100, 4)
            .fetchInto(Day.class);

    List<Filled> line =
        samples
            .buckets(acme, hour, Duration.ofMinutes(1))
            .by(METRIC)
            .avg(VALUE)
            .interpolated()
            .last(VALUE)
            .carriedForward()
            .lookback(Duration.ofHours(1))
            .fetchInto(Filled.class);

    Downsampling<Sample> drawn = Downsampling.of(Sample::time, Sample::value);
    List<Sample> points = drawn.largestTriangles(raw, 800);
    double total =
        samples.stream(acme, hour, VALUE.gt(0d), rows -> rows.mapToDouble(Sample::value).sum());

    assertThat(stored).isEqualTo(3);
    assertThat(chart).containsExactly(new Minute(noon, "cpu_user", 22.0, 22.5, 22.5, 2));
    assertThat(raw).hasSize(3);
    assertThat(high).extracting(Sample::value).containsExactly(22.5);
    assertThat(now).extracting(Sample::value).containsExactly(22.5, 7.0);
    assertThat(days)
        .containsExactly(
            new Day(
                Instant.parse("2026-11-19T23:00:00Z"),
                17.0,
                21.5,
                List.of(0L, 3L, 0L, 0L, 0L, 0L)));
    assertThat(line)
        .hasSize(120)
        .last()
        .isEqualTo(new Filled(noon.plusSeconds(59 * 60), "disk_read", null, 7.0));
    assertThat(points).isEqualTo(raw);
    assertThat(total).isEqualTo(51);
  }

  /** On PostgreSQL alone. */
  static final class Schema implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(), GuideTest.migrations(Samples.OnPartitions.CAPABILITIES));
    }
  }
}
