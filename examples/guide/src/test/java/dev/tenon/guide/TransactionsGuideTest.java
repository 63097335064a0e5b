package dev.tenon.guide;

import static dev.tenon.guide.Fleet.CORES;
import static dev.tenon.guide.Fleet.HOSTS;
import static dev.tenon.guide.Fleet.ID;
import static dev.tenon.guide.Fleet.hosts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AlreadyAppliedException;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.Operations;
import dev.tenon.core.Outcome;
import dev.tenon.core.Retry;
import dev.tenon.core.Transaction;
import dev.tenon.core.Transaction.Options.Isolation;
import dev.tenon.core.UuidV7;
import dev.tenon.guide.Fleet.Host;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.Record;
import org.junit.jupiter.api.Test;

@TenonTest(schema = TransactionsGuideTest.Schema.class)
class TransactionsGuideTest {

  static final class Schema implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return List.of(TenancyMigrations.all(), Operations.migrations(), Fleet.MIGRATIONS);
    }
  }

  private final UUID acmeId = UuidV7.next();
  private final Host host = new Host(UuidV7.next(), "alpha", 4, Instant.EPOCH, 1);
  private final String requestId = UuidV7.next().toString();

  @Test
  void runs_conflicts_again(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    hosts.insert(acme, host);

    Transaction.Options transfer =
        Transaction.Options.defaults()
            .withIsolation(Isolation.SERIALIZABLE)
            .withLockTimeout(Duration.ofSeconds(1))
            .repeatable(Retry.conflicts(5).within(Duration.ofSeconds(2)));

    acme.transaction(
        transfer,
        transaction -> {
          Host read = hosts.get(transaction, host.id());
          hosts.update(transaction, grown(read));
        });

    assertThat(hosts.get(acme, host.id()).cores()).isEqualTo(8);
  }

  private static Host grown(Host read) {
    return new Host(read.id(), read.name(), read.cores() * 2, read.seenAt(), read.version());
  }

  @Test
  void tells_how_it_ended(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);

    Outcome<UUID> outcome =
        acme.outcome(
            Transaction.Options.defaults().withOperation(requestId),
            transaction -> {
              hosts.insert(transaction, host);
              return host.id();
            });

    boolean applied = outcome instanceof Outcome.Committed || acme.isApplied(requestId);

    assertThat(applied).isTrue();
    assertThatThrownBy(
            () ->
                acme.transaction(
                    Transaction.Options.defaults().withOperation(requestId),
                    transaction -> hosts.insert(transaction, host)))
        .isInstanceOf(AlreadyAppliedException.class);
  }

  @Test
  void goes_on_after_what_may_fail(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    List<String> events = new ArrayList<>();

    acme.transaction(
        transaction -> {
          transaction.afterRollback(() -> events.add("undone"));
          hosts.insert(transaction, host);
          try {
            transaction.savepoint(inner -> hosts.insert(inner, host));
          } catch (InvalidDataException duplicate) {
            events.add("there already");
          }
        });

    assertThat(events).containsExactly("there already");
    assertThat(hosts.find(acme, host.id())).isPresent();
  }

  @Test
  void locks(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    hosts.insert(acme, host);

    acme.transaction(
        transaction -> {
          transaction.lock("monthly report"); // until the transaction ends

          List<? extends Record> mine =
              transaction
                  .sql()
                  .select(ID, CORES)
                  .from(HOSTS)
                  .limit(10)
                  .forUpdate()
                  .skipLocked()
                  .fetch();

          assertThat(mine).hasSize(1);
          assertThat(
                  acme.<Boolean, RuntimeException>transactionResult(
                      other -> other.tryLock("monthly report")))
              .isFalse();
        });
  }
}
