package dev.tenon.core;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.tenon.core.internal.EachSession;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What repositories and operations want removed now and then, as tasks for a db-scheduler of the
 * application's; {@code OutboxJobs} has those of an outbox.
 *
 * <p>Needs {@code com.github.kagkarlsson:db-scheduler}, which Tenon does not bring along. Of
 * several schedulers on one table one runs each task. Pass them to {@code
 * Scheduler.create(…).startTasks}.
 */
@SuppressWarnings("exports") // whoever calls this has db-scheduler, and reads its module
public final class PurgeJobs {

  private PurgeJobs() {}

  /**
   * Empties the trash of a repository every hour, of each session's tenant what has been there for
   * longer than its grace; named {@code tenon-trash-purge-} and the table.
   *
   * <p>A session that fails holds back no other; the run fails afterwards with the first error, the
   * others suppressed. A scheduler that shuts down is not kept waiting for the sessions to come.
   *
   * @param sessions asked anew at each run and closed afterwards: one session for each tenant, or
   *     the database alone where the rows are shared
   * @throws UsageException if the repository has no trash
   */
  public static RecurringTask<Void> trash(
      Repository<?, ?> repository, Supplier<? extends Stream<? extends Session>> sessions) {
    Required.require(repository, "repository", "PurgeJobs.trash");
    Required.require(sessions, "sessions", "PurgeJobs.trash");
    return Tasks.recurring("tenon-trash-purge-" + repository.trashName(), FixedDelay.ofHours(1))
        .execute(
            (instance, context) ->
                EachSession.run(
                    sessions.get(),
                    context.getSchedulerState()::isShuttingDown,
                    repository::purge));
  }

  /**
   * Forgets every hour the keys of operations that are older than this; named {@code
   * tenon-operations-purge}.
   *
   * @param session as the owner of the schema {@code tenon}
   * @param olderThan a week is plenty; up to 3650 days
   */
  public static RecurringTask<Void> operations(Session session, Duration olderThan) {
    Required.require(session, "session", "PurgeJobs.operations");
    Durations.requireAge("PurgeJobs.operations", olderThan);
    return Tasks.recurring("tenon-operations-purge", FixedDelay.ofHours(1))
        .execute((instance, context) -> Operations.purge(session, olderThan));
  }
}
