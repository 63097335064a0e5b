package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.kagkarlsson.scheduler.Scheduler;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class JobRunsTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(JobRuns.migrations());

  private JobRuns runs() {
    return JobRuns.on(database.get());
  }

  @Test
  void a_run_is_seen_while_it_is_under_way_and_when_it_has_ended() {
    JobRuns runs = runs();
    String result =
        runs.record(
            "refresh",
            progress -> {
              progress.add(3);
              progress.add(4);
              JobRuns.Run under = runs.latest(1).get(0);
              assertThat(under.done()).isEqualTo(7);
              assertThat(under.endedAt()).isEmpty();
              assertThat(under.seenAt()).isAfter(under.startedAt());
              return "done";
            });

    assertThat(result).isEqualTo("done");
    JobRuns.Run run = runs.latest("refresh", 10).get(0);
    assertThat(run.endedAt()).isPresent();
    assertThat(run.failure()).isEmpty();
    assertThat(run.duration()).isPositive();
    assertThat(runs.latest("other", 10)).isEmpty();
  }

  @Test
  void a_run_that_fails_says_why_and_throws_what_the_work_throws() {
    assertThatThrownBy(
            () ->
                runs()
                    .record(
                        "archive",
                        progress -> {
                          throw new IOException("full\u0000" + "!".repeat(5_000));
                        }))
        .isInstanceOf(IOException.class);

    assertThat(runs().latest(1).get(0).failure().orElseThrow())
        .startsWith("java.io.IOException: full !!")
        .hasSize(2_000);
  }

  @Test
  void what_cannot_be_recorded_does_not_hide_why_the_work_failed() {
    JobRuns runs = runs();
    assertThatThrownBy(
            () ->
                runs.record(
                    "archive",
                    progress -> {
                      database.get().sql().execute("drop table tenon.job_run");
                      throw new IOException("full");
                    }))
        .isInstanceOf(IOException.class)
        .satisfies(error -> assertThat(error.getSuppressed()).hasSize(1));
    assertThatThrownBy(() -> runs.latest(1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("JobRuns.migrations()");
  }

  @Test
  void the_runs_of_a_scheduler_are_recorded_by_the_names_of_their_jobs() {
    Job broken =
        Job.of(
            "broken",
            Duration.ofHours(1),
            run -> {
              run.add(2);
              throw new IllegalStateException("broken");
            });
    Scheduler scheduler = ScheduledTasks.start(database.get(), broken.recorded(runs()));
    try {
      Waiting.until(() -> ended().size() == 1);
    } finally {
      scheduler.stop();
    }
    assertThat(ended().get(0).failure())
        .isEqualTo(Optional.of("java.lang.IllegalStateException: broken"));
    assertThat(ended().get(0).done()).isEqualTo(2);
  }

  private List<JobRuns.Run> ended() {
    return runs().latest("broken", 9).stream().filter(run -> run.endedAt().isPresent()).toList();
  }

  @Test
  void old_runs_are_forgotten() {
    runs().record("old", progress -> 1);
    database.get().sql().execute("update tenon.job_run set started_at = now() - interval '2 days'");
    runs().record("new", progress -> 1);

    assertThat(runs().purge(Duration.ofDays(1))).isOne();
    assertThat(runs().latest(9)).extracting(JobRuns.Run::job).containsExactly("new");
  }

  @Test
  void a_transaction_is_refused() {
    database
        .get()
        .transaction(
            transaction ->
                assertThatThrownBy(() -> JobRuns.on(transaction))
                    .isInstanceOf(UsageException.class));
    assertThat(database.get().sql().fetchCount(DSL.table("tenon.job_run"))).isZero();
  }
}
