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

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Samples.Hostile;
import dev.tenon.timeseries.Samples.Level;
import dev.tenon.timeseries.Samples.Sample;
import dev.tenon.timeseries.Samples.Wide;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What holds on every engine. */
abstract class HypertableContract {

  static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  static final UUID OTHER = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b12");
  static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
  static final TimeRange DAY = TimeRange.starting(NOON, Duration.ofDays(1));
  static final TimeRange ALWAYS =
      TimeRange.of(Instant.parse("1000-01-01T00:00:00Z"), Instant.parse("9999-12-31T00:00:00Z"));

  record Minute(Instant start, String metric, long rows, Double mean) {}

  record Ends(Instant start, double first, double last) {}

  record Totals(Instant start, Double sum, Double min, Double max) {}

  static Sample sample(int second, String metric, double value) {
    return new Sample(NOON.plusSeconds(second), metric, 1, value, null);
  }

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
  void an_empty_stream_does_nothing(TenantDatabase tenants) {
    assertThat(SAMPLES.append(tenants.as(ACME), Stream.<Sample>empty())).isZero();
  }

  @Test
  void appends_a_huge_stream_in_bounded_memory_and_complete(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    int rows = 200_000;

    long appended =
        SAMPLES.append(acme, IntStream.range(0, rows).mapToObj(i -> sample(i, "cpu", i % 1_024)));

    record Total(Instant start, long rows, double sum) {}
    List<Total> totals =
        SAMPLES
            .buckets(acme, ALWAYS, Duration.ofDays(3_650))
            .count()
            .sum(VALUE)
            .fetchInto(Total.class);
    assertThat(appended).isEqualTo(rows);
    assertThat(totals).extracting(Total::rows).containsExactly((long) rows);
    assertThat(totals)
        .extracting(Total::sum)
        .containsExactly(IntStream.range(0, rows).mapToDouble(i -> i % 1_024).sum());
  }

