package dev.tenon.timeseries;

import static dev.tenon.timeseries.Samples.HOST;
import static dev.tenon.timeseries.Samples.HOSTILE;
import static dev.tenon.timeseries.Samples.METRIC;
import static dev.tenon.timeseries.Samples.NOTE;
import static dev.tenon.timeseries.Samples.SAMPLES;
import static dev.tenon.timeseries.Samples.VALUE;
import static dev.tenon.timeseries.Samples.WIDE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.timeseries.Samples.Hostile;
import dev.tenon.timeseries.Samples.Level;
import dev.tenon.timeseries.Samples.Sample;
import dev.tenon.timeseries.Samples.Wide;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What comes out of a hypertable, on every engine. */
abstract class ReadContract extends HypertableContract {

  record Minute(Instant start, String metric, long rows, Double mean) {}

  record Ends(Instant start, double first, double last) {}

  record Totals(Instant start, Double sum, Double min, Double max) {}

  @Test
  void reads_back_what_was_appended_in_order_of_time_and_series(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    List<Sample> samples =
        List.of(sample(2, "cpu", 2.5), sample(1, "memory", 7), sample(1, "cpu", -0.125));

    assertThat(SAMPLES.append(acme, samples)).isEqualTo(3);

    assertThat(SAMPLES.range(acme, DAY))
        .containsExactly(samples.get(2), samples.get(1), samples.get(0));
  }

  @Test
  void takes_the_first_instant_of_a_range_and_not_the_last(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(acme, List.of(sample(0, "cpu", 1), sample(60, "cpu", 2)));

    assertThat(SAMPLES.range(acme, TimeRange.starting(NOON, Duration.ofSeconds(60))))
        .containsExactly(sample(0, "cpu", 1));
  }

  @Test
  void reads_only_rows_that_meet_a_condition(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(acme, List.of(sample(0, "cpu", 1), sample(1, "cpu", 2), sample(2, "io", 3)));

    assertThat(SAMPLES.range(acme, DAY, METRIC.eq("cpu").and(VALUE.gt(1d))))
        .containsExactly(sample(1, "cpu", 2));
  }

  @Test
  void streams_rows_in_order_in_a_transaction_or_one_of_its_own(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 2_500; i++) {
      samples.add(sample(i, i % 2 == 0 ? "cpu" : "io", i));
    }
    SAMPLES.append(acme, samples);

