package dev.tenon.timeseries;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.EachSession;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What rollups want done now and then, as tasks for a db-scheduler of the application's.
 *
 * <p>Needs {@code com.github.kagkarlsson:db-scheduler}, which Tenon does not bring along. Of
 * several schedulers on one table one runs each task. Pass them to {@code
 * Scheduler.create(…).startTasks}.
 */
@SuppressWarnings("exports") // whoever calls this has db-scheduler, and reads its module
public final class RollupJobs {

  private RollupJobs() {}

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
    if (every.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new UsageException(
          Problem.what("rollups are to be refreshed every " + every)
              .where("RollupJobs.refresh")
              .why("the scheduler counts in seconds")
              .fix("pass a second or more; a strict answer waits for no refresh"));
    }
    return Tasks.recurring("tenon-rollups-" + repository.qualifiedName(), FixedDelay.of(every))
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
}
