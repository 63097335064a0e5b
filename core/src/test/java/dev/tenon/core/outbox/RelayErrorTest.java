package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.enter;
import static dev.tenon.core.outbox.OutboxDatabase.ledger;
import static dev.tenon.core.outbox.OutboxDatabase.publish;
import static dev.tenon.core.outbox.OutboxDatabase.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.core.Waiting;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Errors beside the handler, each with one thread, whose end would be the relay's. */
class RelayErrorTest {

  private final TenantId acme = TenantId.of(UuidV7.next());
  private final TenantId bolt = TenantId.of(UuidV7.next());
  private final AtomicBoolean broken = new AtomicBoolean(true);

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void a_tenant_without_a_session_holds_back_its_own_events_only() {
    Database owner = database.owner(8);
    Relay.Builder relay = relay(owner).inSessionOf(sessions()).handler("mail", ledger("mail"));
    assertThatBoltGoesOn(owner, relay);
  }

  @Test
  void a_tenant_without_a_session_holds_back_its_own_events_only_with_many_at_once() {
    Database owner = database.owner(8);
    Relay.Builder relay =
        relay(owner)
            .inSessionOf(sessions())
            .batchHandler(
                "mail",
                (events, transaction) -> events.forEach(each -> enter(transaction, "mail", each)));
    assertThatBoltGoesOn(owner, relay);
  }

  /** Which also leave the thread interrupted, where there is none. */
  private Function<TenantId, Session> sessions() {
    Database application = database.application();
    return each -> {
      if (each.equals(acme) && broken.get()) {
        Thread.currentThread().interrupt();
        throw new NoClassDefFoundError("missing");
      }
      return tenant(application, each);
    };
  }

  private void assertThatBoltGoesOn(Database owner, Relay.Builder builder) {
    Database application = database.application();
    publish(tenant(application, acme), ORDERS, 3, 2);
    publish(tenant(application, bolt), ORDERS, 3, 2);
    try (Relay relay = builder.deadLetterAfter(1_000_000).start()) {
      Waiting.until(
          () -> relay.metrics().delivered() == 6 && ORDERS.backlog(owner, "mail").blocked() == 3);
      assertThat(relay.metrics().interruptions()).isZero();
      broken.set(false);
      Waiting.until(() -> relay.metrics().delivered() == 12);
    }
    assertThat(OutboxDatabase.entries(owner)).isEqualTo(12);
  }

  @Test
  void an_event_is_given_up_even_if_the_text_of_what_failed_ends_with_an_error() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 1, 3);
    try (Relay relay =
        relay(owner)
            .deadLetterAfter(2)
            .handler("mail", (event, transaction) -> failUnreadably(event))
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 1 && relay.metrics().deadLettered() == 2);
    }
    assertThat(ORDERS.deadLetters(owner, 10))
        .allSatisfy(letter -> assertThat(letter.error()).contains("cannot be read"));
  }

  @Test
  void with_many_at_once_it_is_the_same() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 1, 3);
    try (Relay relay =
        relay(owner)
            .deadLetterAfter(2)
            .batchHandler(
                "mail",
                (events, transaction) -> {
                  for (Event event : events) {
                    failUnreadably(event);
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 1 && relay.metrics().deadLettered() == 2);
      assertThat(relay.metrics().interruptions()).isZero();
    }
  }

  private static void failUnreadably(Event event) throws UnreadableException {
    if (event.version() == 1) {
      throw new UnreadableException();
    }
    if (event.version() == 2) {
      throw new UnreadableError();
    }
  }

  @Test
  void a_throwable_that_is_neither_an_exception_nor_an_error_is_tried_again_too() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 2, 2);
    try (Relay relay =
        relay(owner)
            .handler(
                "mail",
                (event, transaction) -> {
                  if (broken.getAndSet(false)) {
                    throw RelayErrorTest.<RuntimeException>unchecked(new Throwable("odd"));
                  }
                })
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 4);
      assertThat(relay.metrics().failed()).isEqualTo(1);
    }
  }

  @Test
  void an_error_of_the_relays_own_work_is_an_interruption_after_which_it_goes_on() {
    Database owner = database.owner(8);
    publish(owner, ORDERS, 2, 2);
    AtomicInteger left = new AtomicInteger(2);
    List<Exception> told = new ArrayList<>();
    try (Relay relay =
        relay(failing(owner, left))
            .pollingOnly()
            .listener(
                new Relay.Listener() {
                  @Override
                  public void interrupted(String consumer, Exception cause) {
                    told.add(cause);
                    throw new UnreadableError();
                  }
                })
            .handler("mail", ledger("mail"))
            .start()) {
      Waiting.until(() -> relay.metrics().delivered() == 4);
      assertThat(relay.metrics().interruptions()).isEqualTo(2);
    }
    assertThat(told)
        .hasSize(2)
        .allSatisfy(each -> assertThat(each).hasCauseInstanceOf(Error.class));
  }

  /** A few times, once the relay runs, there is an error and no connection. */
  private static Database failing(Database real, AtomicInteger left) {
    DataSource source = real.unwrap(DataSource.class);
    return Database.using(
        (DataSource)
            Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                  if (Thread.currentThread().getName().startsWith("tenon-relay")
                      && left.getAndDecrement() > 0) {
                    throw new UnreadableError();
                  }
                  return method.invoke(source, arguments);
                }));
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E unchecked(Throwable thrown) throws E {
    throw (E) thrown;
  }

  private static Relay.Builder relay(Database owner) {
    return ORDERS
        .relay(owner)
        .concurrency(1)
        .pollInterval(Duration.ofMillis(50))
        .backoff(Duration.ofMillis(1), Duration.ofMillis(20));
  }

  private static final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new NoClassDefFoundError("broken");
    }
  }

  private static final class UnreadableError extends Error {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new NoClassDefFoundError("broken");
    }
  }
}