    List<Sample> even = SAMPLES.stream(acme, DAY, METRIC.eq("cpu"), rows -> rows.toList());
    assertThat(even)
        .isEqualTo(samples.stream().filter(sample -> sample.metric().equals("cpu")).toList());
    acme.transaction(
        transaction ->
            assertThat(
                    SAMPLES.<Long, RuntimeException>stream(
                        transaction, DAY, DSL.noCondition(), rows -> rows.limit(3).count()))
                .isEqualTo(3));
    assertThat(
            SAMPLES.<Long, RuntimeException>stream(
                tenants.as(OTHER), DAY, DSL.noCondition(), rows -> rows.count()))
        .isZero();
  }

  @Test
  void keeps_values_of_every_type(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Wide wide = wide("Grüße, 世界, 😀 \\N \t\n", new BigDecimal("-12345678901234567890.000123"));
    Wide empty = wide("", new BigDecimal("1E+40"));

    WIDE.append(acme, List.of(wide, empty));

    TimeRange range = TimeRange.starting(wide.seenAt(), Duration.ofSeconds(1));
    assertThat(WIDE.range(acme, range))
        .usingRecursiveFieldByFieldElementComparator()
        .usingRecursiveComparison()
        .withComparatorForType(BigDecimal::compareTo, BigDecimal.class)
        .ignoringCollectionOrder()
        .isEqualTo(List.of(wide, empty));
    assertThat(WIDE.range(acme, range, WIDE.column("level", Level.class).eq(Level.HIGH)))
        .usingRecursiveComparison()
        .withComparatorForType(BigDecimal::compareTo, BigDecimal.class)
        .ignoringCollectionOrder()
        .isEqualTo(List.of(wide, empty));
  }

  @Test
  void cuts_times_to_microseconds(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Instant time = Instant.parse("1969-07-20T20:17:40.123456789Z");
    SAMPLES.append(acme, List.of(new Sample(time, "moon", 1, 1, null)));

    assertThat(SAMPLES.range(acme, TimeRange.starting(time, Duration.ofNanos(1_000))))
        .extracting(Sample::time)
        .containsExactly(time.truncatedTo(ChronoUnit.MICROS));
  }

  @Test
  void aggregates_by_bucket_and_series(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(
        acme,
        List.of(
            sample(0, "cpu", 1),
            sample(59, "cpu", 2),
            sample(60, "cpu", 4),
            sample(61, "io", 8),
            sample(3_600, "io", 16)));

    assertThat(
            SAMPLES
                .buckets(acme, TimeRange.starting(NOON, Duration.ofHours(1)), Duration.ofMinutes(1))
                .by(METRIC)
                .count()
                .avg(VALUE)
                .fetchInto(Minute.class))
        .containsExactly(
            new Minute(NOON, "cpu", 2, 1.5),
            new Minute(NOON.plusSeconds(60), "cpu", 1, 4.0),
            new Minute(NOON.plusSeconds(60), "io", 1, 8.0));
  }

  @Test
  void aggregates_only_rows_that_meet_a_condition(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(acme, List.of(sample(0, "cpu", 1), sample(1, "cpu", 2), sample(2, "io", 4)));

    assertThat(
            SAMPLES
                .buckets(acme, DAY, Duration.ofMinutes(1))
                .sum(VALUE)
                .min(VALUE)
                .max(VALUE)
                .where(METRIC.eq("cpu"))
                .where(VALUE.ge(1d))
                .fetchInto(Totals.class))
        .containsExactly(new Totals(NOON, 3.0, 1.0, 2.0));
  }

  @Test
  void first_and_last_follow_time_and_then_the_series(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(
        acme,
        List.of(
            sample(5, "io", 6),
            sample(5, "cpu", 5),
            sample(1, "io", 2),
            sample(1, "cpu", 1),
            sample(3, "cpu", 3)));

    assertThat(
            SAMPLES
                .buckets(acme, DAY, Duration.ofMinutes(1))
                .first(VALUE)
                .last(VALUE)
                .fetchInto(Ends.class))
        .containsExactly(new Ends(NOON, 1, 6));

    record EndsOfSeries(Instant start, String metric, Integer host, double first, double last) {}
    assertThat(
            SAMPLES
                .buckets(acme, DAY, Duration.ofMinutes(1))
                .by(METRIC, HOST)
                .first(VALUE)
                .last(VALUE)
                .fetchInto(EndsOfSeries.class))
        .containsExactly(
            new EndsOfSeries(NOON, "cpu", 1, 1, 5), new EndsOfSeries(NOON, "io", 1, 2, 6));
  }

  @Test
  void last_is_null_where_the_latest_row_is(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(
        acme,
        List.of(
            new Sample(NOON, "cpu", 1, 1, "seen"),
            new Sample(NOON.plusSeconds(1), "cpu", 1, 1, null)));

    record Notes(
        Instant start, String metric, int host, @Nullable String first, @Nullable String last) {}
    assertThat(
            SAMPLES
                .buckets(acme, DAY, Duration.ofMinutes(1))
                .by(METRIC, HOST)
                .first(NOTE)
                .last(NOTE)
                .fetchInto(Notes.class))
        .containsExactly(new Notes(NOON, "cpu", 1, "seen", null));
  }

  @Test
  void sums_keep_their_type(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Wide wide = wide("a", new BigDecimal("0.1"));
    WIDE.append(acme, List.of(wide));

    record Sums(
        Instant start, Long small, Long large, Double single, BigDecimal exact, Long none) {}
    assertThat(
            WIDE.buckets(acme, ALWAYS, Duration.ofDays(7))
                .sum(WIDE.column("small", Short.class))
                .sum(WIDE.column("large", Long.class))
                .sum(WIDE.column("single", Float.class))
                .sum(WIDE.column("exact", BigDecimal.class))
                .sum(WIDE.column("medium", Integer.class))
                .fetchInto(Sums.class))
        .containsExactly(
            new Sums(
                Instant.parse("2026-11-16T00:00:00Z"),
                -3L,
                Long.MAX_VALUE,
                1.5,
                new BigDecimal("0.1"),
                7L));
  }

  @Test
  void buckets_are_aligned_to_a_monday_before_and_after_it(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Instant before = Instant.parse("1999-12-31T23:59:59.999999Z");
    Instant monday = Instant.parse("2000-01-03T00:00:00Z");
    SAMPLES.append(
        acme, List.of(new Sample(before, "a", 1, 1, null), new Sample(monday, "a", 1, 2, null)));

    record Count(Instant start, long rows) {}
    assertThat(SAMPLES.buckets(acme, ALWAYS, Duration.ofDays(7)).count().fetchInto(Count.class))
        .containsExactly(new Count(Instant.parse("1999-12-27T00:00:00Z"), 1), new Count(monday, 1));
  }

  @Test
  void last_gives_the_latest_row_of_each_series(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(
        acme,
        List.of(
            sample(0, "cpu", 1),
            sample(100_000, "cpu", 2),
            sample(50, "io", 3),
            new Sample(NOON, "cpu", 2, 4, "other host"),
            new Sample(NOON.minusSeconds(1), "cpu", 2, 5, null)));

    assertThat(SAMPLES.last(acme))
        .containsExactly(
            sample(100_000, "cpu", 2),
            new Sample(NOON, "cpu", 2, 4, "other host"),
            sample(50, "io", 3));
  }

  @Test
  void an_empty_table_has_no_last_rows_and_no_buckets(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);

    assertThat(SAMPLES.last(acme)).isEmpty();
    assertThat(
            SAMPLES
                .buckets(acme, DAY, Duration.ofMinutes(1))
                .by(METRIC)
                .count()
                .avg(VALUE)
                .fetchInto(Minute.class))
        .isEmpty();
  }

  @Test
  void names_of_any_kind_are_quoted(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Hostile hostile = new Hostile(NOON, "'; drop table samples; --", 1);
    SAMPLES.append(acme, List.of(sample(0, "cpu", 1)));

    HOSTILE.append(acme, List.of(hostile));

    assertThat(HOSTILE.range(acme, DAY)).containsExactly(hostile);
    assertThat(HOSTILE.last(acme)).containsExactly(hostile);
    assertThat(
            HOSTILE
                .buckets(acme, DAY, Duration.ofMinutes(1))
                .first(HOSTILE.column("select", double.class))
                .last(HOSTILE.column("select", double.class))
                .fetchInto(Ends.class))
        .containsExactly(new Ends(NOON, 1, 1));
    assertThat(SAMPLES.range(acme, DAY)).hasSize(1);
  }

  @Test
  void a_record_of_another_shape_is_refused_before_the_query(TenantDatabase tenants) {
    assertThatThrownBy(
            () ->
                SAMPLES
                    .buckets(tenants.as(ACME), DAY, Duration.ofMinutes(1))
                    .avg(VALUE)
                    .fetchInto(Minute.class))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Minute");
  }
}
