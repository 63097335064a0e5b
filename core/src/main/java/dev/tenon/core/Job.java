package dev.tenon.core;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Work that wants doing now and then, for whichever scheduler there is: a db-scheduler of the
 * application's takes {@link #task()}, pg_cron a job with a {@link #statement()} by {@link
 * CronJobs}, and any other calls {@link #run}.
 *
 * <p>Immutable, and safe for use by many threads if its work is.
 */
public final class Job {

  private final String name;
  private final Duration every;
  private final Work work;
  private final Optional<String> statement;

  /** What a job does. */
  @FunctionalInterface
  public interface Work {
    void run(Run run);
  }

  /** A run that is under way, for the work. */
  public interface Run extends JobRuns.Progress {

    /** Whether the work is to end as soon as it can: the rest is left for the next run. */
    boolean isStopping();
  }

  private Job(String name, Duration every, Work work, Optional<String> statement) {
    this.name = name;
    this.every = every;
    this.work = work;
    this.statement = statement;
  }

  /**
   * A job.
   *
   * @param name by which schedulers and {@link JobRuns} know it
   * @param every how long after a run the next begins; a second or more
   */
  public static Job of(String name, Duration every, Work work) {
    Required.require(name, "name", "Job.of");
    Required.require(every, "every", "Job.of");
    Required.require(work, "work", "Job.of");
    if (every.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new UsageException(
          Problem.what("the job " + Problem.excerpt(name) + " is to run every " + every)
              .where("Job.of")
              .why("schedulers count in seconds")
              .fix("pass a second or more"));
    }
    return new Job(name, every, work, Optional.empty());
  }

  /** The same, which one SQL statement does as well as the work. */
  public Job withStatement(String sql) {
    return new Job(
        name, every, work, Optional.of(Required.require(sql, "sql", "Job.withStatement")));
  }

  /** The same, each run of whose work is recorded; what its statement does records itself. */
  public Job recorded(JobRuns runs) {
    return new Job(
        name,
        every,
        run -> {
          boolean unused =
              runs.<Boolean, RuntimeException>record(
                  name,
                  progress -> {
                    work.run(run(run::isStopping, progress));
                    return true;
                  });
        },
        statement);
  }

  public String name() {
    return name;
  }

  /** How long after a run the next begins. */
  public Duration every() {
    return every;
  }

  /** What a scheduler within the database runs; empty where only Java can do it. */
  public Optional<String> statement() {
    return statement;
  }

  /**
   * Does the work once, on this thread. Nothing keeps others from doing it at the same time, which
   * does no harm to Tenon's own.
   *
   * @param stopping asked between parts of the work, whether to leave the others
   */
  public void run(BooleanSupplier stopping) {
    work.run(run(stopping, more -> {}));
  }

  private static Run run(BooleanSupplier stopping, JobRuns.Progress progress) {
    return new Run() {
      @Override
      public boolean isStopping() {
        return stopping.getAsBoolean();
      }

      @Override
      public void add(long more) {
        progress.add(more);
      }
    };
  }

  /**
   * A task for {@code Scheduler.create(…).startTasks}. Of several schedulers on one table one runs
   * it at a time; one that shuts down has it end as soon as it can.
   *
   * <p>Needs {@code com.github.kagkarlsson:db-scheduler}, which Tenon does not bring along.
   */
  @SuppressWarnings("exports") // whoever calls this has db-scheduler, and reads its module
  public RecurringTask<Void> task() {
    return Tasks.recurring(name, FixedDelay.of(every))
        .execute((instance, context) -> run(context.getSchedulerState()::isShuttingDown));
  }

  @Override
  public String toString() {
    return "Job " + name + " every " + every;
  }
}
