package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.count;
import static dev.tenon.core.outbox.OutboxDatabase.enter;
import static dev.tenon.core.outbox.OutboxDatabase.event;
import static dev.tenon.core.outbox.OutboxDatabase.publish;
import static dev.tenon.core.outbox.OutboxDatabase.tenant;
import static dev.tenon.core.outbox.OutboxDatabase.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.core.Waiting;
import dev.tenon.testkit.servers.FaultProxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest {

  private final TenantId acme = TenantId.of(UuidV7.next());
  private final TenantId bolt = TenantId.of(UuidV7.next());

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void a_version_of_an_aggregate_has_one_event() {
    Database owner = database.owner(2);
    owner.transaction(transaction -> ORDERS.publish(transaction, event("a", 1)));
    assertThatThrownBy(
            () -> owner.transaction(transaction -> ORDERS.publish(transaction, event("a", 1))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("version 1 of the aggregate 'a' has an event already");
    assertThat(waiting(owner)).isEqualTo(1);
  }

  @Test
  void tenants_have_aggregates_of_the_same_name() {
    Database application = database.application();
    for (TenantId each : List.of(acme, bolt)) {
      tenant(application, each)
          .transaction(transaction -> ORDERS.publish(transaction, event("a", 1)));
    }
    application.transaction(transaction -> ORDERS.publish(transaction, event("a", 1)));
    assertThat(
            count(
                database.owner(1),
                "select count(distinct tenant_id) from tenon.outbox_event where aggregate_id = 'a'"))
        .isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select count(*) from tenon.outbox_event",
        "select count(*) from tenon.outbox_dead_letter",
        "select count(*) from tenon.outbox_failure",
        "delete from tenon.outbox_event",
        "update tenon.outbox_event set version = 2",
        "delete from tenon.outbox_inbox",
        "truncate tenon.outbox_event"
      })
  void the_application_reads_and_changes_no_events(String sql) {
    Session session = tenant(database.application(), acme);
    session.transaction(transaction -> ORDERS.publish(transaction, event("a", 1)));
    assertThatThrownBy(() -> session.sql().execute(sql)).isInstanceOf(AccessDeniedException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        insert into tenon.outbox_event (queue, partition, tenant_id, id, type, aggregate_id, version, body)
        values ('orders/mail', 1, {0}::uuid, gen_random_uuid(), 't', 'a', 1, '{}')
        """,
        """
        insert into tenon.outbox_inbox (queue, tenant_id, event_id)
        values ('orders/mail', {0}::uuid, gen_random_uuid())
        """
      })
  void the_application_writes_nothing_in_the_name_of_another_tenant(String sql) {
    Session session = tenant(database.application(), acme);
    assertThatThrownBy(() -> session.sql().execute(sql, DSL.val(bolt.toString())))
        .isInstanceOf(AccessDeniedException.class);
  }

  @Test
  void the_application_writes_no_event_that_nobody_would_read() {
    Session session = tenant(database.application(), acme);
    assertThatThrownBy(
            () ->
                session
                    .sql()
                    .execute(
                        """
                        insert into tenon.outbox_event
                          (queue, partition, id, type, aggregate_id, version, body)
                        values ('orders/mail', -1, gen_random_uuid(), 't', 'a', 1, '{}')
                        """))
        .isInstanceOf(AccessDeniedException.class);
  }

  @Test
  void handlers_run_in_a_session_of_the_tenant_who_published() {
    Database application = database.application();
    Database owner = database.owner(10);
    for (TenantId each : List.of(acme, bolt)) {
      tenant(application, each)
          .transaction(transaction -> ORDERS.publish(transaction, event("a", 1)));
    }
    try (Relay relay =
        ORDERS
            .relay(owner)
            .inSessionOf(each -> tenant(application, each))
            .batchHandler(
                "mail",
                (events, transaction) -> {
                  for (Event event : events) {
                    assertThat(event.tenant()).isEqualTo(transaction.tenant());
                    enter(transaction, "mail", event);
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 2);
    }
    assertThat(Set.copyOf(owner.sql().fetchValues("select tenant from public.ledger")))
        .isEqualTo(Set.of(acme.toString(), bolt.toString()));
    assertThat(count(owner, "select count(distinct tenant_id) from tenon.outbox_inbox"))
        .isEqualTo(2);
  }

  @Test
  void a_relay_refuses_a_role_that_the_policies_bind() {
    Database application = database.application();
    assertThatThrownBy(() -> ORDERS.relay(application).handler("mail", (e, t) -> {}).start())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("may not read the events of all tenants");
  }

  @Test
  void a_relay_refuses_a_pool_in_which_its_threads_would_wait_for_each_other() {
    Database owner = database.owner(4);
    assertThatThrownBy(() -> ORDERS.relay(owner).handler("mail", (e, t) -> {}).start())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the relay needs 5 connections of 4");
  }

  @Test
  void a_relay_refuses_to_leave_partitions_alone() {
    Database owner = database.owner(10);
    OutboxDatabase.publish(owner, ORDERS, 50, 1);
    Outbox fewer = Outbox.named("orders").consumers("mail").partitions(2).build();
    assertThatThrownBy(() -> fewer.relay(owner).handler("mail", (e, t) -> {}).start())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the outbox has 2");
  }

  @Test
  void a_relay_needs_a_known_consumer_once() {
    Database owner = database.owner(10);
    assertThatThrownBy(() -> ORDERS.relay(owner).start())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("without a handler");
    assertThatThrownBy(() -> ORDERS.relay(owner).handler("sms", (e, t) -> {}))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no consumer of the outbox orders");
    assertThatThrownBy(
            () -> ORDERS.relay(owner).handler("mail", (e, t) -> {}).handler("mail", (e, t) -> {}))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("two handlers");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\": \"\\u0000\"}",
        "{\"\\u0000\": 1}",
        "\"\u0000\"",
        "{\"a\": \"\\ud800\"}",
        "{\"a\": 1",
        "",
        "not json",
        "{} {}",
        "{'a': 1}",
        "[NaN]"
      })
  void a_body_that_cannot_be_stored_is_refused_before_anything_is_sent(String body) {
    refused(unchecked("order.paid", "a", 1, body), "the body of the event 'order.paid'");
  }

  @Test
  void a_huge_body_is_refused_and_one_at_the_limit_is_delivered() {
    String most = "\"" + "é".repeat((1 << 19) - 1) + "\"";
    refused(unchecked("order.paid", "a", 1, most.replaceFirst("é", "éé")), "longer than 1 MiB");
    refused(unchecked("order.paid", "a", 1, "[".repeat(5000) + "]".repeat(5000)), "nested deeper");
    Database owner = database.owner(10);
    owner.transaction(
        transaction ->
            ORDERS.publish(
                transaction,
                Event.of("t", "a", 1, most),
                Event.of("t", "b", 1, most),
                Event.of("t", "c", 1, "17")));
    try (Relay relay =
        ORDERS
            .relay(owner)
            .handler("mail", (event, tx) -> assertThat(event.body()).isIn(most, "17"))
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 3);
    }
  }

  @Test
  void names_that_cannot_be_stored_are_refused_before_anything_is_sent() {
    refused(unchecked("order.paid", "", 1, "{}"), "the aggregate id of an event has 0 characters");
    refused(unchecked("order.paid", " ", 1, "{}"), "not all of them blank");
    refused(unchecked("order.paid", "a\u0000", 1, "{}"), "cannot be stored");
    refused(unchecked("order.paid", "a".repeat(501), 1, "{}"), "has 501 characters");
    refused(unchecked("", "a", 1, "{}"), "the type of an event");
    refused(unchecked("t", "a", 1, "{}", Map.of("x", "\u0000")), "the header 'x'");
    refused(unchecked("t", "a", -1, "{}"), "the version of an event is -1");
    refused(
        new Event(UuidV7.next(), "t", "a", 1, "{}", Map.of(), Instant.MAX, Optional.empty()), "");
  }

  /** As {@link Event#of} would refuse to make it. */
  private static Event unchecked(String type, String aggregate, long version, String body) {
    return unchecked(type, aggregate, version, body, Map.of());
  }

  private static Event unchecked(
      String type, String aggregate, long version, String body, Map<String, String> headers) {
    return new Event(
        UuidV7.next(),
        type,
        aggregate,
        version,
        body,
        headers,
        Instant.parse("2026-01-01T12:00:00Z"),
        Optional.empty());
  }

  private void refused(Event event, String message) {
    try (FaultProxy network = FaultProxy.to(database.made().server());
        Database far =
            Database.open(
                DatabaseConfig.url(network.reroute(database.made().url()))
                    .user(database.made().owner().user())
                    .password(database.made().owner().password())
                    .poolSize(1)
                    .build())) {
      far.transaction(
          transaction -> {
            transaction.sql().fetch("select 1");
            assertThat(
                    network.roundTripsDuring(
                        () ->
                            assertThatThrownBy(() -> ORDERS.publish(transaction, event))
                                .isInstanceOf(InvalidDataException.class)
                                .hasMessageContaining(message)))
                .isZero();
          });
    }
  }

  @Test
  void the_longest_names_are_delivered() {
    Database owner = database.owner(10);
    String name = "x".repeat(41);
    Outbox longest = Outbox.named(name).consumers(name).build();
    String aggregate = "\uD83D\uDE00".repeat(250);
    owner.transaction(
        transaction -> longest.publish(transaction, Event.of("t".repeat(200), aggregate, 1, "1")));
    try (Relay relay =
        longest
            .relay(owner)
            .handler(name, (event, tx) -> assertThat(event.aggregateId()).isEqualTo(aggregate))
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", "a/b", "a'b", "1a", "ääää"})
  void a_name_that_is_no_name_is_refused(String name) {
    assertThatThrownBy(() -> Outbox.named(name)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> Outbox.named("orders").consumers(name))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void an_outbox_that_nobody_reads_is_refused() {
    assertThatThrownBy(() -> Outbox.named("orders").build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("has no consumer");
  }

  @Test
  void a_role_that_sees_no_events_is_not_told_that_nothing_waits() {
    Database owner = database.owner(2);
    publish(owner, ORDERS, 1, 1);
    owner.sql().execute("grant all on all tables in schema tenon to public");
    Database application = database.application();
    for (ThrowingCallable look :
        List.<ThrowingCallable>of(
            () -> ORDERS.backlog(application, "mail"),
            () -> ORDERS.deadLetters(application, 10),
            () -> ORDERS.replayAll(application, "mail"),
            () -> ORDERS.purge(application, Duration.ofDays(1)))) {
      assertThatThrownBy(look)
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("may not read the events of all tenants")
          .hasMessageContaining("BYPASSRLS");
    }
    assertThat(ORDERS.backlog(owner, "mail").waiting()).isEqualTo(1);
  }

  @Test
  void publishing_is_one_round_trip() {
    try (FaultProxy network = FaultProxy.to(database.made().server());
        Database far =
            Database.open(
                DatabaseConfig.url(network.reroute(database.made().url()))
                    .user(database.made().owner().user())
                    .password(database.made().owner().password())
                    .poolSize(1)
                    .build())) {
      far.transaction(
          transaction -> {
            transaction.sql().fetch("select 1");
            assertThat(
                    network.roundTripsDuring(
                        () -> ORDERS.publish(transaction, event("a", 1), event("a", 2))))
                .isEqualTo(1);
          });
    }
  }
}
