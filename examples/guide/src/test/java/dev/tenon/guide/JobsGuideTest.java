package dev.tenon.guide;

import static dev.tenon.guide.Members.members;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.kagkarlsson.scheduler.Scheduler;
import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Migrations;
import dev.tenon.core.Operations;
import dev.tenon.core.PurgeJobs;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UuidV7;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.core.outbox.OutboxJobs;
import dev.tenon.guide.Members.Member;
import dev.tenon.tenancy.AdminDatabase;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.lifecycle.Tenant;
import dev.tenon.tenancy.lifecycle.TenantRegistry;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Members.class)
class JobsGuideTest {

  private final Outbox outbox = Outbox.named("fleet").consumers("mail").build();
  private final TenantId acmeId = TenantId.of(UuidV7.next());
  private final List<Object> logged = new ArrayList<>();

  private synchronized void log(Object what) {
    logged.add(what);
  }

  @Test
  void purges_on_a_scheduler_of_the_application(
      TestDatabase made, TenantDatabase tenants, Database application) throws Exception {
    try (Database adminPool = TestSchema.connect(made, TenantsGuideTest.admin(made));
        Database owner =
            Database.open(
                DatabaseConfig.url(made.url())
                    .user(made.owner().user())
                    .password(made.owner().password())
                    .poolSize(6)
                    .build())) {
      TenantRegistry registry = TenantRegistry.on(AdminDatabase.on(adminPool));
      registry.create(acmeId, "Acme");

      Migrations scheduledTasks =
          Migrations.named("scheduler")
              .script(
                  "V1__scheduled_tasks.sql",
                  """
                  create table public.scheduled_tasks (
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
                  );
                  create index on public.scheduled_tasks (execution_time);
                  create index on public.scheduled_tasks (last_heartbeat);
                  """);
      owner.migrate(Operations.migrations(), Outbox.migrations(), scheduledTasks);

      deletedLongAgo(tenants);
      application.transaction(
          Transaction.Options.defaults().withOperation("request 1"), transaction -> {});
      owner.sql().execute("update tenon.operation set recorded_at = now() - interval '8 days'");

      Scheduler scheduler =
          Scheduler.create(owner.unwrap(DataSource.class))
              .startTasks(
                  PurgeJobs.trash(
                          members,
                          () ->
                              registry.all().stream()
                                  .filter(tenant -> tenant.state() == Tenant.State.ACTIVE)
                                  .map(tenant -> tenants.as(tenant.id())))
                      .task(),
                  PurgeJobs.operations(owner, Duration.ofDays(7)).task(),
                  OutboxJobs.purge(outbox, owner, Duration.ofDays(1)).task(),
                  OutboxJobs.health(
                          outbox,
                          owner,
                          Duration.ofMinutes(1),
                          (consumer, backlog) -> log(consumer + ": " + backlog.waiting()))
                      .task())
              .threads(2)
              .build();
      scheduler.start();

      try {
        awaitSuccess(owner, 4);
      } finally {
        scheduler.stop();
      }
      assertThat(tenants.as(acmeId).sql().fetchCount(Members.MEMBERS)).isZero();
      assertThat(application.isApplied("request 1")).isFalse();
      assertThat(logged).containsExactly("mail: 0");
    }
  }

  private void deletedLongAgo(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    Member ann = Member.of("ann@acme.example", "Ann");
    members.insert(acme, ann);
    members.delete(acme, ann.id());
    acme.sql().execute("update members set deleted_at = now() - interval '31 days'");
  }

  private static void awaitSuccess(Database owner, int tasks) throws InterruptedException {
    Instant end = Instant.now().plusSeconds(60);
    while (Instant.now().isBefore(end)
        && !owner
            .sql()
            .fetchSingle(
                "select count(*) from public.scheduled_tasks where last_success is not null")
            .get(0, Integer.class)
            .equals(tasks)) {
      Thread.sleep(50);
    }
  }
}
