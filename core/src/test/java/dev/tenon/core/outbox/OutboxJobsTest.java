package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.count;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.kagkarlsson.scheduler.Scheduler;
import dev.tenon.core.Database;
import dev.tenon.core.Waiting;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OutboxJobsTest {

  /** As the documentation of db-scheduler has it. */
  private static final String SCHEDULED_TASKS =
      """
      create table scheduled_tasks (
        task_name text not null,
        task_instance text not null,
        task_data bytea,
        execution_time timestamptz not null,
        picked boolean not null,
        picked_by text,
        last_success timestamptz,
        last_failure timestamptz,
        consecutive_failures int,
        last_heartbeat timestamptz,
        version bigint not null,
        priority smallint,
        primary key (task_name, task_instance)
      )
      """;

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void purge_and_health_run_on_a_scheduler_of_the_application() {
    Database owner = database.owner(6);
    Map<String, Outbox.Backlog> told = new ConcurrentHashMap<>();
    owner.sql().execute(SCHEDULED_TASKS);
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
        Scheduler.create(owner.unwrap(DataSource.class))
            .startTasks(
                OutboxJobs.purge(ORDERS, owner, Duration.ofDays(1)),
                OutboxJobs.health(ORDERS, owner, Duration.ofMinutes(1), told::put))
            .pollingInterval(Duration.ofMillis(100))
            .threads(2)
            .build();
    scheduler.start();
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
