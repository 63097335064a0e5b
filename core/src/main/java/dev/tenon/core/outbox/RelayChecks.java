package dev.tenon.core.outbox;

import com.zaxxer.hikari.HikariDataSource;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import javax.sql.DataSource;
import org.jooq.Record;
import org.jooq.impl.DSL;

/** What would only show later, as events that are never delivered, or a queue that looks empty. */
final class RelayChecks {

  private static final String WHERE = "Relay.Builder.start";

  private RelayChecks() {}

  static void require(RelayPlan plan, boolean notified) {
    requireConnections(plan, notified);
    requireReader(plan.database(), WHERE);
    requirePartitions(plan);
  }

  private static void requireConnections(RelayPlan plan, boolean notified) {
    int needed = plan.connections(notified);
    if (plan.database().unwrap(DataSource.class) instanceof HikariDataSource pool
        && pool.getMaximumPoolSize() < needed) {
      throw new UsageException(
          Problem.what("the relay needs " + needed + " connections of " + pool.getMaximumPoolSize())
              .where(WHERE)
              .why(
                  "each thread of a consumer reads on one and handles on another, and one listens;"
                      + " with fewer all could wait for each other")
              .fix("enlarge DatabaseConfig.poolSize, or lower Relay.Builder.concurrency"));
    }
  }

  /** Refuses a session whose role does not see the events of all tenants. */
  static void requireReader(Session session, String where) {
    requireTables(session, where);
    requireRights(session, where);
  }

  private static void requireTables(Session session, String where) {
    Object table = session.sql().fetchValue("select to_regclass('tenon.outbox_event')::text");
    if (table == null) {
      throw new UsageException(
          Problem.what("the table tenon.outbox_event is missing")
              .where(where)
              .why("the migrations of the outbox did not run in this database")
              .fix("run database.migrate(Outbox.migrations()) as the owner"));
    }
  }

  private static void requireRights(Session session, String where) {
    Record role =
        session
            .sql()
            .fetchSingle(
                """
                select current_user::text as name,
                       bool_and(has_table_privilege('tenon.' || t, p)) as granted,
                       bool_or(row_security_active('tenon.' || t)) as bound
                  from unnest(array['outbox_event', 'outbox_failure', 'outbox_dead_letter']) as t
                 cross join unnest(array['select', 'insert', 'update', 'delete']) as p
                """);
    if (!role.get("granted", Boolean.class) || role.get("bound", Boolean.class)) {
      throw new UsageException(
          Problem.what("the role " + role.get("name") + " may not read the events of all tenants")
              .where(where)
              .why("row-level security would show it nothing, as if nothing waited")
              .fix(
                  "connect as the owner of the tables, or as a role with BYPASSRLS and"
                      + " select, insert, update and delete on tenon.outbox_event,"
                      + " tenon.outbox_failure and tenon.outbox_dead_letter"));
    }
  }

  private static void requirePartitions(RelayPlan plan) {
    for (String consumer : plan.handlers().keySet()) {
      Integer highest =
          plan.database()
              .sql()
              .fetchSingle(
                  """
                  select greatest(
                           (select max(e.partition) from tenon.outbox_event e
                             where e.queue = q.name),
                           (select max(f.partition) from tenon.outbox_failure f
                             where f.queue = q.name)) as highest
                    from (select {0} as name) as q
                  """,
                  DSL.val(plan.outbox().requireQueue(consumer)))
              .get("highest", Integer.class);
      if (highest != null && highest >= plan.outbox().partitions()) {
        throw new UsageException(
            Problem.what(
                    "events wait in partition "
                        + highest
                        + ", and the outbox has "
                        + plan.outbox().partitions())
                .where(WHERE)
                .why("it had more when they were published; nobody would deliver them")
                .fix("run a relay with the former number until nothing waits"));
      }
    }
  }
}
