package dev.tenon.timeseries;

import static dev.tenon.timeseries.Samples.METRIC;
import static dev.tenon.timeseries.Samples.NOTE;
import static dev.tenon.timeseries.Samples.SAMPLES;
import static dev.tenon.timeseries.Samples.VALUE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.timeseries.Samples.Sample;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Buckets of any kind, their aggregates and their gaps, on every engine. */
abstract class BucketContract extends HypertableContract {

  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final TimeRange FIVE_MINUTES = TimeRange.starting(NOON, Duration.ofMinutes(5));

  record Count(Instant start, long rows) {}

  record Value(Instant start, @Nullable Double value) {}

  record Filled(Instant start, String metric, long rows, @Nullable Double value) {}

  static Stream<Bucket> calendars() {
    return Stream.of(
            "Europe/Berlin",
            "America/New_York",
            "Asia/Kathmandu",
            "America/Sao_Paulo",
            "America/Havana")
        .map(ZoneId::of)
        .flatMap(
            zone ->
                Stream.of(
                    Bucket.day(zone), Bucket.week(zone), Bucket.month(zone), Bucket.year(zone)));
  }

  /** The server cuts time as Java does, also where days have 23 and 25 hours. */
  @ParameterizedTest
  @MethodSource("calendars")
  void calendars_are_those_of_their_zone(Bucket bucket, TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Random random = new Random(7);
    Instant from = Instant.parse("2018-09-01T00:00:00Z");
    Map<Instant, Long> expected = new TreeMap<>();
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      Instant time = from.plusSeconds(random.nextInt(250 * 86_400) + i);
      samples.add(new Sample(time, "m" + i, 1, i, null));
      expected.merge(bucket.startOf(time), 1L, Long::sum);
    }
    SAMPLES.append(acme, samples);

    List<Count> counts = SAMPLES.buckets(acme, ALWAYS, bucket).count().fetchInto(Count.class);

