package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.ACME;
import static dev.tenon.timeseries.HypertableContract.OTHER;
import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.RollupContract.days;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.CronJobs;
import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Job;
import dev.tenon.core.JobRuns;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Readings.Reading;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Refreshes that the database runs by itself, with the rights of the application. */
@TenonTest(schema = RefreshProcedureTest.Schema.class)
final class RefreshProcedureTest {

  private static final HypertableRepository<Reading> samples = READINGS;
  private static final String CALL = samples.refreshStatement("select id from tenants");

  static final class Schema implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      Migrations tenants =
          Migrations.named("tenants")
              .script(
                  "V1__tenants.sql",
                  """
                  create table tenants (id uuid primary key);
                  insert into tenants values ('%s'), ('%s');
                  grant select on tenants to public;
                  grant usage on schema tenon to public;
                  grant select, insert, update on tenon.job_run to public;
                  """
                      .formatted(ACME, OTHER));
      return Stream.concat(
              Readings.migrations(Samples.OnPartitions.CAPABILITIES).stream(),
              Stream.of(JobRuns.migrations(), tenants))
          .toList();
    }
  }

  @Test
  void what_the_procedure_makes_is_what_a_refresh_makes(TenantDatabase tenants, TestDatabase made)
      throws Exception {
    READINGS.append(tenants.as(ACME), days(20));
    READINGS.append(tenants.as(OTHER), days(3));
    run(made, CALL);

    RollupContract.assertExact(tenants.as(ACME), Freshness.ROLLUP_ONLY);
    RollupContract.assertExact(tenants.as(OTHER), Freshness.ROLLUP_ONLY);
    assertThat(READINGS.refresh(tenants.as(ACME)).plan()).isEmpty();
    JobRuns.Run run = runs(made).get(0);
    assertThat(run.job()).isEqualTo("tenon-rollups-public.readings");
    assertThat(run.endedAt()).isPresent();
    assertThat(run.failure()).isEmpty();
    assertThat(run.done()).isPositive();
  }

  @Test
  void a_tenant_that_fails_holds_back_no_other_and_the_run_says_so(
      TenantDatabase tenants, TestDatabase made) {
    RollupFailureContract.appendHuge(tenants.as(ACME));
    READINGS.append(tenants.as(ACME), days(3));
    READINGS.append(tenants.as(OTHER), days(3));

    assertThatThrownBy(() -> run(made, CALL)).hasMessageContaining("out of range");
    RollupContract.assertExact(tenants.as(OTHER), Freshness.ROLLUP_ONLY);
    assertThat(runs(made).get(0).failure().orElseThrow()).contains(ACME.toString());
    assertThatThrownBy(() -> READINGS.refresh(tenants.as(ACME)).run())
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void a_tenant_whose_step_is_an_error_holds_back_no_other(
      TenantDatabase tenants, TestDatabase made) {
    READINGS.append(tenants.as(ACME), days(1));
    READINGS.append(tenants.as(OTHER), days(1));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner
          .sql()
          .execute(
              "create function refuse() returns trigger language plpgsql as"
                  + " $$ begin raise 'not this one'; end $$");
      owner
          .sql()
          .execute(
              "create trigger refuse before insert on readings_hourly for each row"
                  + " when (new.tenant_id = '%s') execute function refuse()".formatted(ACME));
    }
    assertThatThrownBy(() -> run(made, CALL)).hasMessageContaining("not this one");
    RollupContract.assertExact(tenants.as(OTHER), Freshness.ROLLUP_ONLY);
    assertThat(runs(made).get(0).failure().orElseThrow()).contains(ACME + ": not this one");
  }

  @Test
  void a_query_for_tenants_that_fails_ends_the_run_with_why(TestDatabase made) {
    assertThatThrownBy(() -> run(made, samples.refreshStatement("select id from nowhere")))
        .hasMessageContaining("nowhere");
    assertThat(runs(made).get(0).endedAt()).isPresent();
    assertThat(runs(made).get(0).failure().orElseThrow()).contains("\"nowhere\" does not exist");
  }

  @Test
  void a_run_that_cannot_be_recorded_is_done_all_the_same(TenantDatabase tenants, TestDatabase made)
      throws Exception {
    READINGS.append(tenants.as(ACME), days(1));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute("revoke select, update on tenon.job_run from public");
    }
    run(made, CALL);
    RollupContract.assertExact(tenants.as(ACME), Freshness.ROLLUP_ONLY);
    assertThat(runs(made)).isEmpty();
  }

  @Test
  void a_tenant_that_is_null_is_a_failure_and_holds_back_no_other(
      TenantDatabase tenants, TestDatabase made) {
    READINGS.append(tenants.as(ACME), days(1));
    assertThatThrownBy(
            () ->
                run(
                    made,
                    samples.refreshStatement(
                        "select null::uuid union all select id from tenants;\n")))
        .hasMessageContaining("null: ");
    RollupContract.assertExact(tenants.as(ACME), Freshness.ROLLUP_ONLY);
  }

  @Test
  void a_role_whose_transactions_are_snapshots_refreshes_too(
      TenantDatabase tenants, TestDatabase made) throws Exception {
    READINGS.append(tenants.as(ACME), days(20));
    run(made, "set default_transaction_isolation = 'repeatable read'", CALL);
    RollupContract.assertExact(tenants.as(ACME), Freshness.ROLLUP_ONLY);
  }

  @Test
  void the_rights_are_those_of_who_calls_it(TenantDatabase tenants, TestDatabase made) {
    READINGS.append(tenants.as(ACME), days(1));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner
          .sql()
          .execute(
              "revoke insert on readings_hourly from {0}", DSL.name(made.application().user()));
    }
    assertThatThrownBy(() -> run(made, CALL)).hasMessageContaining("permission denied");
  }

  @Test
  void a_refresh_within_a_snapshot_is_refused(TestDatabase made) {
    assertThatThrownBy(
            () ->
                run(
                    made,
                    "begin isolation level repeatable read;"
                        + " set local app.current_tenant = '%s';".formatted(ACME)
                        + " select readings_hourly_step('%s', true)".formatted(ACME)))
        .hasMessageContaining("READ COMMITTED");
  }

  private static void run(TestDatabase made, String... statements) throws Exception {
    try (Connection connection = made.dataSource(made.application()).getConnection();
        Statement sql = connection.createStatement()) {
      for (String statement : statements) {
        sql.execute(statement);
      }
    }
  }

  private static List<JobRuns.Run> runs(TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      return JobRuns.on(owner).latest(10);
    }
  }

  @Test
  @Timeout(120)
  void pg_cron_refreshes_while_no_application_does() throws Exception {
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults());
        TestDatabase made = server.database(new Schema().template());
        Database application = open(server, made.name(), made.application());
        Database cronDatabase = open(server, "postgres", server.superuser())) {
      cronDatabase.sql().execute("create extension pg_cron");
      TenantDatabase tenants = TenantDatabase.on(application);
      TenantSession acme = tenants.as(ACME);
      READINGS.append(acme, days(5));
      Job refresh = HypertableJobs.refresh(samples, Stream::of, Duration.ofSeconds(1));

      CronJobs cron =
          CronJobs.on(cronDatabase).inDatabase(made.name()).asRole(made.application().user());
      cron.schedule(refresh.withStatement(samples.refreshStatement("select id from tenants")));

      Waiting.until(() -> READINGS.refresh(acme).plan().isEmpty());
      RollupContract.assertExact(acme, Freshness.ROLLUP_ONLY);
      READINGS.append(
          acme, List.of(RollupContract.reading(HypertableContract.NOON.plusSeconds(1), 1)));
      Waiting.until(() -> READINGS.refresh(acme).plan().isEmpty());
      RollupContract.assertExact(acme, Freshness.ROLLUP_ONLY);
      assertThat(cron.unschedule(refresh.name())).isTrue();
      assertThat(cron.unschedule(refresh.name())).isFalse();
    }
  }

  private static Database open(PostgresServer server, String name, Credentials as) {
    return Database.open(
        DatabaseConfig.url(server.jdbcUrl(name)).user(as.user()).password(as.password()).build());
  }
}
