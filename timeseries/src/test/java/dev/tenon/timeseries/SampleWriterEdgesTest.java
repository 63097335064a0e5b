package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.ACME;
import static dev.tenon.timeseries.HypertableContract.ALWAYS;
import static dev.tenon.timeseries.HypertableContract.sample;
import static dev.tenon.timeseries.Samples.SAMPLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.SampleWriter.DeadLetter;
import dev.tenon.timeseries.SampleWriter.Options;
import dev.tenon.timeseries.SampleWriter.Report;
import dev.tenon.timeseries.SampleWriter.Result;
import dev.tenon.timeseries.Samples.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callers and servers that get in a writer's way. */
@Timeout(60)
@TenonTest(schema = SampleWriterTest.Schema.class)
final class SampleWriterEdgesTest {

  private static final Options QUICK =
      Options.defaults()
          .withBatch(64)
          .withLongestWait(Duration.ofMillis(20))
          .withLongestPause(Duration.ofMillis(50));

  private final ConcurrentLinkedQueue<DeadLetter<Sample>> letters = new ConcurrentLinkedQueue<>();

  @Test
  void one_who_holds_the_future_of_a_batch_cannot_end_it_for_the_others(TenantDatabase tenants)
      throws Exception {
    try (SampleWriter<Sample> writer =
        SAMPLES.writer(
            tenants.as(ACME), QUICK.withLongestWait(Duration.ofHours(1)), letters::add)) {
      CompletableFuture<Result> first = writer.append(sample(1, "cpu", 1));
      CompletableFuture<Result> second = writer.append(sample(2, "cpu", 2));

      assertThat(first.cancel(true)).isFalse();
      assertThat(first.complete(new Result(9, 9))).isFalse();
      assertThat(first.completeExceptionally(new IllegalStateException())).isFalse();
      assertThatThrownBy(() -> first.orTimeout(1, TimeUnit.MILLISECONDS).get())
          .hasCauseInstanceOf(TimeoutException.class);
      assertThat(first.completeOnTimeout(new Result(9, 9), 1, TimeUnit.MILLISECONDS).get())
          .isEqualTo(new Result(9, 9));
      assertThat(first.thenApply(Result::stored).cancel(true)).isTrue();
      assertThat(second).isNotDone();
      writer.flush();
      assertThat(second.get(30, TimeUnit.SECONDS)).isEqualTo(new Result(2, 0));
    }
  }

