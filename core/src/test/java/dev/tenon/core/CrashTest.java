package dev.tenon.core;

import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server that is killed while eight threads write.
 *
 * <p>Smaller here than it is published: {@code -Dtenon.crash.kills=50} is the whole.
 */
@Timeout(1200)
class CrashTest {

  private static final int KILLS = Integer.getInteger("tenon.crash.kills", 2);
  private static final int WRITERS = 8;

  @Test
  void no_acknowledged_write_is_lost_and_every_unknown_one_is_resolved() throws Exception {
    AcknowledgedWrites writes = new AcknowledgedWrites();
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults().withDurability());
        Database database =
            Database.open(
                DatabaseConfig.url(server.jdbcUrl("postgres"))
                    .user(server.superuser().user())
                    .password(server.superuser().password())
                    .pool(Pool.of(WRITERS + 1).withConnectionTimeout(Duration.ofSeconds(5)))
                    .build())) {
      AcknowledgedWrites.prepare(database);
      writes.start(database, WRITERS);
      try {
        for (int kill = 0; kill < KILLS; kill++) {
          int before = writes.committed.size();
          Waiting.until(() -> writes.committed.size() > before + 300);
          server.restart();
        }
        int before = writes.committed.size();
        Waiting.until(() -> writes.committed.size() > before);
      } finally {
        writes.stop();
        writes.join();
      }

      writes.requireKeptBy(database);
      // The server ends the last of those whose client left when it hears of it.
      Waiting.until(
          () ->
              database
                  .sql()
                  .fetch("select from pg_stat_activity where state = 'idle in transaction'")
                  .isEmpty());
    }
    System.out.printf(
        "crash: %d kills, %d acknowledged, 0 lost, %d unknown, all resolved%n",
        KILLS, writes.committed.size(), writes.unknown.size());
  }
}
