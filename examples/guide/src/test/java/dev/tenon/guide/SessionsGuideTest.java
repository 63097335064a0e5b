package dev.tenon.guide;

import static dev.tenon.guide.Fleet.HOSTS;
import static dev.tenon.guide.Fleet.NAME;
import static dev.tenon.guide.Fleet.hosts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.Transaction.Options.Isolation;
import dev.tenon.core.UuidV7;
import dev.tenon.guide.Fleet.Host;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@TenonTest(schema = FleetSchema.class)
class SessionsGuideTest {

  private final UUID acmeId = UuidV7.next();
  private final Host host = new Host(UuidV7.next(), "alpha", 4, Instant.EPOCH, 1);

  @Test
  void opens_a_database(TestDatabase made) {
    String jdbcUrl = made.url();
    String secret = made.application().password();
    DatabaseConfig config =
        DatabaseConfig.url(jdbcUrl)
            .user("tenon_app")
            .password(secret)
            .poolSize(10)
            .statementTimeout(Duration.ofSeconds(5))
            .build();

    try (Database database = Database.open(config)) {
      assertThat(database.sql().fetchValue("select 1")).isEqualTo(1);
    }
  }

  @Test
  void runs_a_transaction(TenantDatabase tenants) throws IOException {
    TenantSession acme = tenants.as(acmeId);
    List<String> events = new ArrayList<>();
    Transaction.Options serializable =
        Transaction.Options.defaults()
            .withIsolation(Isolation.SERIALIZABLE)
            .withTimeout(Duration.ofSeconds(2));

    int count =
        acme.transactionResult(
            serializable,
            transaction -> {
              hosts.insert(transaction, host);
              transaction.afterCommit(() -> events.add("inserted " + host.name()));
              return transaction.sql().fetchCount(HOSTS);
            });

    assertThat(count).isEqualTo(1);
    assertThat(events).containsExactly("inserted alpha");
  }

  @Test
  void the_callback_throws_its_own_exception(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      hosts.insert(transaction, host);
                      throw new IOException("the disk is full");
                    }))
        .isInstanceOf(IOException.class);
    assertThat(hosts.find(acme, host.id())).isEmpty();
  }

  @Test
  void a_setting_travels_with_the_statement(TenantDatabase tenants) {
    Session acme = tenants.as(acmeId);
    String plan =
        acme.withSetting("work_mem", "64MB")
            .sql()
            .fetchValue("select current_setting('work_mem')")
            .toString();
    assertThat(plan).isEqualTo("64MB");
  }

  @Test
  void errors_say_what_the_caller_can_do(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    int attempts = 0;
    while (true) {
      try {
        attempts++;
        acme.transaction(transaction -> hosts.insert(transaction, host));
        break;
      } catch (RetryableException conflict) {
        if (attempts == 3) {
          throw conflict;
        }
      }
    }
    assertThat(acme.sql().fetchCount(HOSTS, NAME.eq("alpha"))).isEqualTo(1);
  }
}