  @Test
  void a_receiver_that_appends_to_its_own_full_writer_is_told_so(TenantDatabase tenants)
      throws Exception {
    ConcurrentLinkedQueue<SampleWriter<Sample>> own = new ConcurrentLinkedQueue<>();
    Sample refused = new Sample(Instant.MAX, "cpu", 1, 1, null);
    SampleWriter<Sample> writer =
        SAMPLES.writer(
            tenants.as(ACME),
            QUICK.withBatch(2).withCapacity(2),
            letter -> {
              try {
                var unused = own.element().append(sample(3, "cpu", 3));
              } catch (InterruptedException impossible) {
                throw new IllegalStateException(impossible);
              }
            });
    own.add(writer);
    CompletableFuture<Result> batch = writer.append(refused);
    var unused = writer.append(sample(1, "cpu", 1));

    assertThatThrownBy(() -> batch.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(UsageException.class)
        .hasMessageContaining("appends to its own writer, which is full");
    Report<Sample> report = writer.close(Duration.ofSeconds(30));
    assertThat(report).isEqualTo(new Report<Sample>(1, 1, List.of(), List.of()));
  }

  @Test
  void a_batch_that_takes_too_long_is_stored_in_smaller_ones(TestDatabase made) throws Exception {
    try (Database owner = TestSchema.connect(made, made.owner());
        Database database = impatient(made)) {
      owner
          .sql()
          .execute(
              "create function slow() returns trigger language plpgsql as"
                  + " $$ begin perform pg_sleep(0.02); return new; end $$");
      owner
          .sql()
          .execute(
              "create trigger slow before insert on samples for each row execute function slow()");
      TenantSession acme = TenantDatabase.on(database).as(ACME);
      SampleWriter<Sample> writer = SAMPLES.writer(acme, QUICK, letters::add);
      for (int i = 0; i < 64; i++) {
        var unused = writer.append(sample(i, "cpu", i));
      }
      assertThat(writer.close(Duration.ofSeconds(30)))
          .isEqualTo(new Report<Sample>(64, 0, List.of(), List.of()));
      assertThat(letters).isEmpty();
      assertThat(SAMPLES.range(acme, ALWAYS)).hasSize(64);
    }
  }

  @Test
  void a_record_that_has_to_wait_for_too_long_is_tried_again(TestDatabase made) throws Exception {
    try (Database owner = TestSchema.connect(made, made.owner());
        Database database = impatient(made)) {
      TenantSession acme = TenantDatabase.on(database).as(ACME);
      SampleWriter<Sample> writer = SAMPLES.writer(acme, QUICK, letters::add);
      owner.transaction(
          transaction -> {
            transaction.sql().execute("lock table samples in exclusive mode");
            try {
              var unused = writer.append(sample(1, "cpu", 1));
            } catch (InterruptedException impossible) {
              throw new IllegalStateException(impossible);
            }
            Waiting.until(() -> writer.metrics().retries() > 1);
          });
      assertThat(writer.close(Duration.ofSeconds(30)).stored()).isOne();
      assertThat(letters).isEmpty();
    }
  }

  @Test
  void an_interrupt_by_somebody_else_between_two_tries_ends_nothing(TestDatabase made)
      throws Exception {
    ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
    try (Database owner = TestSchema.connect(made, made.owner());
        Database database = impatient(made)) {
      TenantSession acme = TenantDatabase.on(database).as(ACME);
      Options remembered =
          QUICK
              .withLongestPause(Duration.ofSeconds(5))
              .withThreads(
                  work -> {
                    Thread thread = new Thread(work, "interrupted");
                    threads.add(thread);
                    return thread;
                  });
      SampleWriter<Sample> writer = SAMPLES.writer(acme, remembered, letters::add);
      owner.transaction(
          transaction -> {
            transaction.sql().execute("lock table samples in exclusive mode");
            var unused = append(writer, sample(1, "cpu", 1));
            for (int i = 0; i < 3; i++) {
              long tries = writer.metrics().retries();
              Waiting.until(() -> writer.metrics().retries() > tries);
              Waiting.until(() -> threads.element().getState() == Thread.State.TIMED_WAITING);
              threads.element().interrupt();
            }
          });
      assertThat(append(writer, sample(2, "cpu", 2)).get(30, TimeUnit.SECONDS).stored())
          .isPositive();
      assertThat(writer.close(Duration.ofSeconds(30)).stored()).isEqualTo(2);
    }
  }

  private static CompletableFuture<Result> append(SampleWriter<Sample> writer, Sample row) {
    try {
      return writer.append(row);
    } catch (InterruptedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Test
  void a_record_that_is_null_is_refused_when_it_is_handed_over(TenantDatabase tenants)
      throws Exception {
    try (SampleWriter<Sample> writer = SAMPLES.writer(tenants.as(ACME), QUICK, letters::add)) {
      assertThatThrownBy(() -> writer.append(unchecked(null)))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("a record is null");
      assertThat(writer.offer(sample(1, "cpu", 1), Duration.ofSeconds(Long.MIN_VALUE))).isPresent();
    }
  }

  @SuppressWarnings("NullAway") // as a caller without null checks of its own would
  private static Sample unchecked(@Nullable Sample row) {
    return row;
  }

  @Test
  void a_receiver_that_closes_its_own_writer_is_told_so(TenantDatabase tenants) throws Exception {
    ConcurrentLinkedQueue<SampleWriter<Sample>> own = new ConcurrentLinkedQueue<>();
    try (SampleWriter<Sample> writer =
        SAMPLES.writer(
            tenants.as(ACME), QUICK, letter -> own.element().close(Duration.ofSeconds(40)))) {
      own.add(writer);
      CompletableFuture<Result> batch = writer.append(new Sample(Instant.MAX, "cpu", 1, 1, null));
      assertThatThrownBy(() -> batch.get(10, TimeUnit.SECONDS))
          .hasCauseInstanceOf(UsageException.class)
          .hasMessageContaining("closes its own writer");
      assertThat(writer.append(sample(1, "cpu", 1)).get(30, TimeUnit.SECONDS).stored()).isOne();
    }
  }

  private static Database impatient(TestDatabase made) {
    return Database.open(
        DatabaseConfig.url(made.url())
            .user(made.application().user())
            .password(made.application().password())
            .statementTimeout(Duration.ofMillis(500))
            .build());
  }
}
