package dev.tenon.guide;

import static dev.tenon.guide.Fleet.hosts;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.UuidV7;
import dev.tenon.core.outbox.Event;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.core.outbox.Relay;
import dev.tenon.guide.Fleet.Host;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class OutboxGuideTest {

  private static final DatabaseTemplate TEMPLATE =
      DatabaseTemplate.of(
          "outbox_guide",
          Outbox.migrations().fingerprint() + Fleet.MIGRATIONS.fingerprint(),
          made -> {
            try (Database owner = TestSchema.connect(made, made.owner())) {
              owner.migrate(TenancyMigrations.all(), Fleet.MIGRATIONS);
              owner.migrate(Outbox.migrations());
            }
          });

  private final UUID acmeId = UuidV7.next();
  private final Host host = new Host(UuidV7.next(), "alpha", 4, Instant.EPOCH, 1);
  private final Outbox outbox = Outbox.named("fleet").consumers("mail").build();
  private final BlockingQueue<String> sent = new LinkedBlockingQueue<>();

  @Test
  void publishes_in_the_transaction_and_delivers_afterwards() throws InterruptedException {
    try (TestDatabase made = TestDatabase.create(TEMPLATE);
        Database database = open(made, made.application());
        Database owner = open(made, made.owner())) {
      TenantDatabase tenants = TenantDatabase.on(database);
      TenantSession acme = tenants.as(acmeId);

      Outbox outbox = Outbox.named("fleet").consumers("mail", "search").build();

      acme.transaction(
          transaction -> {
            hosts.insert(transaction, host);
            String body = "{\"name\": \"alpha\"}";
            outbox.publish(transaction, Event.of("host.added", host.id(), host.version(), body));
          });

      try (Relay relay =
          outbox
              .relay(owner)
              .inSessionOf(tenants::as)
              .handler("mail", (event, transaction) -> sent.add("added: " + event.body()))
              .start()) {
        assertThat(sent.poll(30, TimeUnit.SECONDS)).isEqualTo("added: {\"name\": \"alpha\"}");
        assertThat(relay.metrics().failed()).isZero();
      }
    }
  }

  @Test
  void handles_many_at_a_time() throws InterruptedException {
    try (TestDatabase made = TestDatabase.create(TEMPLATE);
        Database owner = open(made, made.owner())) {
      owner.transaction(
          transaction -> outbox.publish(transaction, Event.of("host.added", "a", 1, "{}")));
      try (Relay relay =
          outbox
              .relay(owner)
              .batchHandler("mail", (events, transaction) -> sent.add(events.size() + " at once"))
              .batch(500)
              .concurrency(2)
              .deadLetterAfter(12)
              .backoff(Duration.ofSeconds(1), Duration.ofMinutes(1))
              .start()) {
        assertThat(sent.poll(30, TimeUnit.SECONDS)).isEqualTo("1 at once");
        assertThat(relay.metrics().failed()).isZero();
      }
    }
  }

  @Test
  void replays_what_was_given_up() throws InterruptedException {
    AtomicBoolean broken = new AtomicBoolean(true);
    BlockingQueue<Event> dead = new LinkedBlockingQueue<>();
    try (TestDatabase made = TestDatabase.create(TEMPLATE);
        Database owner = open(made, made.owner())) {
      owner.transaction(
          transaction -> outbox.publish(transaction, Event.of("host.added", "a", 1, "{}")));
      try (Relay relay =
          outbox
              .relay(owner)
              .deadLetterAfter(1)
              .listener(
                  new Relay.Listener() {
                    @Override
                    public void deadLettered(
                        String consumer, Event event, int attempts, Exception cause) {
                      dead.add(event);
                    }
                  })
              .handler(
                  "mail",
                  (event, transaction) -> {
                    if (broken.get()) {
                      throw new IllegalStateException("no such address");
                    }
                    sent.add(event.type());
                  })
              .start()) {
        assertThat(dead.poll(30, TimeUnit.SECONDS)).isNotNull();
        broken.set(false);

        List<Outbox.DeadLetter> letters = outbox.deadLetters(owner, 100);
        outbox.replay(owner, "mail", letters.get(0).event().id());
        Outbox.Backlog backlog = outbox.backlog(owner, "mail");

        assertThat(letters).hasSize(1);
        assertThat(backlog.dead()).isZero();
        assertThat(sent.poll(30, TimeUnit.SECONDS)).isEqualTo("host.added");
        assertThat(relay.metrics().deadLettered()).isEqualTo(1);
      }
    }
  }

  private static Database open(TestDatabase made, Credentials role) {
    return Database.open(
        DatabaseConfig.url(made.url()).user(role.user()).password(role.password()).build());
  }
}
