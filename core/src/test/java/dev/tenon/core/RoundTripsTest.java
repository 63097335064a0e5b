package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Hosts.Host;
import dev.tenon.testkit.servers.FaultProxy;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The round trips that docs/guide/transactions.md names. */
class RoundTripsTest {

  private static final TenantId TENANT =
      new TenantId(UUID.fromString("00000000-0000-7000-8000-000000000001"));

  @RegisterExtension
  final FreshDatabase fresh = FreshDatabase.with(Hosts.MIGRATIONS, Operations.migrations());

  /** Of the second run, on a connection whose statements are prepared as they will stay. */
  private int roundTrips(Consumer<Database> work) {
    try (FaultProxy network = FaultProxy.to(fresh.server());
        Database far = fresh.through(network, 1)) {
      for (int i = 0; i < 10; i++) {
        work.accept(far);
      }
      return network.roundTripsDuring(() -> work.accept(far));
    }
  }

  private static void insert(Session session) {
    Hosts.REPOSITORY.insert(session, Host.named(UuidV7.next().toString()));
  }

  @Test
  void a_transaction_of_one_statement_takes_two() {
    assertThat(roundTrips(database -> database.transaction(RoundTripsTest::insert))).isEqualTo(2);
  }

  @Test
  void a_savepoint_takes_two_more() {
    assertThat(
            roundTrips(
                database ->
                    database.transaction(
                        transaction -> {
                          insert(transaction);
                          transaction.savepoint(RoundTripsTest::insert);
                        })))
        .isEqualTo(1 + 3 + 1);
  }

  @Test
  void a_savepoint_that_comes_first_takes_one_more_where_a_tenant_or_an_isolation_goes_ahead() {
    assertThat(
            roundTrips(
                database ->
                    database.transaction(
                        transaction -> transaction.savepoint(RoundTripsTest::insert))))
        .isEqualTo(3 + 1);
    assertThat(
            roundTrips(
                database ->
                    FreshDatabase.session(database, TENANT)
                        .transaction(transaction -> transaction.savepoint(RoundTripsTest::insert))))
        .isEqualTo(1 + 3 + 1);
    assertThat(
            roundTrips(
                database ->
                    database.transaction(
                        Transaction.Options.defaults()
                            .withIsolation(Transaction.Options.Isolation.SERIALIZABLE),
                        transaction -> transaction.savepoint(RoundTripsTest::insert))))
        .isEqualTo(1 + 3 + 1);
  }

  @Test
  void a_bulk_call_within_a_transaction_takes_a_savepoint_too() {
    assertThat(
            roundTrips(
                database ->
                    database.transaction(
                        transaction -> {
                          insert(transaction);
                          Hosts.REPOSITORY.insertAll(
                              transaction,
                              List.of(
                                  Host.named(UuidV7.next().toString()),
                                  Host.named(UuidV7.next().toString())));
                        })))
        .isEqualTo(1 + 3 + 1);
  }

  @Test
  void an_operation_key_takes_one_more() {
    assertThat(
            roundTrips(
                database ->
                    database.transaction(
                        Transaction.Options.defaults().withOperation(UuidV7.next().toString()),
                        RoundTripsTest::insert)))
        .isEqualTo(3);
  }

  @Test
  void whether_an_operation_was_applied_takes_four_or_five_and_within_a_transaction_three() {
    fresh
        .get()
        .transaction(Transaction.Options.defaults().withOperation("a"), RoundTripsTest::insert);

    assertThat(
            List.of(
                roundTrips(database -> database.isApplied("a")),
                roundTrips(database -> database.isApplied("b")),
                roundTrips(database -> FreshDatabase.session(database, TENANT).isApplied("a")),
                roundTrips(
                    database ->
                        database.transaction(
                            transaction -> {
                              insert(transaction);
                              transaction.isApplied("a");
                            })),
                roundTrips(
                    database ->
                        database.transaction(
                            transaction -> {
                              insert(transaction);
                              transaction.isApplied("b");
                            }))))
        .containsExactly(4, 4, 5, 1 + 3 + 1, 1 + 3 + 1);
  }

  @Test
  void within_its_own_transaction_a_key_counts_as_applied() {
    fresh
        .get()
        .transaction(
            Transaction.Options.defaults().withOperation("a"),
            transaction -> assertThat(transaction.isApplied("a")).isTrue());
  }
}
