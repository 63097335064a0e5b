package dev.tenon.core.outbox;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.tenon.core.Session;
import java.time.Duration;
import java.util.function.BiConsumer;

/**
 * What an outbox wants done now and then, as tasks for a db-scheduler of the application's.
 *
 * <p>Needs {@code com.github.kagkarlsson:db-scheduler}, which Tenon does not bring along. Of
 * several schedulers on one table one runs each task. Pass them to {@code
 * Scheduler.create(…).startTasks}.
 */
@SuppressWarnings("exports") // whoever calls this has db-scheduler, and reads its module
public final class OutboxJobs {

  private OutboxJobs() {}

  /**
   * Forgets every hour what the consumers handled before this long.
   *
   * @param session as a role that may delete from the inbox
   * @param olderThan a day is plenty
   */
  public static RecurringTask<Void> purge(Outbox outbox, Session session, Duration olderThan) {
    Outbox.requirePause("OutboxJobs.purge", olderThan);
    return Tasks.recurring("tenon-outbox-purge-" + outbox.name(), FixedDelay.ofHours(1))
        .execute((instance, context) -> outbox.purge(session, olderThan));
  }

  /**
   * Tells what waits for each consumer, such as for an alarm on the age of the oldest event.
   *
   * @param session as a role that may read the events
   * @param told gets the name of a consumer and what waits for it
   */
  public static RecurringTask<Void> health(
      Outbox outbox, Session session, Duration every, BiConsumer<String, Outbox.Backlog> told) {
    Outbox.requirePause("OutboxJobs.health", every);
    return Tasks.recurring("tenon-outbox-health-" + outbox.name(), FixedDelay.of(every))
        .execute(
            (instance, context) ->
                outbox
                    .consumers()
                    .forEach(consumer -> told.accept(consumer, outbox.backlog(session, consumer))));
  }
}
