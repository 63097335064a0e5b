package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.ACME;
import static dev.tenon.timeseries.HypertableContract.OTHER;
import static dev.tenon.timeseries.Readings.READINGS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.kagkarlsson.scheduler.Scheduler;
import dev.tenon.core.Database;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@TenonTest(schema = Readings.OnPartitions.class)
final class HypertableJobsTest {

  /** As the documentation of db-scheduler has it. */
  private static final String TABLE =
      """
      create table scheduled_tasks (
        task_name text not null, task_instance text not null, task_data bytea,
        execution_time timestamptz not null, picked boolean not null, picked_by text,
        last_success timestamptz, last_failure timestamptz, consecutive_failures int,
        last_heartbeat timestamptz, version bigint not null, priority smallint,
        primary key (task_name, task_instance)
      )
      """;

  @Test
  @Timeout(60)
  void the_rollups_of_every_tenant_are_refreshed_even_if_one_cannot_be(
      TenantDatabase tenants, Database database, TestDatabase made) throws Exception {
    READINGS.append(tenants.as(ACME), RollupContract.days(2));
    READINGS.append(tenants.as(OTHER), RollupContract.days(3));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute(TABLE);
      Scheduler scheduler =
          Scheduler.create(owner.unwrap(DataSource.class))
              .startTasks(
                  HypertableJobs.refresh(
                          READINGS,
                          () -> Stream.of(database, tenants.as(ACME), tenants.as(OTHER)),
                          Duration.ofSeconds(1))
                      .task())
              .pollingInterval(Duration.ofMillis(100))
              .threads(1)
              .build();
      scheduler.start();
      try {
        Waiting.until(() -> failures(owner) > 0);
      } finally {
        scheduler.stop();
      }
    }
    RollupContract.assertExact(tenants.as(ACME), Freshness.ROLLUP_ONLY);
    RollupContract.assertExact(tenants.as(OTHER), Freshness.ROLLUP_ONLY);
  }

  /** The session without a tenant fails, and the run says so in the end. */
  private static int failures(Database owner) {
    return owner
        .sql()
        .fetchSingle(
            "select coalesce(max(consecutive_failures), 0) from scheduled_tasks"
                + " where task_name = 'tenon-rollups-public.readings'")
        .get(0, Integer.class);
  }

  @Test
  void refuses_to_refresh_more_often_than_every_second(TenantDatabase tenants) {
    assertThatThrownBy(
            () ->
                HypertableJobs.refresh(READINGS, () -> Stream.of(tenants.as(ACME)), Duration.ZERO))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("every PT0S");
    assertThat(HypertableJobs.refresh(READINGS, Stream::of, Duration.ofSeconds(1)).name())
        .isEqualTo("tenon-rollups-public.readings");
  }

  @Test
  @Timeout(60)
  void what_is_old_is_dropped_by_a_scheduler(TenantDatabase tenants, TestDatabase made)
      throws Exception {
    Instant now = Instant.now();
    READINGS.append(
        tenants.as(ACME),
        List.of(
            RollupContract.reading(now.minus(Duration.ofDays(60)), 1),
            RollupContract.reading(now, 2)));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute(TABLE);
      Scheduler scheduler =
          Scheduler.create(owner.unwrap(DataSource.class))
              .startTasks(
                  HypertableJobs.retention(READINGS, owner, tenants::as, Duration.ofHours(1))
                      .task())
              .pollingInterval(Duration.ofMillis(100))
              .threads(1)
              .build();
      scheduler.start();
      try {
        Waiting.until(() -> READINGS.range(tenants.as(ACME), RollupContract.YEARS).size() == 1);
      } finally {
        scheduler.stop();
      }
    }
    assertThat(READINGS.floor(tenants.as(ACME))).isPresent();
    assertThat(RollupContract.from(tenants.as(ACME), Readings.HOURLY, Freshness.STRICT)).hasSize(2);
  }
}
