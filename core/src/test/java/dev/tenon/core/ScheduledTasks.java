package dev.tenon.core;

import com.github.kagkarlsson.scheduler.Scheduler;
import java.time.Duration;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** A real db-scheduler on a test's database. */
public final class ScheduledTasks {

  /** As the documentation of db-scheduler has it. */
  private static final String TABLE =
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

  private ScheduledTasks() {}

  /** Runs these jobs from now on; the caller stops it. */
  public static Scheduler start(Database owner, Job... jobs) {
    owner.sql().execute(TABLE);
    Scheduler scheduler =
        Scheduler.create(owner.unwrap(DataSource.class))
            .startTasks(Stream.of(jobs).map(Job::task).toList())
            .pollingInterval(Duration.ofMillis(100))
            .threads(2)
            .build();
    scheduler.start();
    return scheduler;
  }

  /** How often a task failed since it last succeeded. */
  static int failures(Session session, String task) {
    return session
        .sql()
        .fetchSingle(
            "select coalesce(max(consecutive_failures), 0) from scheduled_tasks"
                + " where task_name = ?",
            task)
        .get(0, Integer.class);
  }
}
