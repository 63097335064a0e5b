package dev.tenon.timeseries;

import static dev.tenon.timeseries.Samples.SAMPLES;
import static dev.tenon.timeseries.Samples.VALUE;
import static dev.tenon.timeseries.Samples.WIDE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Samples.Sample;
import dev.tenon.timeseries.Samples.Wide;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** What goes into a hypertable and what is refused, on every engine. */
abstract class AppendContract extends HypertableContract {

  @Test
  void an_empty_stream_does_nothing(TenantDatabase tenants) {
    assertThat(SAMPLES.append(tenants.as(ACME), Stream.<Sample>empty())).isZero();
  }

  @Test
  void appends_a_huge_stream_complete(TenantDatabase tenants) {
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
  void a_chunk_holds_its_interval(TenantDatabase tenants, TestDatabase testDatabase) {
    SAMPLES.append(
        tenants.as(ACME),
        List.of(sample(0, "cpu", 1), sample(43_199, "cpu", 2), sample(43_200, "cpu", 3)));

    assertThat(chunks(testDatabase)).hasSize(2);
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
  void a_record_that_is_null_is_refused(TenantDatabase tenants) {
    assertThatThrownBy(
            () ->
                SAMPLES.append(
                    tenants.as(ACME), Stream.of(sample(0, "cpu", 1)).flatMap(AppendContract::gap)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("record 1");
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
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("a row of the same series and time")
        .hasMessageContaining(
            "\"public\".\"samples\", HypertableRepository of Sample on samples.append")
        .hasMessageContaining("\"tenant_id\", \"metric\", \"host\", \"time\"")
        .hasMessageContaining("leave out the rows")
        .hasMessageNotContaining("upsert");
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
  void a_writer_waits_for_the_chunk_that_another_is_making(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);

    CompletableFuture<Long> second =
        acme.transactionResult(
            transaction -> {
              SAMPLES.append(transaction, List.of(sample(0, "cpu", 1)));
              CompletableFuture<Long> other =
                  Waiting.forResult(
                      () -> SAMPLES.append(tenants.as(OTHER), List.of(sample(1, "cpu", 2))));
              Instant deadline = Instant.now().plusSeconds(30);
              while (waiting(acme) == 0) {
                assertThat(other).as("the second writer").isNotDone();
                assertThat(Instant.now()).isBefore(deadline);
              }
              return other;
            });

    assertThat(second.join()).isEqualTo(1);
    assertThat(SAMPLES.range(acme, DAY)).containsExactly(sample(0, "cpu", 1));
    assertThat(SAMPLES.range(tenants.as(OTHER), DAY)).containsExactly(sample(1, "cpu", 2));
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

    record Count(Instant start, long rows) {}
    TenantSession acme = tenants.as(ACME);
    assertMissing("append", () -> missing.append(acme, List.of(sample(0, "cpu", 1))));
    assertMissing("range", () -> missing.range(acme, DAY));
    assertMissing("range", () -> missing.range(acme, DAY, DSL.trueCondition()));
    assertMissing("last", () -> missing.last(acme));
    assertMissing(
        "buckets",
        () -> missing.buckets(acme, DAY, Duration.ofDays(1)).count().fetchInto(Count.class));
  }

  private static void assertMissing(String operation, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the hypertable \"public\".\"missing\"")
        .hasMessageContaining("HypertableRepository of Sample on missing." + operation)
        .hasMessageContaining("migrationSql");
  }

  private static int waiting(TenantSession session) {
    return session
        .sql()
        .fetchSingle(
            """
            select count(*) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'
            """)
        .get(0, Integer.class);
  }

  private static int backend(Database database) {
    return database.sql().fetchSingle("select pg_backend_pid()").get(0, Integer.class);
  }

  @SuppressWarnings("NullAway")
  private static String nothing() {
    return null;
  }

  @SuppressWarnings("NullAway")
  private static Stream<Sample> gap(Sample sample) {
    return Stream.of(sample, null);
  }
}
