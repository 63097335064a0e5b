package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.count;
import static dev.tenon.core.outbox.OutboxDatabase.enter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.Pool;
import dev.tenon.core.TenonException;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Relays and the server are killed while events are published.
 *
 * <p>Smaller here than it is published: {@code -Dtenon.outbox.events=100000
 * -Dtenon.outbox.kills=10} is the whole.
 */
class OutboxCrashTest {

  private static final int EVENTS = Integer.getInteger("tenon.outbox.events", 2_000);
  private static final int KILLS = Integer.getInteger("tenon.outbox.kills", 2);
  private static final int AGGREGATES = 40;
  private static final int PUBLISHERS = 4;

  private final AtomicLong calls = new AtomicLong();

  @Test
  @Timeout(1200)
  void nothing_is_lost_or_reordered_when_relays_and_the_server_are_killed() throws Exception {
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults().withDurability());
        Database database = open(server, 10)) {
      database.migrate(Outbox.migrations(), OutboxDatabase.LEDGER);
      database.sql().execute("create table orders (id text primary key, version bigint not null)");
      for (int i = 0; i < AGGREGATES; i++) {
        database.sql().execute("insert into orders values ('a" + i + "', 0)");
      }
      List<Thread> publishers = startPublishers(database);
      List<Database> pools = new ArrayList<>();
      List<Relay> relays = new ArrayList<>();
      try {
        for (int i = 0; i < 3; i++) {
          Database pool = open(server, 9);
          pools.add(pool);
          relays.add(startRelay(pool));
        }
        int rounds = 2 * KILLS;
        for (int round = 1; round <= rounds; round++) {
          awaitEntries(database, (long) EVENTS * round / (rounds + 2));
          if (round % 2 == 0) {
            server.kill9();
            server.restart();
          } else {
            terminateRelays(database);
          }
        }
        for (Thread publisher : publishers) {
          publisher.join(Duration.ofMinutes(10).toMillis());
        }
        awaitEmpty(database);
      } finally {
        publishers.forEach(Thread::interrupt);
        relays.forEach(Relay::close);
        pools.forEach(Database::close);
      }
      long published = count(database, "select sum(version)::bigint from orders");
      assertThat(published).isGreaterThanOrEqualTo(EVENTS);
      assertThat(OutboxDatabase.entries(database)).isEqualTo(published);
      assertThat(count(database, "select count(distinct (aggregate_id, version)) from ledger"))
          .isEqualTo(published);
      assertThat(OutboxDatabase.inversions(database)).isZero();
      System.getLogger(OutboxCrashTest.class.getName())
          .log(
              System.Logger.Level.INFO,
              "{0} events, {1} kills each of relays and server: 0 lost, 0 out of order, {2} handler"
                  + " calls undone and {3} duplicates absorbed",
              published,
              KILLS,
              calls.get() - published,
              relays.stream().mapToLong(relay -> relay.metrics().duplicates()).sum());
    }
  }

  private Relay startRelay(Database pool) {
    return ORDERS
        .relay(pool)
        .batch(50)
        .concurrency(4)
        .deadLetterAfter(1_000)
        .backoff(Duration.ofMillis(20), Duration.ofMillis(200))
        .pollInterval(Duration.ofMillis(100))
        .handler(
            "mail",
            (event, transaction) -> {
              calls.incrementAndGet();
              enter(transaction, "mail", event);
            })
        .start();
  }

  /** Each event with the change that it tells of: the row of the aggregate counts its versions. */
  private static List<Thread> startPublishers(Database database) {
    AtomicInteger left = new AtomicInteger(EVENTS);
    List<Thread> publishers = new ArrayList<>();
    for (int i = 0; i < PUBLISHERS; i++) {
      int first = i;
      Thread publisher =
          new Thread(
              () -> {
                for (int n = first; left.get() > 0 && !Thread.interrupted(); n++) {
                  if (publish(database, "a" + n * 7 % AGGREGATES)) {
                    left.decrementAndGet();
                  }
                }
              });
      publisher.setDaemon(true);
      publisher.start();
      publishers.add(publisher);
    }
    return publishers;
  }

  private static boolean publish(Database database, String aggregate) {
    try {
      database.transaction(
          transaction -> {
            long version =
                count(
                    transaction,
                    "update orders set version = version + 1 where id = '"
                        + aggregate
                        + "' returning version");
            ORDERS.publish(transaction, OutboxDatabase.event(aggregate, version));
          });
      return true;
    } catch (OutcomeUnknownException maybe) {
      return false;
    } catch (TenonException killed) {
      return false;
    }
  }

  private static void terminateRelays(Database database) {
    retried(
        () ->
            count(
                database,
                """
                select count(pg_terminate_backend(pid))
                  from pg_stat_activity
                 where datname = current_database() and pid <> pg_backend_pid()
                """));
  }

  private static void awaitEntries(Database database, long wanted) {
    await(() -> retried(() -> OutboxDatabase.entries(database)) >= wanted);
  }

  private static void awaitEmpty(Database database) {
    await(() -> retried(() -> OutboxDatabase.waiting(database)) == 0);
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofMinutes(10).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      LockSupport.parkNanos(20_000_000);
    }
  }

  private static long retried(LongSupplier question) {
    long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (true) {
      try {
        return question.getAsLong();
      } catch (TenonException killed) {
        assertThat(System.nanoTime()).isLessThan(end);
      }
    }
  }

  private static Database open(PostgresServer server, int poolSize) {
    return Database.open(
        DatabaseConfig.url(server.jdbcUrl("postgres"))
            .user(server.superuser().user())
            .password(server.superuser().password())
            .pool(Pool.of(poolSize).withConnectionTimeout(Duration.ofSeconds(5)))
            .build());
  }
}
