package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.ACME;
import static dev.tenon.timeseries.HypertableContract.ALWAYS;
import static dev.tenon.timeseries.HypertableContract.NOON;
import static dev.tenon.timeseries.HypertableContract.sample;
import static dev.tenon.timeseries.Samples.SAMPLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.Operations;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.SampleWriter.DeadLetter;
import dev.tenon.timeseries.SampleWriter.Options;
import dev.tenon.timeseries.SampleWriter.Report;
import dev.tenon.timeseries.SampleWriter.Result;
import dev.tenon.timeseries.Samples.Sample;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@TenonTest(schema = SampleWriterTest.Schema.class)
final class SampleWriterTest {

  /** Partitions, and the keys of batches. */
  static final class Schema implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      List<Migrations> all = new ArrayList<>(new Samples.OnPartitions().migrations());
      all.add(Operations.migrations());
      return all;
    }
  }

  private static final long SHORTEST_PAUSE = Duration.ofMillis(90).toNanos();
  private static final long LONGEST_PAUSE = Duration.ofSeconds(3).toNanos();

  private static final Options QUICK =
      Options.defaults().withBatch(100).withLongestWait(Duration.ofMillis(20));

  private final ConcurrentLinkedQueue<DeadLetter<Sample>> letters = new ConcurrentLinkedQueue<>();

  @Test
  void stores_what_is_appended_and_says_so_by_the_future_of_the_batch(TenantDatabase tenants)
      throws Exception {
    TenantSession acme = tenants.as(ACME);
    List<CompletableFuture<Result>> futures = new ArrayList<>();
    // A batch ends when it is full, however long the machine lets the test wait between two rows.
    Options patient = QUICK.withLongestWait(Duration.ofSeconds(3));
    try (SampleWriter<Sample> writer = SAMPLES.writer(acme, patient, letters::add)) {
      for (int i = 0; i < 250; i++) {
        futures.add(writer.append(sample(i, "cpu", i)));
      }
      assertThat(futures.get(0).get(30, TimeUnit.SECONDS)).isEqualTo(new Result(100, 0));
      assertThat(futures.get(249).get(30, TimeUnit.SECONDS)).isEqualTo(new Result(50, 0));
      assertThat(futures.get(0)).isSameAs(futures.get(99)).isNotSameAs(futures.get(100));
      assertThat(writer.metrics().stored()).isEqualTo(250);
      assertThat(writer.metrics().waiting()).isZero();
    }
    assertThat(SAMPLES.range(acme, ALWAYS)).hasSize(250);
    assertThat(letters).isEmpty();
  }

  @Test
  void replaces_rows_if_it_is_told_to(TenantDatabase tenants) throws Exception {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(acme, List.of(sample(0, "cpu", 1)));
    try (SampleWriter<Sample> writer = SAMPLES.writer(acme, QUICK.withUpsert(), letters::add)) {
      assertThat(writer.append(sample(0, "cpu", 2)).get(30, TimeUnit.SECONDS))
          .isEqualTo(new Result(1, 0));
    }
    assertThat(SAMPLES.range(acme, ALWAYS)).containsExactly(sample(0, "cpu", 2));
    assertThat(letters).isEmpty();
  }

  @Test
  void the_records_that_are_refused_are_dead_letters_and_the_others_are_stored(
      TenantDatabase tenants) throws Exception {
    TenantSession acme = tenants.as(ACME);
    SAMPLES.append(acme, List.of(sample(7, "cpu", 1)));
    Report<Sample> report;
    try (SampleWriter<Sample> writer = SAMPLES.writer(acme, QUICK, letters::add)) {
      for (int i = 0; i < 100; i++) {
        var unused =
            writer.append(
                i == 50
                    ? new Sample(Instant.MAX, "cpu", 1, 1, null)
                    : i == 51 ? sample(i, "nul\u0000", 1) : sample(i, "cpu", i));
      }
      report = writer.close(Duration.ofSeconds(30));
    }
    assertThat(report).isEqualTo(new Report<Sample>(97, 3, List.of(), List.of()));
    assertThat(letters)
        .extracting(letter -> letter.row().time())
        .containsExactlyInAnyOrder(NOON.plusSeconds(7), Instant.MAX, NOON.plusSeconds(51));
    assertThat(letters)
        .extracting(DeadLetter::reason)
        .hasOnlyElementsOfType(InvalidDataException.class);
    assertThat(SAMPLES.range(acme, ALWAYS)).hasSize(98);
  }

  @Test
  void a_receiver_that_throws_gets_all_letters_and_ends_nothing(TenantDatabase tenants)
      throws Exception {
    TenantSession acme = tenants.as(ACME);
    try (SampleWriter<Sample> writer =
        SAMPLES.writer(
            acme,
            QUICK,
            letter -> {
              letters.add(letter);
              throw new IllegalStateException("full");
            })) {
      CompletableFuture<Result> first = writer.append(new Sample(Instant.MAX, "a", 1, 1, null));
      var unused = writer.append(new Sample(Instant.MIN, "b", 1, 1, null));
      assertThatThrownBy(() -> first.get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(IllegalStateException.class);
      assertThat(writer.append(sample(1, "cpu", 1)).get(30, TimeUnit.SECONDS).stored()).isOne();
    }
    assertThat(letters).hasSize(2);
  }

  @Test
  void a_missing_right_makes_dead_letters_of_all(TenantDatabase tenants, TestDatabase made)
      throws Exception {
    try (Connection owner = made.dataSource(made.owner()).getConnection();
        Statement statement = owner.createStatement()) {
      statement.execute("revoke insert on samples from \"" + made.application().user() + "\"");
    }
    Options both = QUICK.withBatch(2).withLongestWait(Duration.ofHours(1));
    try (SampleWriter<Sample> writer = SAMPLES.writer(tenants.as(ACME), both, letters::add)) {
      var first = writer.append(sample(1, "cpu", 1));
      var unused = writer.append(sample(2, "cpu", 1));
      assertThat(first.get(30, TimeUnit.SECONDS)).isEqualTo(new Result(0, 2));
    }
    assertThat(letters).hasSize(2);
  }

  @Test
  void who_appends_too_fast_waits_and_who_offers_goes_on(TenantDatabase tenants, TestDatabase made)
      throws Exception {
    TenantSession acme = tenants.as(ACME);
    try (Connection holder = made.dataSource(made.owner()).getConnection();
        Statement statement = holder.createStatement();
        SampleWriter<Sample> writer =
            SAMPLES.writer(acme, QUICK.withBatch(2).withCapacity(4), letters::add)) {
      holder.setAutoCommit(false);
      statement.execute("lock table samples in exclusive mode");
      for (int i = 0; i < 4; i++) {
        assertThat(writer.offer(sample(i, "cpu", i), Duration.ofSeconds(10))).isPresent();
      }
      assertThat(writer.offer(sample(4, "cpu", 4), Duration.ofMillis(50))).isEmpty();
      assertThat(writer.metrics().waiting() + writer.metrics().underWay()).isEqualTo(4);
      CompletableFuture<Void> blocked =
          Waiting.forEnd(
              () -> {
                try {
                  var unused = writer.append(sample(5, "cpu", 5));
                } catch (InterruptedException impossible) {
                  throw new IllegalStateException(impossible);
                }
              });
      assertThatThrownBy(() -> blocked.get(100, TimeUnit.MILLISECONDS))
          .isInstanceOf(java.util.concurrent.TimeoutException.class);
      holder.rollback();
      blocked.get(30, TimeUnit.SECONDS);
    }
    assertThat(SAMPLES.range(acme, ALWAYS)).hasSize(5);
  }

  @Test
  void close_gives_back_what_was_not_written_until_the_deadline(
      TenantDatabase tenants, TestDatabase made) throws Exception {
    TenantSession acme = tenants.as(ACME);
    try (Connection holder = made.dataSource(made.owner()).getConnection();
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("lock table samples in exclusive mode");
      List<Thread> threads = new ArrayList<>();
      SampleWriter<Sample> writer =
          SAMPLES.writer(
              acme,
              QUICK
                  .withBatch(2)
                  .withLongestWait(Duration.ofHours(1))
                  .withThreads(remembered(threads)),
              letters::add);
      List<CompletableFuture<Result>> futures = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        futures.add(writer.append(sample(i, "cpu", i)));
      }
      Waiting.until(() -> RollupContract.waiting(made) == 1);
      Report<Sample> report = writer.close(Duration.ofMillis(300));
      assertThat(report.stored()).isZero();
      assertThat(report.uncertain()).containsExactly(sample(0, "cpu", 0), sample(1, "cpu", 1));
      assertThat(report.unwritten()).hasSize(3);
      assertThatThrownBy(() -> futures.get(0).get(1, TimeUnit.SECONDS))
          .hasCauseInstanceOf(OutcomeUnknownException.class);
      assertThatThrownBy(() -> futures.get(4).get(1, TimeUnit.SECONDS))
          .hasCauseInstanceOf(RetryableException.class);
      assertThatThrownBy(() -> writer.append(sample(9, "cpu", 9)))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("closed");
      holder.rollback();
      threads.get(0).join();
      assertThat(writer.close(Duration.ofSeconds(1))).isEqualTo(report);
      assertThat(SAMPLES.range(acme, ALWAYS)).hasSizeLessThanOrEqualTo(2);
    }
  }

  private static ThreadFactory remembered(List<Thread> threads) {
    return work -> {
      Thread thread = new Thread(work);
      threads.add(thread);
      return thread;
    };
  }

  /** A record that is no plain data. */
  record Odd(Instant time, String metric, double value) {
    @Override
    public String metric() {
      if (metric.isEmpty()) {
        throw new IllegalStateException("no metric");
      }
      return metric;
    }
  }

  @Test
  void a_record_whose_accessor_throws_and_a_receiver_that_fails_cost_no_other_record(
      TenantDatabase tenants) throws Exception {
    HypertableRepository<Odd> odd =
        HypertableRepository.of("samples", Odd.class).time("time").series("metric").build();
    List<Odd> dead = new ArrayList<>();
    Report<Odd> report;
    try (SampleWriter<Odd> writer =
        odd.writer(
            tenants.as(ACME),
            QUICK,
            letter -> {
              dead.add(letter.row());
              throw new AssertionError("full");
            })) {
      for (int i = 0; i < 2; i++) {
        var unused = writer.append(new Odd(NOON, "", i));
      }
      report = writer.close(Duration.ofSeconds(30));
    }
    assertThat(report).isEqualTo(new Report<Odd>(0, 2, List.of(), List.of()));
    assertThat(dead).hasSize(2);
  }

  @Test
  void goes_on_after_an_interrupt_and_waits_for_as_long_as_it_is_told(TenantDatabase tenants)
      throws Exception {
    List<Thread> threads = new ArrayList<>();
    Duration ever = ChronoUnit.FOREVER.getDuration();
    try (SampleWriter<Sample> writer =
        SAMPLES.writer(
            tenants.as(ACME),
            QUICK.withBatch(2).withLongestWait(ever).withThreads(remembered(threads)),
            letters::add)) {
      threads.get(0).interrupt();
      CompletableFuture<Result> both = writer.append(sample(1, "cpu", 1));
      threads.get(0).interrupt();
      assertThat(writer.append(sample(2, "cpu", 2))).isSameAs(both);
      assertThat(both.get(30, TimeUnit.SECONDS)).isEqualTo(new Result(2, 0));
      assertThat(writer.close(ever).stored()).isEqualTo(2);
    }
  }

  /** Connections are cut at any moment, also between a commit and its reply. */
  @Test
  void nothing_is_lost_or_stored_twice_where_connections_are_cut(TestDatabase made)
      throws Exception {
    try (FaultProxy network = FaultProxy.to(made.server());
        Database database =
            Database.open(
                DatabaseConfig.url(network.reroute(made.url()))
                    .user(made.application().user())
                    .password(made.application().password())
                    .poolSize(4)
                    .build())) {
      TenantSession acme = TenantDatabase.on(database).as(ACME);
      AtomicBoolean done = new AtomicBoolean();
      SampleWriter<Sample> writer =
          SAMPLES.writer(
              acme, QUICK.withBatch(50).withLongestPause(Duration.ofMillis(50)), letters::add);
      CompletableFuture<Void> cutter = Waiting.forEnd(() -> cut(network, writer, done));
      for (int i = 0; i < 2_000; i++) {
        var unused = writer.append(sample(i, "cpu", i));
      }
      Report<Sample> report;
      try {
        report = writer.close(Duration.ofSeconds(90));
      } finally {
        done.set(true);
        cutter.get(10, TimeUnit.SECONDS);
      }
      assertThat(letters).isEmpty();
      assertThat(report.stored()).isEqualTo(2_000);
      assertThat(writer.metrics().retries()).isPositive();
    }
    try (Database database = TestSchema.connect(made, made.application())) {
      assertThat(SAMPLES.range(TenantDatabase.on(database).as(ACME), ALWAYS)).hasSize(2_000);
    }
  }

  /** At any moment; less often where the machine is too slow to store anything in between. */
  private static void cut(FaultProxy network, SampleWriter<Sample> writer, AtomicBoolean done) {
    long longest = SHORTEST_PAUSE;
    while (!done.get()) {
      long stored = writer.metrics().stored();
      network.resetPeer();
      LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(10_000_000, longest));
      longest =
          writer.metrics().stored() > stored
              ? SHORTEST_PAUSE
              : Math.min(LONGEST_PAUSE, longest + SHORTEST_PAUSE / 10);
    }
  }

  @Test
  void refuses_options_that_contradict_each_other() {
    assertThatThrownBy(() -> Options.defaults().withBatch(10).withCapacity(5))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the batch is 10 and the capacity 5");
    assertThatThrownBy(() -> Options.defaults().withLongestWait(Duration.ZERO))
        .isInstanceOf(UsageException.class);
  }
}