    assertThat(counts)
        .isEqualTo(
            expected.entrySet().stream()
                .map(entry -> new Count(entry.getKey(), entry.getValue()))
                .toList());
  }

  @Test
  void a_day_of_a_zone_has_as_many_hours_as_its_clock(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Instant autumn = Instant.parse("2026-10-24T22:00:00Z");
    SAMPLES.append(
        acme,
        List.of(
            new Sample(autumn, "cpu", 1, 1, null),
            new Sample(autumn.plus(Duration.ofHours(25)).minusMillis(1), "cpu", 1, 2, null),
            new Sample(autumn.plus(Duration.ofHours(25)), "cpu", 1, 3, null)));

    assertThat(SAMPLES.buckets(acme, ALWAYS, Bucket.day(BERLIN)).count().fetchInto(Count.class))
        .containsExactly(new Count(autumn, 2), new Count(autumn.plus(Duration.ofHours(25)), 1));
  }

  @Test
  void fills_gaps_within_the_range_for_each_group(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(acme, List.of(sample(60, "cpu", 1), sample(181, "cpu", 7), sample(0, "io", 5)));

    assertThat(
            SAMPLES
                .buckets(acme, FIVE_MINUTES, MINUTE)
                .by(METRIC)
                .count()
                .avg(VALUE)
                .interpolated()
                .fetchInto(Filled.class))
        .containsExactly(
            filled(0, "cpu", 0, null),
            filled(0, "io", 1, 5d),
            filled(1, "cpu", 1, 1d),
            filled(1, "io", 0, null),
            filled(2, "cpu", 0, 4d),
            filled(2, "io", 0, null),
            filled(3, "cpu", 1, 7d),
            filled(3, "io", 0, null),
            filled(4, "cpu", 0, null),
            filled(4, "io", 0, null));
  }

  private static Filled filled(int minute, String metric, long rows, @Nullable Double value) {
    return new Filled(NOON.plusSeconds(60L * minute), metric, rows, value);
  }

  @Test
  void carries_a_value_forward_out_of_the_look_back(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(acme, List.of(sample(-200, "cpu", 3), sample(121, "cpu", 8)));

    assertThat(values(acme, Duration.ZERO)).containsExactly(null, null, 8d, 8d, 8d);
    assertThat(values(acme, Duration.ofMinutes(4))).containsExactly(3d, 3d, 8d, 8d, 8d);
  }

  private static List<@Nullable Double> values(TenantSession session, Duration lookback) {
    return SAMPLES
        .buckets(session, FIVE_MINUTES, MINUTE)
        .last(VALUE)
        .carriedForward()
        .lookback(lookback)
        .fetchInto(Value.class)
        .stream()
        .map(Value::value)
        .collect(Collectors.toList());
  }

  @Test
  void a_range_without_rows_has_no_group_to_fill(TenantDatabase tenants) {
    assertThat(
            SAMPLES
                .buckets(tenants.as(ACME), FIVE_MINUTES, MINUTE)
                .count()
                .filled()
                .fetchInto(Count.class))
        .isEmpty();
  }

  @Test
  void fills_days_of_a_zone_across_the_change_of_its_clock(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Instant friday = Instant.parse("2026-10-22T22:00:00Z");
    SAMPLES.append(acme, List.of(new Sample(friday, "cpu", 1, 1, null)));

    assertThat(
            SAMPLES
                .buckets(acme, TimeRange.starting(friday, Duration.ofHours(97)), Bucket.day(BERLIN))
                .count()
                .filled()
                .fetchInto(Count.class))
        .extracting(Count::start)
        .containsExactly(
            friday,
            Instant.parse("2026-10-23T22:00:00Z"),
            Instant.parse("2026-10-24T22:00:00Z"),
            Instant.parse("2026-10-25T23:00:00Z"));
  }

  record Spread(
      Instant start,
      @Nullable Double deviation,
      @Nullable Double median,
      @Nullable Double highest,
      List<Long> slots) {}

  @Test
  void tells_how_values_are_spread(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    List<Sample> samples = new ArrayList<>();
    for (int i = 1; i <= 9; i++) {
      samples.add(sample(i, "cpu", i));
    }
    SAMPLES.append(acme, samples);

    Spread spread =
        SAMPLES
            .buckets(acme, FIVE_MINUTES, MINUTE)
            .stddev(VALUE)
            .percentile(VALUE, 0.5)
            .percentile(VALUE, 1)
            .histogram(VALUE, 2, 8, 3)
            .fetchInto(Spread.class)
            .get(0);

    assertThat(spread.deviation()).isCloseTo(Math.sqrt(7.5), within(1e-12));
    assertThat(spread.median()).isEqualTo(5);
    assertThat(spread.highest()).isEqualTo(9);
    assertThat(spread.slots()).containsExactly(1L, 2L, 2L, 2L, 2L);
  }

  record Growth(Instant start, @Nullable Double grown, @Nullable Double perSecond) {}

  @Test
  void a_counter_that_began_anew_goes_on_growing(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(
        acme,
        List.of(
            sample(0, "bytes", 100),
            sample(30, "bytes", 160),
            sample(60, "bytes", 40),
            sample(90, "bytes", 50),
            sample(1, "other", 1_000_000)));

    assertThat(
            SAMPLES
                .buckets(acme, FIVE_MINUTES, MINUTE)
                .increase(VALUE)
                .rate(VALUE)
                .where(METRIC.ne("none"))
                .fetchInto(Growth.class))
        .containsExactly(
            new Growth(NOON, 60d, 1d), new Growth(NOON.plusSeconds(60), 50d, 50d / 60));
  }

  @Test
  void a_value_counts_for_as_long_as_it_holds(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(
        acme, List.of(sample(0, "cpu", 10), sample(45, "cpu", 20), sample(90, "cpu", 0)));

    assertThat(
            SAMPLES
                .buckets(acme, TimeRange.starting(NOON, Duration.ofSeconds(100)), MINUTE)
                .timeWeightedAvg(VALUE)
                .fetchInto(Value.class))
        .containsExactly(
            new Value(NOON, (10 * 45 + 20 * 15) / 60d),
            new Value(NOON.plusSeconds(60), 20 * 30 / 40d));
  }

  @Test
  void keeps_the_groups_with_the_largest_values_of_each_bucket(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(
        acme,
        List.of(
            sample(0, "a", 1),
            sample(0, "b", 3),
            sample(0, "c", 2),
            sample(60, "c", 9),
            sample(60, "b", 9),
            sample(60, "a", 9)));

    assertThat(
            SAMPLES
                .buckets(acme, FIVE_MINUTES, MINUTE)
                .by(METRIC)
                .count()
                .max(VALUE)
                .top(2)
                .fetchInto(Filled.class))
        .containsExactly(
            filled(0, "b", 1, 3d),
            filled(0, "c", 1, 2d),
            filled(1, "a", 1, 9d),
            filled(1, "b", 1, 9d));
  }

  @Test
  void refuses_what_has_no_meaning_before_the_query(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    assertRefused(() -> query(acme).percentile(VALUE, 1.01), "the share is 1.01");
    assertRefused(() -> query(acme).percentile(VALUE, Double.NaN), "the share is NaN");
    assertRefused(() -> query(acme).histogram(VALUE, 2, 2, 3), "3 slots from 2.0 to 2.0");
    assertRefused(() -> query(acme).interpolated(), "there is no aggregate");
    assertRefused(() -> query(acme).count().interpolated(), "the aggregate is a Long");
    assertRefused(() -> query(acme).avg(VALUE).top(1), "top(1)");
    assertRefused(() -> query(acme).lookback(MINUTE.negated()), "lookback");
    assertRefused(
        () -> query(acme).by(METRIC).avg(VALUE).top(1).filled().fetchInto(Filled.class), "both");
    assertRefused(
        () -> query(acme).increase(SAMPLES.column("host", Integer.class).plus(1)), "no column");
    assertRefused(
        () -> SAMPLES.buckets(acme, ALWAYS, MINUTE).count().filled().fetchInto(Count.class),
        "1000000 buckets");
    assertRefused(() -> Bucket.day(ZoneOffset.ofHours(2)), "the offset +02:00");
    assertThat(query(acme).last(NOTE).carriedForward()).isNotNull();
  }

  private static BucketQuery query(TenantSession session) {
    return SAMPLES.buckets(session, FIVE_MINUTES, MINUTE);
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(UsageException.class).hasMessageContaining(message);
  }
}
