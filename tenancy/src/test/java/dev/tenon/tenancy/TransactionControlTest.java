package dev.tenon.tenancy;

import static dev.tenon.tenancy.Fleet.ACME;
import static dev.tenon.tenancy.Fleet.HOSTS;
import static dev.tenon.tenancy.Fleet.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.Fleet.Host;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** SQL that begins or ends a transaction would lose rows silently, or keep what was to be lost. */
class TransactionControlTest {

  private static final String INSERT =
      "insert into hosts (id, name, version) values (gen_random_uuid(), 'sql', 1)";

  private static final List<String> CONTROL =
      List.of(
          "rollback",
          "ROLLBACK WORK",
          "commit",
          "end",
          "abort transaction",
          "commit and chain",
          "rollback and chain",
          "begin",
          "start transaction",
          "prepare transaction 'x'",
          "prepare /**/ transaction 'x'",
          "prepare/* a /* b */ */transaction 'x'",
          "PREPARE -- a\n Transaction 'x'",
          "/**/ prepare\t/**/\ftransaction 'x'",
          "commit /**/ prepared 'x'",
          "rollback /**/ prepared 'x'",
          "rollback -- to s",
          "rollback /* to s */ work",
          "start /**/ transaction",
          " /* a /* b */ c */ -- d\n rollback",
          "/*/ x */ commit",
          "/*/ x */ rollback and chain");

  private static final List<String> CONTROL_AMONG_OTHERS =
      List.of(
          "rollback; " + INSERT,
          INSERT + "; commit; begin",
          "select ';' as \";\"; rollback -- to s");

  private static final List<BiConsumer<Transaction, String>> WAYS =
      List.of(
          (transaction, sql) -> transaction.sql().execute(sql),
          (transaction, sql) ->
              transaction.jdbc(
                  connection -> {
                    try (Statement statement = connection.createStatement()) {
                      return statement.execute(sql);
                    }
                  }),
          (transaction, sql) ->
              transaction.jdbc(
                  connection -> {
                    try (PreparedStatement statement =
                        connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
                      return statement.execute();
                    }
                  }));

  /** The driver refuses several statements in one text. */
  private static final List<BiConsumer<Transaction, String>> BATCHES =
      List.of(
          (transaction, sql) -> transaction.sql().batch("select 1 -- touch", sql).execute(),
          (transaction, sql) ->
              transaction.jdbc(
                  connection -> {
                    try (Statement statement = connection.createStatement()) {
                      statement.addBatch("select 1 -- touch");
                      statement.addBatch(sql);
                      return statement.executeBatch();
                    }
                  }));

  @RegisterExtension final Fleet fleet = new Fleet();

  @Test
  void sql_that_ends_or_begins_a_transaction_is_refused_inside_one() {
    for (BiConsumer<Transaction, String> way : WAYS) {
      CONTROL.forEach(control -> refuses(way, control));
      CONTROL_AMONG_OTHERS.forEach(control -> refuses(way, control));
    }
  }

  @Test
  void a_batch_that_ends_or_begins_a_transaction_is_refused_inside_one() {
    for (BiConsumer<Transaction, String> batch : BATCHES) {
      CONTROL.forEach(control -> refuses(batch, control));
    }
  }

  @Test
  void control_in_a_jdbc_escape_is_refused() {
    refuses(WAYS.get(1), "{oj commit}");
    refuses(WAYS.get(2), "{oj rollback}");
  }

  /** With backslashes a text ends elsewhere, and what follows it is a statement. */
  @Test
  void control_behind_a_text_with_a_backslash_is_refused() {
    acme()
        .transaction(
            transaction -> {
              transaction.sql().execute("set local standard_conforming_strings = off");
              assertThatThrownBy(() -> WAYS.get(1).accept(transaction, "select '\\'';commit;--'"))
                  .isInstanceOf(UsageException.class)
                  .hasMessageContaining("begins or ends a transaction");
            });
  }

  @Test
  void a_refusal_that_is_caught_leaves_the_transaction_as_it_was() {
    acme()
        .transaction(
            transaction -> {
              REPOSITORY.insert(transaction, Host.named("first"));
              assertThatThrownBy(() -> transaction.sql().execute("rollback"))
                  .isInstanceOf(UsageException.class);
              REPOSITORY.insert(transaction, Host.named("second"));
            });
    assertThat(acme().sql().fetchCount(HOSTS)).isEqualTo(2);
  }

  @Test
  void sql_that_ends_the_unit_of_work_that_carries_it_is_refused() {
    for (String control : List.of(INSERT + "; rollback", "commit; " + INSERT, "begin", "commit")) {
      assertThatThrownBy(() -> acme().sql().execute(control))
          .as(control)
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("begins or ends a transaction");
    }
    assertThat(acme().sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void words_of_transactions_elsewhere_in_a_text_are_nobodys_business() {
    acme()
        .transaction(
            transaction -> {
              for (String sql :
                  List.of(
                      "select 'a; rollback', $$; commit;$$ as \"; begin\" /* ; end */",
                      "do $$ begin perform 1; end $$",
                      "savepoint s",
                      "rollback /* not all */ to s",
                      "release savepoint s",
                      "prepare /* no */ transactions as select 1; deallocate transactions",
                      "prepare ask as select 1; deallocate ask")) {
                transaction.sql().execute(sql);
              }
            });
  }

  private void refuses(BiConsumer<Transaction, String> way, String control) {
    assertThatThrownBy(
            () ->
                acme()
                    .transaction(
                        transaction -> {
                          REPOSITORY.insert(transaction, Host.named("first"));
                          way.accept(transaction, control);
                        }))
        .as(control)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("begins or ends a transaction")
        .hasMessageContaining("return from the callback to commit, throw to roll back");
    assertThat(acme().sql().fetchCount(HOSTS)).as(control).isZero();
  }

  private TenantSession acme() {
    return fleet.tenants().as(ACME);
  }
}
