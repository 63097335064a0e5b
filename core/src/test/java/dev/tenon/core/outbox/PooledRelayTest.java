package dev.tenon.core.outbox;

import static dev.tenon.core.outbox.OutboxDatabase.ORDERS;
import static dev.tenon.core.outbox.OutboxDatabase.ledger;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Waiting;
import dev.tenon.testkit.servers.PgBouncerServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PooledRelayTest {

  @RegisterExtension final OutboxDatabase database = new OutboxDatabase();

  @Test
  void behind_a_transaction_pooler_it_polls() {
    try (PgBouncerServer pooler = PgBouncerServer.before(database.made(), 8);
        Database pooled =
            Database.open(
                DatabaseConfig.url(pooler.url())
                    .user(database.made().owner().user())
                    .password(database.made().owner().password())
                    .transactionPooler(true)
                    .build());
        Relay relay =
            ORDERS
                .relay(pooled)
                .pollInterval(Duration.ofMillis(50))
                .handler("mail", ledger("mail"))
                .start()) {
      OutboxDatabase.publish(pooled, ORDERS, 10, 3);
      Waiting.until(() -> relay.metrics().delivered() == 30);
      OutboxDatabase.assertLedger(pooled, 10, 3);
      assertThat(relay.metrics().wakeUps()).isZero();
    }
  }
}
