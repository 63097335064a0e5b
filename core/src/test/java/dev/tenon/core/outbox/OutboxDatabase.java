package dev.tenon.core.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Migrations;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.internal.Admission;
import dev.tenon.core.internal.Engine;
import dev.tenon.core.internal.TenantRules;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A database with an outbox and a ledger of what was handled, opened as its owner, for each test.
 */
final class OutboxDatabase implements BeforeEachCallback, AfterEachCallback {

  static final Outbox ORDERS = Outbox.named("orders").consumers("mail").build();

  static final Migrations LEDGER =
      Migrations.named("ledger")
          .script(
              "V1__ledger.sql",
              """
              create table public.ledger (
                position bigint generated always as identity,
                consumer text not null,
                tenant text,
                aggregate_id text not null,
                version bigint not null
              );
              grant select, insert on public.ledger to public;
              """);

  private static final DatabaseTemplate TEMPLATE =
      DatabaseTemplate.of(
          "outbox",
          Outbox.migrations().fingerprint() + LEDGER.fingerprint(),
          made -> {
            try (Database owner = open(made, made.owner(), 1)) {
              owner.migrate(Outbox.migrations(), LEDGER);
            }
          });

  private final List<Database> opened = new ArrayList<>();
  private @Nullable TestDatabase made;

  @Override
  public void beforeEach(ExtensionContext context) {
    made = TestDatabase.create(TEMPLATE);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    opened.forEach(Database::close);
    made().close();
  }

  TestDatabase made() {
    return Objects.requireNonNull(made, "only within a test");
  }

  /** A pool of its own, as the owner, who may relay. */
  Database owner(int poolSize) {
    return remember(open(made(), made().owner(), poolSize));
  }

  /** As the role that the policies bind. */
  Database application() {
    return remember(open(made(), made().application(), 6));
  }

  static Session tenant(Database database, TenantId tenant) {
    return database
        .unwrap(Engine.class)
        .session(new TenantRules(tenant, false, Optional.empty(), Admission.FREE));
  }

  private Database remember(Database database) {
    opened.add(database);
    return database;
  }

  private static Database open(TestDatabase made, Credentials role, int poolSize) {
    return Database.open(
        DatabaseConfig.url(made.url())
            .user(role.user())
            .password(role.password())
            .poolSize(poolSize)
            .build());
  }

  static Event event(String aggregate, long version) {
    return Event.of("order.paid", aggregate, version, "{\"n\": " + version + "}");
  }

  /**
   * Versions from 1 for each of the aggregates {@code a0}, {@code a1} …, a transaction for each.
   */
  static void publish(Session session, Outbox outbox, int aggregates, int versions) {
    for (int version = 1; version <= versions; version++) {
      int current = version;
      List<Event> events = new ArrayList<>();
      for (int i = 0; i < aggregates; i++) {
        events.add(event("a" + i, current));
      }
      session.transaction(transaction -> outbox.publish(transaction, events));
    }
  }

  /** Writes the event down, in the transaction that handles it. */
  static void enter(Session transaction, String consumer, Event event) {
    transaction
        .sql()
        .execute(
            """
            insert into public.ledger (consumer, tenant, aggregate_id, version)
            values ({0}, nullif(current_setting('app.current_tenant', true), ''), {1}, {2})
            """,
            DSL.val(consumer), DSL.val(event.aggregateId()), DSL.val(event.version()));
  }

  static Relay.Handler ledger(String consumer) {
    return (event, transaction) -> enter(transaction, consumer, event);
  }

  static long count(Session session, String sql) {
    return session.sql().fetchSingle(sql).get(0, Long.class);
  }

  static long entries(Session session) {
    return count(session, "select count(*) from public.ledger");
  }

  static long waiting(Session session) {
    return count(session, "select count(*) from tenon.outbox_event");
  }

  /** Every version of every aggregate once, in order. */
  static void assertLedger(Session session, int aggregates, int versions) {
    assertThat(entries(session)).isEqualTo((long) aggregates * versions);
    assertThat(inversions(session)).isZero();
    assertThat(count(session, "select count(distinct (aggregate_id, version)) from public.ledger"))
        .isEqualTo((long) aggregates * versions);
  }

  static long inversions(Session session) {
    return count(
        session,
        """
        select count(*)
          from (select version - lag(version) over (partition by aggregate_id order by position) as step
                  from public.ledger) as steps
         where step < 0
        """);
  }
}
