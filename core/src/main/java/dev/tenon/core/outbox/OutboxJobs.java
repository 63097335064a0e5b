package dev.tenon.core.outbox;

import dev.tenon.core.Job;
import dev.tenon.core.Session;
import java.time.Duration;
import java.util.function.BiConsumer;

/** What an outbox wants done now and then. */
public final class OutboxJobs {

  private OutboxJobs() {}

  /**
   * Forgets every hour what the consumers handled before this long.
   *
   * @param session as a role that may delete from the inbox
   * @param olderThan a day is plenty
   */
  public static Job purge(Outbox outbox, Session session, Duration olderThan) {
    Outbox.requirePause("OutboxJobs.purge", olderThan);
    return Job.of(
        "tenon-outbox-purge-" + outbox.name(),
        Duration.ofHours(1),
        run -> run.add(outbox.purge(session, olderThan)));
  }

  /**
   * Tells what waits for each consumer, such as for an alarm on the age of the oldest event.
   *
   * @param session as a role that may read the events
   * @param told gets the name of a consumer and what waits for it
   */
  public static Job health(
      Outbox outbox, Session session, Duration every, BiConsumer<String, Outbox.Backlog> told) {
    Outbox.requirePause("OutboxJobs.health", every);
    return Job.of(
        "tenon-outbox-health-" + outbox.name(),
        every,
        run ->
            outbox
                .consumers()
                .forEach(consumer -> told.accept(consumer, outbox.backlog(session, consumer))));
  }
}
