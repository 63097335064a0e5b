package dev.tenon.timeseries;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.EachSession;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What hypertables want done now and then, as tasks for a db-scheduler of the application's.
 *
 * <p>Needs {@code com.github.kagkarlsson:db-scheduler}, which Tenon does not bring along. Of
 * several schedulers on one table one runs each task. Pass them to {@code
 * Scheduler.create(…).startTasks}.
 */
@SuppressWarnings("exports") // whoever calls this has db-scheduler, and reads its module
public final class HypertableJobs {

  private HypertableJobs() {}

  /**
   * Refreshes the rollups of each session's tenant; named {@code tenon-rollups-} and the table. A
   * tenant without changes costs one round trip.
   *
   * <p>A session that fails holds back no other; the run fails afterwards with the first error, the
   * others suppressed. A scheduler that shuts down waits for the step that is under way.
   *
   * @param sessions asked anew at each run and closed afterwards: one session for each tenant
   * @param every how long after a run the next begins, a second or more
   */
  public static RecurringTask<Void> refresh(
      HypertableRepository<?> repository,
      Supplier<? extends Stream<? extends Session>> sessions,
      Duration every) {
    return Tasks.recurring(
            "tenon-rollups-" + repository.qualifiedName(),
            FixedDelay.of(requireSeconds("refresh", every)))
        .execute(
            (instance, context) ->
                EachSession.run(
                    sessions.get(),
                    context.getSchedulerState()::isShuttingDown,
                    session ->
                        repository
                            .refresh(session)
                            .run(context.getSchedulerState()::isShuttingDown)));
  }

  /**
   * Drops what is older than the definition keeps, without an archive; named {@code
   * tenon-retention-} and the table. See {@link Retention}.
   *
   * @param owner a database that is connected as the owner of the table
   * @param sessions of tenants whose rollups have to be refreshed first
   * @param every how long after a run the next begins, a second or more; an hour is plenty
   */
  public static RecurringTask<Void> retention(
      HypertableRepository<?> repository,
      Session owner,
      Function<TenantId, ? extends Session> sessions,
      Duration every) {
    return retention(repository, owner, sessions, every, null);
  }

  /**
   * Like {@link #retention(HypertableRepository, Session, Function, Duration)}, with an archive.
   *
   * @param archive given each chunk before it is dropped; what it throws ends the run
   */
  public static RecurringTask<Void> retention(
      HypertableRepository<?> repository,
      Session owner,
      Function<TenantId, ? extends Session> sessions,
      Duration every,
      @Nullable ChunkArchive<? extends RuntimeException> archive) {
    Retention retention = repository.retention(owner, sessions);
    return Tasks.recurring(
            "tenon-retention-" + repository.qualifiedName(),
            FixedDelay.of(requireSeconds("retention", every)))
        .execute(
            (instance, context) ->
                retention.run(archive, context.getSchedulerState()::isShuttingDown));
  }

  private static Duration requireSeconds(String job, Duration every) {
    if (every.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new UsageException(
          Problem.what("the job is to run every " + every)
              .where("HypertableJobs." + job)
              .why("the scheduler counts in seconds")
              .fix("pass a second or more; a strict answer waits for no refresh"));
    }
    return every;
  }
}
