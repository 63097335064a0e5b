package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Hosts.Host;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** COPY owns its connection: what else asks for it meanwhile would wait for itself. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BusyTransactionTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @ParameterizedTest
  @MethodSource("uses")
  void a_use_of_the_transaction_while_it_copies_is_refused_with_both_operations(Use use) {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> copying(transaction, () -> use.with().accept(transaction))))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Session.jdbc")
        .hasMessageContaining(use.name());
    assertThat(database.get().sql().fetchCount(Hosts.HOSTS)).isZero();
  }

  record Use(String name, Consumer<Transaction> with) {}

  static List<Use> uses() {
    return List.of(
        new Use("Session.sql", transaction -> transaction.sql().fetch("select 1")),
        new Use("Session.jdbc", transaction -> transaction.jdbc(connection -> true)),
        new Use(
            "Repository of Host.find",
            transaction -> Hosts.REPOSITORY.find(transaction, UuidV7.next())),
        new Use(
            "Repository of Host.page",
            transaction -> Hosts.REPOSITORY.page(transaction, Page.Request.of(1))),
        new Use(
            "Session.sql",
            transaction ->
                Hosts.REPOSITORY.page(transaction, Page.Request.of(1).where(DSL.trueCondition()))));
  }

  @Test
  void a_context_made_before_is_refused_too() {
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction -> {
                          DSLContext sql = transaction.sql();
                          copying(transaction, () -> sql.fetch("select 1"));
                        }))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Session.sql");
  }

  @Test
  void a_stream_of_rows_feeds_no_copy_of_its_own_transaction() {
    database
        .get()
        .sql()
        .execute(
            "insert into hosts select gen_random_uuid(), 'h' || n, n, now(), 1 from generate_series(1, 2500) n");
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .transaction(
                        transaction ->
                            Hosts.REPOSITORY.<Boolean, RuntimeException>stream(
                                transaction,
                                DSL.trueCondition(),
                                rows -> {
                                  copying(transaction, () -> drain(rows));
                                  return true;
                                })))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Repository of Host.stream");
  }

  @Test
  void the_transaction_serves_again_once_the_copy_is_over() {
    Host host = Host.named("alpha");
    database
        .get()
        .transaction(
            transaction -> {
              copying(transaction, () -> {});
              Hosts.REPOSITORY.insert(transaction, host);
            });
    assertThat(Hosts.REPOSITORY.find(database.get(), host.id())).isPresent();
  }

  private static void drain(Stream<Host> rows) {
    rows.forEach(host -> {});
  }

  private static void copying(Transaction transaction, Runnable meanwhile) {
    transaction.jdbc(
        connection -> {
          CopyIn copy =
              connection
                  .unwrap(PGConnection.class)
                  .getCopyAPI()
                  .copyIn("copy hosts (id, name, seen_at, version) from stdin");
          try {
            meanwhile.run();
            return copy.endCopy();
          } finally {
            if (copy.isActive()) {
              copy.cancelCopy();
            }
          }
        });
  }
}
