package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On a server of its own, whose database postgres has the extension. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CronJobsTest {

  private final PostgresServer server = PostgresServer.start(PostgresOptions.defaults());
  private final Database database = open("postgres");

  private Database open(String name) {
    return Database.open(
        DatabaseConfig.url(server.jdbcUrl(name))
            .user(server.superuser().user())
            .password(server.superuser().password())
            .build());
  }

  @BeforeAll
  void install() {
    database.sql().execute("create extension pg_cron");
  }

  @AfterAll
  void stop() {
    database.close();
    server.close();
  }

  private static Job job(String name, Duration every) {
    return Job.of(name, every, run -> {});
  }

  private String schedule(String name) {
    return database
        .sql()
        .fetchSingle("select schedule from cron.job where jobname = ?", name)
        .get(0, String.class);
  }

  @Test
  void the_server_runs_a_job_until_it_is_unscheduled() {
    database.sql().execute("create table ticks (role text, database text)");
    CronJobs cron = CronJobs.on(database);
    cron.schedule(
        job("tick's", Duration.ofSeconds(1))
            .withStatement("insert into ticks values (current_user, current_database())"));
    Waiting.until(() -> database.sql().fetchCount(DSL.table("ticks")) > 1);

    assertThat(cron.unschedule("tick's")).isTrue();
    assertThat(cron.unschedule("tick's")).isFalse();
  }

  @Test
  void a_job_runs_in_another_database_as_another_role() {
    database.sql().execute("create role clock login");
    database.sql().execute("create database clocks");
    try (Database clocks = open("clocks")) {
      clocks.sql().execute("create table ticks (role text)");
      clocks.sql().execute("grant insert on ticks to clock");
      CronJobs.on(database)
          .inDatabase("clocks")
          .asRole("clock")
          .schedule(
              job("clock", Duration.ofSeconds(1))
                  .withStatement("insert into ticks values (current_user)"));
      List<String> roles = new ArrayList<>();
      Waiting.until(
          () -> {
            roles.addAll(clocks.sql().fetch("select role from ticks").getValues(0, String.class));
            return !roles.isEmpty();
          });
      assertThat(roles).containsOnly("clock");
      assertThat(
              database
                  .sql()
                  .fetchSingle("select count(*) from cron.job where jobname = 'clock'")
                  .get(0, Long.class))
          .isOne();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PT1S,1 seconds",
    "PT59S,59 seconds",
    "PT1M,*/1 * * * *",
    "PT15M,*/15 * * * *",
    "PT1H,0 * * * *",
    "PT6H,0 */6 * * *",
    "P1D,0 0 * * *"
  })
  void a_job_of_the_same_name_is_replaced_by_one_that_runs_at_other_times(
      String every, String expected) {
    CronJobs cron = CronJobs.on(database);
    cron.schedule(job("often" + every, Duration.ofHours(12)).withStatement("select 1"));
    cron.schedule(job("often" + every, Duration.parse(every)).withStatement("select 1"));
    assertThat(schedule("often" + every)).isEqualTo(expected);
    assertThat(cron.unschedule("often" + every)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT1.5S", "PT1M30S", "PT7M", "PT5H", "PT48H"})
  void times_that_pg_cron_has_not_are_refused(String every) {
    assertThatThrownBy(
            () ->
                CronJobs.on(database)
                    .schedule(job("odd", Duration.parse(every)).withStatement("select 1")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("every " + every);
    assertThat(CronJobs.on(database).unschedule("odd")).isFalse();
  }

  @Test
  void a_job_that_only_java_can_do_is_refused() {
    assertThatThrownBy(() -> CronJobs.on(database).schedule(job("java", Duration.ofHours(1))))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("has no statement");
  }

  @Test
  void a_database_without_the_extension_is_refused() {
    try (Database other = open("template1")) {
      assertThatThrownBy(
              () ->
                  CronJobs.on(other)
                      .schedule(job("none", Duration.ofHours(1)).withStatement("select 1")))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("has no pg_cron");
      assertThatThrownBy(() -> CronJobs.on(other).unschedule("none"))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("has no pg_cron");
    }
  }

  @Test
  void a_job_that_runs_all_the_time_is_refused() {
    assertThatThrownBy(() -> job("busy", Duration.ofMillis(999)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("PT0.999S");
  }
}
