package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.assertLedger;
import static dev.tenon.core.outbox.OutboxDatabase.count;
import static dev.tenon.core.outbox.OutboxDatabase.enter;
import static dev.tenon.core.outbox.OutboxDatabase.entries;
import static dev.tenon.core.outbox.OutboxDatabase.event;
import static dev.tenon.core.outbox.OutboxDatabase.ledger;
import static dev.tenon.core.outbox.OutboxDatabase.publish;
import static dev.tenon.core.outbox.OutboxDatabase.waiting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Waiting;
import dev.tenon.core.outbox.Outbox.DeadLetter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RelayTest {

  private static final Duration NEVER = Duration.ofHours(1);

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void delivers_every_event_once_and_in_order_for_each_aggregate() {
    Database owner = database.owner(10);
    try (Relay relay = ORDERS.relay(owner).handler("mail", ledger("mail")).start()) {
      publish(owner, ORDERS, 20, 10);
      Waiting.until(() -> relay.metrics().delivered() == 200);
      assertLedger(owner, 20, 10);
      assertThat(waiting(owner)).isZero();
    }
  }

  @Test
  void delivers_what_it_was_given() {
    Database owner = database.owner(10);
    Event published =
        Event.of("order.paid", "o1", 7, "{\"b\":1, \"a\":[1.10]}").withHeader("trace", "t1");
    List<Event> seen = new ArrayList<>();
    owner.transaction(transaction -> ORDERS.publish(transaction, published));
    try (Relay relay =
        ORDERS.relay(owner).handler("mail", (event, tx) -> seen.add(event)).start()) {
      Waiting.until(() -> relay.metrics().delivered() == 1);
    }
    assertThat(seen).containsExactly(published);
  }

  @Test
  void never_delivers_what_was_rolled_back() {
    Database owner = database.owner(10);
    assertThatThrownBy(
            () ->
                owner.transaction(
                    transaction -> {
                      ORDERS.publish(transaction, event("undone", 1));
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");
    owner.transaction(transaction -> ORDERS.publish(transaction, event("done", 1)));
    try (Relay relay = ORDERS.relay(owner).handler("mail", ledger("mail")).start()) {
      Waiting.until(() -> relay.metrics().delivered() == 1);
    }
    assertThat(owner.sql().fetchValues("select aggregate_id from public.ledger"))
        .isEqualTo(List.of("done"));
  }

  @Test
  void gives_each_consumer_each_event_whatever_the_others_do() {
    Database owner = database.owner(10);
    Outbox both = Outbox.named("both").consumers("mail", "search").build();
    publish(owner, both, 5, 2);
    try (Relay relay =
        both.relay(owner)
            .handler("search", ledger("search"))
            .handler(
                "mail",
                (event, transaction) -> {
                  throw new IllegalStateException("the mail server is gone");
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 10);
      assertLedger(owner, 5, 2);
      assertThat(both.backlog(owner, "search").waiting()).isZero();
      assertThat(both.backlog(owner, "mail").waiting()).isEqualTo(10);
    }
  }

  @Test
  void a_failing_aggregate_holds_back_itself_only_and_goes_on_in_order() {
    Database owner = database.owner(10);
    Outbox narrow = Outbox.named("narrow").consumers("mail").partitions(1).build();
    AtomicBoolean broken = new AtomicBoolean(true);
    publish(owner, narrow, 5, 4);
    try (Relay relay =
        narrow
            .relay(owner)
            .backoff(Duration.ofMillis(20), Duration.ofMillis(40))
            .deadLetterAfter(1000)
            .handler(
                "mail",
                (event, transaction) -> {
                  enter(transaction, "mail", event);
                  if (event.aggregateId().equals("a2") && event.version() == 2 && broken.get()) {
                    throw new IllegalStateException("not yet");
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().failed() >= 3);
      assertThat(entries(owner)).isEqualTo(17);
      assertThat(narrow.backlog(owner, "mail").blocked()).isEqualTo(1);
      owner.transaction(transaction -> narrow.publish(transaction, event("a2", 5)));
      broken.set(false);
      Waiting.until(() -> relay.metrics().delivered() == 21);
      assertThat(OutboxDatabase.inversions(owner)).isZero();
      assertThat(narrow.backlog(owner, "mail"))
          .isEqualTo(new Outbox.Backlog(0, Optional.empty(), 0, 0));
    }
  }

  @Test
  void a_batch_that_fails_is_tried_one_by_one() {
    Database owner = database.owner(10);
    publish(owner, ORDERS, 10, 5);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .backoff(NEVER, NEVER)
            .batchHandler(
                "mail",
                (events, transaction) -> {
                  for (Event event : events) {
                    enter(transaction, "mail", event);
                    if (event.aggregateId().equals("a3") && event.version() == 4) {
                      throw new IllegalStateException("never");
                    }
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 48);
      assertThat(entries(owner)).isEqualTo(48);
      assertThat(waiting(owner)).isEqualTo(2);
      assertThat(relay.metrics().failed()).isEqualTo(1);
    }
  }

  @Test
  void an_event_that_fails_too_often_is_given_up_and_can_be_replayed() {
    Database owner = database.owner(10);
    AtomicBoolean broken = new AtomicBoolean(true);
    publish(owner, ORDERS, 1, 3);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .backoff(Duration.ofMillis(1), Duration.ofMillis(2))
            .deadLetterAfter(3)
            .handler(
                "mail",
                (event, transaction) -> {
                  if (event.version() == 1 && broken.get()) {
                    throw new IllegalStateException("no such address");
                  }
                  enter(transaction, "mail", event);
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 2);
      assertThat(relay.metrics().failed()).isEqualTo(3);
      DeadLetter letter = ORDERS.deadLetters(owner, 10).get(0);
      assertThat(letter.attempts()).isEqualTo(3);
      assertThat(letter.consumer()).isEqualTo("mail");
      assertThat(letter.error()).contains("no such address");
      assertThat(ORDERS.backlog(owner, "mail").dead()).isEqualTo(1);

      broken.set(false);
      assertThat(ORDERS.replay(owner, "mail", letter.event().id())).isTrue();
      assertThat(ORDERS.replayAll(owner, "mail")).isZero();
      Waiting.until(() -> relay.metrics().delivered() == 3);
      assertThat(owner.sql().fetchValues("select version from public.ledger order by position"))
          .isEqualTo(List.of(2L, 3L, 1L));
      assertThat(ORDERS.deadLetters(owner, 10)).isEmpty();
    }
  }

  @Test
  void a_slow_handler_does_not_hold_up_other_partitions() {
    Database owner = database.owner(10);
    CountDownLatch release = new CountDownLatch(1);
    publish(owner, ORDERS, 40, 2);
    int slow = Publication.partition(Optional.empty(), "a0", ORDERS.partitions());
    long others =
        count(owner, "select count(*) from tenon.outbox_event where partition <> " + slow);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .handler(
                "mail",
                (event, transaction) -> {
                  if (event.aggregateId().equals("a0")) {
                    release.await();
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() >= others);
      release.countDown();
      Waiting.until(() -> relay.metrics().delivered() == 80);
    }
  }

  @Test
  void never_has_more_in_memory_than_its_threads_may_read() {
    Database owner = database.owner(10);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger held = new AtomicInteger();
    publish(owner, ORDERS, 50, 20);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .batch(16)
            .batchHandler(
                "mail",
                (events, transaction) -> {
                  held.addAndGet(events.size());
                  release.await();
                })
            .start()) {
      Waiting.until(() -> held.get() > 16);
      assertThat(held.get()).isLessThanOrEqualTo(32);
      assertThat(waiting(owner)).isEqualTo(1000);
      release.countDown();
      Waiting.until(() -> relay.metrics().delivered() == 1000);
    }
  }

  @Test
  void several_relays_deliver_each_event_once_without_an_inbox() {
    Database owner = database.owner(2);
    Map<String, Integer> seen = new ConcurrentHashMap<>();
    List<Relay> relays = new ArrayList<>();
    try {
      publish(owner, ORDERS, 30, 10);
      for (int i = 0; i < 3; i++) {
        relays.add(
            ORDERS
                .relay(database.owner(5))
                .withoutInbox()
                .handler(
                    "mail",
                    (event, transaction) -> {
                      enter(transaction, "mail", event);
                      seen.merge(event.aggregateId() + " " + event.version(), 1, Integer::sum);
                    })
                .start());
      }
      publishMore(owner);
      Waiting.until(
          () -> relays.stream().mapToLong(relay -> relay.metrics().delivered()).sum() >= 600);
    } finally {
      relays.forEach(Relay::close);
    }
    assertThat(seen.values()).hasSize(600).containsOnly(1);
    assertLedger(owner, 30, 20);
  }

  private static void publishMore(Database owner) {
    for (int version = 11; version <= 20; version++) {
      for (int i = 0; i < 30; i++) {
        Event event = event("a" + i, version);
        owner.transaction(transaction -> ORDERS.publish(transaction, event));
      }
    }
  }

  @Test
  void an_event_written_past_the_checks_does_not_stop_the_others() {
    Database owner = database.owner(10);
    owner
        .sql()
        .execute(
            """
            insert into tenon.outbox_event
              (queue, partition, id, type, aggregate_id, version, body, headers)
            values ('orders/mail', 0, gen_random_uuid(), '', '', -1, '"\\u0000"', '{"a": [1]}')
            """);
    publish(owner, ORDERS, 5, 1);
    try (Relay relay = ORDERS.relay(owner).handler("mail", ledger("mail")).start()) {
      Waiting.until(() -> relay.metrics().delivered() == 6);
    }
  }

  @Test
  void tells_its_listener_and_outlives_what_that_throws() {
    Database owner = database.owner(10);
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    publish(owner, ORDERS, 2, 1);
    try (Relay relay =
        ORDERS
            .relay(owner)
            .deadLetterAfter(1)
            .listener(
                new Relay.Listener() {
                  @Override
                  public void delivered(String consumer, List<Event> events) {
                    events.forEach(event -> told.add("delivered " + event.aggregateId()));
                    throw new IllegalStateException("listener");
                  }

                  @Override
                  public void deadLettered(
                      String consumer, Event event, int attempts, Exception cause) {
                    told.add("dead " + event.aggregateId() + " " + attempts);
                  }
                })
            .handler(
                "mail",
                (event, transaction) -> {
                  if (event.aggregateId().equals("a1")) {
                    throw new IllegalStateException("no");
                  }
                })
            .start()) {
      Waiting.until(() -> told.size() == 2);
      assertThat(told).containsExactlyInAnyOrder("delivered a0", "dead a1 1");
      assertThat(relay.metrics().deadLettered()).isEqualTo(1);
    }
  }
}