  @Test
  void joins_the_callers_transaction_and_rolls_back_with_it(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);

    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      SAMPLES.append(transaction, List.of(sample(0, "cpu", 1)));
                      SAMPLES.append(transaction, List.of(sample(1, "cpu", 2)));
                      assertThat(SAMPLES.range(transaction, DAY)).hasSize(2);
                      throw new IllegalStateException("changed my mind");
                    }))
        .isInstanceOf(IllegalStateException.class);

    assertThat(SAMPLES.range(acme, DAY)).isEmpty();
  }

  @Test
  void several_appends_of_one_transaction_are_all_stored_once(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);

    acme.transaction(
        transaction -> {
          SAMPLES.append(transaction, List.of(sample(0, "cpu", 1)));
          SAMPLES.append(transaction, List.of(sample(1, "cpu", 2)));
        });

    assertThat(SAMPLES.range(acme, DAY)).containsExactly(sample(0, "cpu", 1), sample(1, "cpu", 2));
  }

  @Test
  void another_tenant_reads_nothing(TenantDatabase tenants) {
    SAMPLES.append(tenants.as(ACME), List.of(sample(0, "cpu", 1)));
    TenantSession other = tenants.as(OTHER);

    assertThat(SAMPLES.range(other, ALWAYS)).isEmpty();
    assertThat(SAMPLES.last(other)).isEmpty();
    assertThat(other.sql().fetchCount(SAMPLES.table())).isZero();
  }

  @Test
  void two_tenants_have_the_same_series_and_instants(TenantDatabase tenants) {
    SAMPLES.append(tenants.as(ACME), List.of(sample(0, "cpu", 1)));
    SAMPLES.append(tenants.as(OTHER), List.of(sample(0, "cpu", 2)));

    assertThat(SAMPLES.last(tenants.as(ACME))).containsExactly(sample(0, "cpu", 1));
    assertThat(SAMPLES.last(tenants.as(OTHER))).containsExactly(sample(0, "cpu", 2));
  }

  @Test
  void a_row_for_another_tenant_is_refused_by_the_database(TenantDatabase tenants) {
    SAMPLES.append(tenants.as(ACME), List.of(sample(0, "cpu", 1)));
    TenantSession other = tenants.as(OTHER);

    assertThatThrownBy(
            () ->
                other
                    .sql()
                    .execute(
                        "insert into samples (tenant_id, time, metric, host, value) values"
                            + " (cast(? as uuid), '2026-11-20 13:00Z', 'cpu', 1, 1)",
                        ACME))
        .isInstanceOf(AccessDeniedException.class);
  }

  @Test
  void a_session_of_one_tenant_cannot_append_for_another(TenantDatabase tenants) {
    assertThatThrownBy(
            () ->
                tenants
                    .as(ACME)
                    .transaction(
                        transaction -> {
                          transaction
                              .sql()
                              .fetch(
                                  "select set_config('app.current_tenant', ?, true)",
                                  OTHER.toString());
                          SAMPLES.append(transaction, List.of(sample(0, "cpu", 1)));
                        }))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("row-level security");
    assertThat(SAMPLES.range(tenants.as(ACME), ALWAYS)).isEmpty();
    assertThat(SAMPLES.range(tenants.as(OTHER), ALWAYS)).isEmpty();
  }

  @Test
  void a_chunk_cannot_be_read_around_the_policies(
      TenantDatabase tenants, TestDatabase testDatabase) {
    SAMPLES.append(tenants.as(ACME), List.of(sample(0, "cpu", 1)));
    List<String> chunks = chunks(testDatabase);

    assertThat(chunks).hasSize(1);
    assertThatThrownBy(() -> tenants.as(OTHER).sql().fetch("select value from " + chunks.get(0)))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("schema");
  }

  @Test
  void a_chunk_holds_its_interval(TenantDatabase tenants, TestDatabase testDatabase) {
    SAMPLES.append(
        tenants.as(ACME),
        List.of(sample(0, "cpu", 1), sample(43_199, "cpu", 2), sample(43_200, "cpu", 3)));

    assertThat(chunks(testDatabase)).hasSize(2);
  }

  @Test
  void refuses_a_session_without_a_tenant_before_it_reads_a_record(Database database) {
    Iterable<Sample> untouched =
        () -> {
          throw new AssertionError("the records were read");
        };

    assertThatThrownBy(() -> SAMPLES.append(database, untouched))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("without a tenant");
    assertThatThrownBy(() -> SAMPLES.range(database, DAY)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> SAMPLES.last(database)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> SAMPLES.buckets(database, DAY, Duration.ofMinutes(1)))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void a_null_names_the_record_and_the_component_and_stores_nothing(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    List<Sample> samples = List.of(sample(0, "cpu", 1), new Sample(NOON, nothing(), 1, 1, null));

    assertThatThrownBy(() -> SAMPLES.append(acme, samples))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("metric")
        .hasMessageContaining("record 1");
    assertThat(SAMPLES.range(acme, ALWAYS)).isEmpty();
  }

  @Test
  void a_bad_value_far_into_a_stream_takes_everything_back(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Stream<Sample> samples =
        IntStream.range(0, 50_000)
            .mapToObj(i -> i == 49_999 ? sample(i, "a\0b", i) : sample(i, "cpu", i));

    assertThatThrownBy(() -> SAMPLES.append(acme, samples))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("record 49999")
        .hasMessageContaining("U+0000");
    assertThat(SAMPLES.range(acme, ALWAYS)).isEmpty();
    assertThat(SAMPLES.append(acme, List.of(sample(0, "cpu", 1)))).isEqualTo(1);
  }

  @Test
  void what_a_stream_throws_reaches_the_caller_after_the_rollback(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Stream<Sample> samples =
        IntStream.range(0, 50_000)
            .mapToObj(
                i -> {
                  if (i == 40_000) {
                    throw new IllegalStateException("the source broke");
                  }
                  return sample(i, "cpu", i);
                });

    assertThatThrownBy(() -> SAMPLES.append(acme, samples))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the source broke");
    assertThat(SAMPLES.range(acme, ALWAYS)).isEmpty();
  }

  @Test
  void times_out_of_range_are_refused(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Instant milliseconds = Instant.ofEpochSecond(NOON.toEpochMilli());

    for (Instant time : List.of(milliseconds, Instant.MIN, Instant.MAX)) {
      assertThatThrownBy(() -> SAMPLES.append(acme, List.of(new Sample(time, "cpu", 1, 1, null))))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("time")
          .hasMessageContaining("record 0");
    }
    assertThatThrownBy(() -> TimeRange.of(NOON, milliseconds))
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void a_batch_over_too_many_chunks_is_refused(TenantDatabase tenants, TestDatabase testDatabase) {
    TenantSession acme = tenants.as(ACME);

    assertThatThrownBy(
            () ->
                SAMPLES.append(
                    acme, IntStream.range(0, 501).mapToObj(i -> sample(i * 86_400, "cpu", i))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("record 500")
        .hasMessageContaining("500 chunks");
    assertThat(chunks(testDatabase)).isEmpty();
  }

  @Test
  void half_a_surrogate_pair_is_refused(TenantDatabase tenants) {
    assertThatThrownBy(
            () -> SAMPLES.append(tenants.as(ACME), List.of(sample(0, "broken \ud83d", 1))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("surrogate");
  }

  @Test
  void malformed_json_is_refused_and_names_the_record(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Wide good = wide("a", BigDecimal.ONE);
    Wide bad = wide("b", BigDecimal.ONE, JSONB.jsonb("{\"a\": "));

    assertThatThrownBy(() -> WIDE.append(acme, List.of(good, bad)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("record 1")
        .hasMessageContaining("document");
    assertThat(WIDE.range(acme, ALWAYS)).isEmpty();
  }

  @Test
  void a_number_with_too_many_digits_is_refused_at_once(TenantDatabase tenants) {
    assertThatThrownBy(
            () ->
                WIDE.append(tenants.as(ACME), List.of(wide("a", new BigDecimal("1E+2000000000")))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("exact");
  }

  @Test
  void a_second_row_of_one_series_and_instant_takes_the_batch_back(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(acme, List.of(sample(0, "cpu", 1)));

    assertThatThrownBy(
            () -> SAMPLES.append(acme, List.of(sample(1, "cpu", 2), sample(0, "cpu", 3))))
        .isInstanceOf(InvalidDataException.class);
    assertThat(SAMPLES.range(acme, DAY)).containsExactly(sample(0, "cpu", 1));
  }

  @Test
  void a_trigger_that_swallows_rows_is_noticed(TenantDatabase tenants, TestDatabase testDatabase) {
    try (Database owner = TestSchema.connect(testDatabase, testDatabase.owner())) {
      owner.transaction(
          transaction ->
              transaction
                  .sql()
                  .execute(
                      """
                      create function swallow() returns trigger language plpgsql as
                        'begin return case when new.value > 1 then new end; end';
                      create trigger swallow before insert on samples
                        for each row execute function swallow()
                      """));
    }
    TenantSession acme = tenants.as(ACME);

    assertThatThrownBy(
            () -> SAMPLES.append(acme, List.of(sample(0, "cpu", 1), sample(1, "cpu", 2))))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("1 of 2");
    assertThat(SAMPLES.range(acme, ALWAYS)).isEmpty();
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
  void many_writers_open_the_same_chunks_at_once(TenantDatabase tenants) throws Exception {
    TenantSession acme = tenants.as(ACME);
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Long>> writers =
          IntStream.range(0, 8)
              .<Callable<Long>>mapToObj(
                  writer ->
                      () ->
                          SAMPLES.append(
                              acme,
                              IntStream.range(0, 10)
                                  .mapToObj(day -> sample(day * 86_400, "cpu" + writer, day))))
              .toList();
      for (Future<Long> appended : executor.invokeAll(writers)) {
        assertThat(appended.get()).isEqualTo(10);
      }
    } finally {
      executor.shutdown();
    }

    assertThat(SAMPLES.range(acme, ALWAYS)).hasSize(80);
  }

  @Test
  void a_stage_that_somebody_planted_is_refused(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    String source =
        acme.sql()
            .fetchSingle("select prosrc from pg_proc where proname = 'samples_stage'")
            .get(0, String.class);
    Matcher stage = Pattern.compile("tenon_stage_[0-9a-f]+").matcher(source);
    assertThat(stage.find()).isTrue();

    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      transaction
                          .sql()
                          .execute(
                              "create temporary table "
                                  + stage.group()
                                  + " (like samples) on commit drop");
                      SAMPLES.append(transaction, List.of(sample(0, "cpu", 1)));
                    }))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("not the owner's");
  }

  @Test
  void the_connection_is_clean_after_each_refusal(TestDatabase testDatabase) {
    DatabaseConfig oneConnection =
        DatabaseConfig.url(testDatabase.url())
            .user(testDatabase.application().user())
            .password(testDatabase.application().password())
            .poolSize(1)
            .build();
    try (Database database = Database.open(oneConnection)) {
      TenantSession acme = TenantDatabase.on(database).as(ACME);
      int backend = backend(database);
      SAMPLES.append(acme, List.of(sample(0, "cpu", 1)));
      List<Stream<Sample>> refused =
          List.of(
              Stream.of(sample(1, "cpu", 1), new Sample(Instant.MAX, "cpu", 1, 1, null)),
              Stream.of(sample(1, "cpu", 1), sample(0, "cpu", 2)),
              IntStream.range(1, 50_000).mapToObj(i -> sample(i, i > 40_000 ? "\0" : "cpu", i)));

      for (Stream<Sample> samples : refused) {
        assertThatThrownBy(() -> SAMPLES.append(acme, samples))
            .isInstanceOf(InvalidDataException.class);
        assertThat(backend(database)).as("the same connection").isEqualTo(backend);
        assertThat(
                database
                    .sql()
                    .fetchSingle("select current_setting('app.current_tenant', true)")
                    .get(0, String.class))
            .isNullOrEmpty();
        assertThat(SAMPLES.range(acme, ALWAYS)).containsExactly(sample(0, "cpu", 1));
      }
      assertThat(SAMPLES.append(acme, List.of(sample(1, "cpu", 2)))).isEqualTo(1);
      assertThat(SAMPLES.range(acme, ALWAYS)).hasSize(2);
    }
  }

  @Test
  void a_table_whose_migration_did_not_run_is_named(TenantDatabase tenants) {
    HypertableRepository<Sample> missing =
        HypertableRepository.of("missing", Sample.class).time("time").series("metric").build();

    assertThatThrownBy(() -> missing.append(tenants.as(ACME), List.of(sample(0, "cpu", 1))))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("missing_stage");
    assertThatThrownBy(() -> missing.range(tenants.as(ACME), DAY))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("missing");
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

  @Test
  void emits_the_script_for_the_engine_at_hand(TestDatabase testDatabase) {
    try (Database owner = TestSchema.connect(testDatabase, testDatabase.owner())) {
      assertThat(SAMPLES.migrationSql(owner.capabilities())).isEqualTo(expectedScript());
    }
  }

  abstract String expectedScript();

  private static int backend(Database database) {
    return database.sql().fetchSingle("select pg_backend_pid()").get(0, Integer.class);
  }

  /** The chunks of the table samples, quoted, with their schema. */
  static List<String> chunks(TestDatabase testDatabase) {
    try (Database owner = TestSchema.connect(testDatabase, testDatabase.owner())) {
      return owner
          .sql()
          .fetch(
              """
              select c.oid::regclass::text
                from pg_inherits i join pg_class c on c.oid = i.inhrelid
               where i.inhparent = 'samples'::regclass
              """)
          .getValues(0, String.class);
    }
  }

  static Wide wide(String text, BigDecimal exact) {
    return wide(text, exact, JSONB.jsonb("{\"a\": [1, \"ü\"]}"));
  }

  private static Wide wide(String text, BigDecimal exact, JSONB document) {
    return new Wide(
        UUID.randomUUID(),
        NOON.plusNanos(123_456_000),
        (short) -3,
        7,
        Long.MAX_VALUE,
        1.5f,
        Math.PI,
        true,
        exact,
        text,
        Level.HIGH,
        new byte[] {0, -1, 127},
        document,
        OffsetDateTime.ofInstant(NOON, ZoneOffset.UTC),
        LocalDateTime.of(2026, 11, 20, 3, 4, 5, 678_000),
        LocalDate.of(1815, 12, 10),
        null,
        null,
        null);
  }

  @SuppressWarnings("NullAway")
  private static String nothing() {
    return null;
  }
}
