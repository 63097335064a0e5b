package dev.tenon.core;

import static dev.tenon.core.Hosts.CORES;
import static dev.tenon.core.Hosts.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Hosts.Host;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RowLocksTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @Test
  void a_locked_row_is_changed_by_nobody_else_until_the_transaction_ends() {
    Host host = insertHosts(1).get(0);
    database
        .get()
        .transaction(
            transaction -> {
              assertThat(REPOSITORY.lock(transaction, host.id())).contains(host);
              assertThat(REPOSITORY.lock(transaction, UuidV7.next())).isEmpty();
              assertThatThrownBy(() -> updateWithin(host))
                  .isInstanceOf(RetryableException.class)
                  .hasMessageContaining("update hosts");
            });
    updateWithin(host);
    assertThat(REPOSITORY.get(database.get(), host.id()).version()).isEqualTo(2);
  }

  private void updateWithin(Host host) {
    database
        .get()
        .transaction(
            Transaction.Options.defaults().withLockTimeout(Duration.ofMillis(50)),
            other -> REPOSITORY.update(other, host.withCores(8)));
  }

  @Test
  void what_one_claims_the_other_passes_over() {
    List<Host> hosts = insertHosts(10);
    Set<UUID> claimed = new HashSet<>();
    database
        .get()
        .transaction(
            one -> {
              REPOSITORY.claim(one, CORES.lt(8), 4).forEach(host -> claimed.add(host.id()));
              assertThat(claimed)
                  .containsExactlyInAnyOrderElementsOf(
                      hosts.subList(0, 4).stream().map(Host::id).toList());
              database
                  .get()
                  .transaction(
                      two ->
                          REPOSITORY
                              .claim(two, CORES.lt(8), 10)
                              .forEach(host -> assertThat(claimed.add(host.id())).isTrue()));
            });
    assertThat(claimed)
        .containsExactlyInAnyOrderElementsOf(hosts.subList(0, 8).stream().map(Host::id).toList());
  }

  @Test
  void claims_a_number_of_rows_that_is_bounded() {
    for (int limit : new int[] {0, 10_001}) {
      assertThatThrownBy(
              () ->
                  database
                      .get()
                      .transaction(
                          transaction -> REPOSITORY.claim(transaction, DSL.noCondition(), limit)))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("the limit is " + limit);
    }
  }

  private List<Host> insertHosts(int number) {
    List<Host> hosts =
        IntStream.range(0, number).mapToObj(i -> Host.named("h" + i).withCores(i)).toList();
    REPOSITORY.insertAll(database.get(), hosts);
    return hosts;
  }
}
