package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.count;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.kagkarlsson.scheduler.Scheduler;
import dev.tenon.core.Database;
import dev.tenon.core.ScheduledTasks;
import dev.tenon.core.Waiting;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OutboxJobsTest {

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void purge_and_health_run_on_a_scheduler_of_the_application() {
    Database owner = database.owner(6);
    Map<String, Outbox.Backlog> told = new ConcurrentHashMap<>();
    OutboxDatabase.publish(owner, ORDERS, 3, 1);
    owner
        .sql()
        .execute(
            """
            insert into tenon.outbox_inbox (queue, event_id, handled_at)
            values ('orders/mail', gen_random_uuid(), now() - interval '2 days'),
                   ('orders/mail', gen_random_uuid(), now()),
                   ('other/mail', gen_random_uuid(), now() - interval '2 days')
            """);
    Scheduler scheduler =
        ScheduledTasks.start(
            owner,
            OutboxJobs.purge(ORDERS, owner, Duration.ofDays(1)),
            OutboxJobs.health(ORDERS, owner, Duration.ofMinutes(1), told::put));
    try {
      Waiting.until(() -> told.containsKey("mail"));
      Waiting.until(() -> count(owner, "select count(*) from tenon.outbox_inbox") == 2);
    } finally {
      scheduler.stop();
    }
    assertThat(told.get("mail"))
        .isNotNull()
        .satisfies(backlog -> assertThat(backlog.waiting()).isEqualTo(3))
        .satisfies(backlog -> assertThat(backlog.oldest()).isPresent());
  }
}
