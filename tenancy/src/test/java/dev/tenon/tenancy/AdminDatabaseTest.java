package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import java.io.IOException;
import java.util.List;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

class AdminDatabaseTest {

  private final Shop shop = new Shop();
  private final Database pool = shop.openAdmin();
  private final AdminDatabase admin = AdminDatabase.on(pool);
  private final Database application = shop.open(shop.made().application());
  private final TenantDatabase tenants = TenantDatabase.on(application);

  @AfterEach
  void close() {
    application.close();
    pool.close();
    shop.close();
  }

  @Test
  void sees_the_rows_of_every_tenant() {
    addCustomers();
    int seen =
        admin
            .admin("count")
            .acrossTenantsResult(
                Transaction.Options.defaults(),
                transaction -> transaction.sql().fetchCount(DSL.table("customers")));
    assertThat(seen).isEqualTo(2);
  }

  @Test
  void writes_the_reason_in_the_same_transaction() {
    admin
        .admin("ticket-4711")
        .acrossTenants(
            transaction -> {
              assertThat(log(transaction)).containsExactly("ticket-4711 COMMITTED");
              assertThat(outside()).isEmpty();
            });
    assertThat(outside()).containsExactly("ticket-4711 COMMITTED");
  }

  @Test
  void when_and_as_whom_is_never_what_the_callback_says() {
    admin
        .admin("ticket-4713")
        .acrossTenants(
            transaction ->
                transaction
                    .sql()
                    .execute(
                        """
                        insert into tenon.admin_log (id, at, role, client, reason, outcome)
                        values (gen_random_uuid(), '2001-01-01', 'postgres', '10.0.0.1', 'forged',
                                'COMMITTED')
                        """));
    int forged =
        admin
            .admin("look")
            .acrossTenantsResult(
                Transaction.Options.defaults(),
                transaction ->
                    transaction
                        .sql()
                        .fetchCount(
                            DSL.table("tenon.admin_log"),
                            DSL.condition(
                                "role <> session_user or at < now() - interval '1 h'"
                                    + " or client = '10.0.0.1'")));
    assertThat(forged).isZero();
  }

  @Test
  void a_failed_callback_leaves_its_reason_and_nothing_else() {
    addCustomers();
    assertThatThrownBy(
            () ->
                admin
                    .admin("ticket-4712")
                    .acrossTenants(
                        transaction -> {
                          transaction.sql().execute("delete from customers");
                          throw new IOException("printer on fire");
                        }))
        .isInstanceOf(IOException.class);
    assertThat(outside()).containsExactly("ticket-4712 ROLLED_BACK");
    assertThat(tenants.as(Fleet.ACME).sql().fetchCount(DSL.table("customers"))).isOne();
  }

  @Test
  void a_rollback_in_sql_cannot_take_the_reason_away() {
    addCustomers();
    assertThatThrownBy(
            () ->
                admin
                    .admin("ticket-4714")
                    .acrossTenants(
                        transaction -> {
                          transaction.sql().execute("rollback");
                          transaction.sql().execute("delete from customers");
                        }))
        .isInstanceOf(UsageException.class);
    assertThat(outside()).containsExactly("ticket-4714 ROLLED_BACK");
  }

  @Test
  void an_interrupted_thread_whose_connection_was_lost_leaves_its_reason_all_the_same() {
    assertThatThrownBy(
            () ->
                admin
                    .admin("ticket-4716")
                    .acrossTenants(
                        transaction -> {
                          transaction.sql().fetch("select * from customers");
                          Thread.currentThread().interrupt();
                          transaction
                              .sql()
                              .execute("select pg_terminate_backend(pg_backend_pid())");
                        }))
        .isInstanceOf(RetryableException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(outside()).containsExactly("ticket-4716 ROLLED_BACK");
  }

  @Test
  void nothing_is_committed_without_its_reason_on_the_drivers_own_connection() {
    addCustomers();
    assertThatThrownBy(
            () ->
                admin
                    .admin("ticket-4715")
                    .acrossTenants(
                        transaction ->
                            transaction.jdbc(
                                connection ->
                                    connection
                                        .unwrap(PGConnection.class)
                                        .getCopyAPI()
                                        .copyOut(
                                            "copy customers to stdout; rollback; delete from"
                                                + " customers"))))
        .isInstanceOf(UsageException.class);
    assertThat(outside()).containsExactly("ticket-4715 ROLLED_BACK");
  }

  @Test
  void the_record_cannot_be_changed() {
    admin.admin("ticket-4713").acrossTenants(transaction -> {});
    for (String sql :
        List.of("delete from tenon.admin_log", "update tenon.admin_log set reason = 'none'")) {
      assertThatThrownBy(
              () ->
                  admin
                      .admin("cover up")
                      .acrossTenants(transaction -> transaction.sql().execute(sql)))
          .isInstanceOf(AccessDeniedException.class);
    }
    assertThat(outside()).contains("ticket-4713 COMMITTED");
  }

  @Test
  void the_application_neither_reads_nor_writes_the_record() {
    for (String sql :
        List.of(
            "select reason from tenon.admin_log",
            "insert into tenon.admin_log (id, reason, outcome)"
                + " values (gen_random_uuid(), 'x', 'COMMITTED')")) {
      assertThatThrownBy(() -> tenants.as(Fleet.ACME).sql().execute(sql))
          .isInstanceOf(AccessDeniedException.class);
    }
  }

  @Test
  void a_blank_reason_is_refused() {
    assertThatThrownBy(() -> admin.admin("  "))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no reason was given");
  }

  @Test
  void a_reason_that_cannot_be_put_on_record_is_refused_at_the_call() {
    assertThatThrownBy(() -> admin.admin("ticket\0 4711"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("NUL");
    assertThatThrownBy(() -> admin.admin("ticket\uD800 4711"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("half of a surrogate pair");
  }

  @Test
  void read_only_options_are_refused_because_the_reason_is_written() {
    assertThatThrownBy(
            () ->
                admin
                    .admin("look")
                    .acrossTenantsResult(
                        Transaction.Options.defaults().asReadOnly(), transaction -> 1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("leave asReadOnly() out");
  }

  @Test
  void refuses_a_role_that_is_bound_by_policies_and_a_superuser() {
    assertThatThrownBy(() -> AdminDatabase.on(application))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("has no BYPASSRLS");
    try (Database superuser = shop.open(shop.made().superuser())) {
      assertThatThrownBy(() -> AdminDatabase.on(superuser))
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("is a superuser");
    }
  }

  private void addCustomers() {
    for (TenantSession session : List.of(tenants.as(Fleet.ACME), tenants.as(Fleet.BOLT))) {
      session.sql().execute("insert into customers (id) values (gen_random_uuid())");
    }
  }

  private List<String> outside() {
    try (Database owner = shop.open(shop.made().owner())) {
      return log(owner);
    }
  }

  private static List<String> log(Session session) {
    return session
        .sql()
        .fetch("select reason || ' ' || outcome as line from tenon.admin_log order by id")
        .getValues(DSL.field(DSL.name("line"), SQLDataType.VARCHAR));
  }
}
