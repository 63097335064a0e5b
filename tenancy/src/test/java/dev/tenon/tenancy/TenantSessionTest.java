package dev.tenon.tenancy;

import static dev.tenon.tenancy.Fleet.ACME;
import static dev.tenon.tenancy.Fleet.BOLT;
import static dev.tenon.tenancy.Fleet.HOSTS;
import static dev.tenon.tenancy.Fleet.ID;
import static dev.tenon.tenancy.Fleet.NAME;
import static dev.tenon.tenancy.Fleet.REPOSITORY;
import static dev.tenon.tenancy.Fleet.TENANT;
import static dev.tenon.tenancy.Fleet.VERSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.Page;
import dev.tenon.core.Session;
import dev.tenon.core.TenonException;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.Fleet.Host;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jooq.impl.DSL;
import org.jooq.tools.jdbc.SingleConnectionDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Every test runs on a pool of one connection, so that whatever a unit of work leaves behind meets
 * the next one.
 */
class TenantSessionTest {

  @RegisterExtension final Fleet fleet = new Fleet();

  @Test
  void sees_its_own_rows() {
    Host host = insertFor(ACME.value());
    assertThat(REPOSITORY.find(acme(), host.id())).contains(host);
    assertThat(acme().sql().fetchCount(HOSTS)).isEqualTo(1);
  }

  @Test
  void returns_nothing_of_another_tenant() {
    Host host = insertFor(BOLT.value());
    assertThat(REPOSITORY.find(acme(), host.id())).isEmpty();
    assertThat(acme().sql().fetchCount(HOSTS, ID.eq(host.id()))).isZero();
    assertThat(REPOSITORY.page(acme(), Page.Request.of(10)).rows()).isEmpty();
    assertThat(
            REPOSITORY.<Long, RuntimeException>stream(
                acme(), DSL.trueCondition(), rows -> rows.count()))
        .isZero();
  }

  @Test
  void changes_and_deletes_nothing_of_another_tenant() {
    Host host = insertFor(BOLT.value());
    assertThatThrownBy(() -> REPOSITORY.update(acme(), new Host(host.id(), "stolen", 1)))
        .isInstanceOf(NotFoundException.class);
    assertThat(REPOSITORY.delete(acme(), host.id())).isFalse();
    assertThat(acme().sql().update(HOSTS).set(NAME, "stolen").execute()).isZero();
    assertThat(acme().sql().deleteFrom(HOSTS).execute()).isZero();
    assertThat(REPOSITORY.find(bolt(), host.id())).contains(host);
  }

  @Test
  void cannot_insert_a_row_for_another_tenant() {
    assertThatThrownBy(
            () ->
                acme()
                    .sql()
                    .insertInto(HOSTS, TENANT, ID, NAME, VERSION)
                    .values(BOLT.value(), UuidV7.next(), "planted", 1)
                    .execute())
        .isInstanceOf(AccessDeniedException.class);
    assertThat(bolt().sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void cannot_give_its_row_to_another_tenant() {
    Host host = insertFor(ACME.value());
    assertThatThrownBy(
            () ->
                acme()
                    .sql()
                    .update(HOSTS)
                    .set(TENANT, BOLT.value())
                    .where(ID.eq(host.id()))
                    .execute())
        .isInstanceOf(AccessDeniedException.class);
    assertThat(REPOSITORY.find(acme(), host.id())).contains(host);
  }

  @Test
  void cannot_link_to_a_row_of_another_tenant() {
    Host host = insertFor(BOLT.value());
    for (UUID owner : List.of(ACME.value(), BOLT.value())) {
      assertThatThrownBy(
              () ->
                  acme()
                      .sql()
                      .execute(
                          "insert into incidents values (?, ?, ?)",
                          owner,
                          UuidV7.next(),
                          host.id()))
          .isInstanceOf(TenonException.class);
    }
    assertThat(bolt().sql().fetchValue("select count(*) from incidents")).isEqualTo(0L);
  }

  @Test
  void does_not_learn_whether_another_tenant_has_an_identifier() {
    Host host = insertFor(BOLT.value());
    REPOSITORY.insert(acme(), host);
    assertThat(REPOSITORY.get(acme(), host.id())).isEqualTo(host);
    assertThat(REPOSITORY.get(bolt(), host.id())).isEqualTo(host);
  }

  @Test
  void without_a_tenant_the_database_itself_refuses_loudly() {
    insertFor(ACME.value());
    for (int i = 0; i < 7; i++) {
      assertThatThrownBy(() -> fleet.database().sql().fetchCount(HOSTS))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("no tenant is bound");
    }
    assertThatThrownBy(() -> REPOSITORY.find(fleet.database(), UuidV7.next()))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void the_tenant_is_read_once_in_the_plan_itself_without_a_function_call() {
    String plan =
        acme()
            .sql()
            .fetch("explain verbose select id from hosts where tenant_id = ?", ACME.value())
            .format();
    assertThat(plan).contains("InitPlan", "current_setting").doesNotContain("current_tenant()");
  }

  @Test
  void nothing_of_a_tenant_stays_on_the_connection() {
    insertFor(ACME.value());
    List<Runnable> works =
        List.of(
            () -> acme().sql().fetchCount(HOSTS),
            () -> acme().transaction(transaction -> transaction.sql().fetchCount(HOSTS)),
            () ->
                assertThatThrownBy(() -> acme().sql().fetch("select 1/0"))
                    .isInstanceOf(TenonException.class),
            () ->
                assertThatThrownBy(
                        () ->
                            acme()
                                .transaction(
                                    transaction -> {
                                      transaction.sql().fetchCount(HOSTS);
                                      throw new IllegalStateException("rolled back");
                                    }))
                    .isInstanceOf(IllegalStateException.class));
    for (Runnable work : works) {
      work.run();
      assertThatThrownBy(() -> fleet.database().sql().fetchCount(HOSTS))
          .isInstanceOf(AccessDeniedException.class);
      assertThat(bolt().sql().fetchCount(HOSTS)).isZero();
    }
  }

  @Test
  void keeps_its_tenant_beyond_the_sixth_execution_of_every_shape_of_parameter() {
    insertFor(ACME.value());
    for (int i = 0; i < 20; i++) {
      assertThat(acme().sql().fetchCount(HOSTS, NAME.like("h%"))).isEqualTo(1);
      assertThat(
              acme()
                  .sql()
                  .fetchValue(
                      "select count(*) from hosts where ?::timestamptz < now() and name <> repeat(?, 70000)",
                      java.sql.Timestamp.from(java.time.Instant.EPOCH),
                      "x"))
          .isEqualTo(1L);
      acme()
          .jdbc(
              connection -> {
                try (var statement =
                    connection.prepareStatement("select name, ?::timestamptz from hosts")) {
                  statement.setTimestamp(1, java.sql.Timestamp.from(java.time.Instant.EPOCH));
                  try (var rows = statement.executeQuery()) {
                    assertThat(rows.next()).isTrue();
                  }
                }
                return true;
              });
    }
  }

  @Test
  void one_transaction_sees_one_tenant_from_its_first_statement_on() {
    insertFor(BOLT.value());
    Host host = Host.named("h");
    acme()
        .transaction(
            transaction -> {
              REPOSITORY.insert(transaction, host);
              assertThat(transaction.sql().fetchCount(HOSTS)).isEqualTo(1);
              assertThat(transaction.tenant()).contains(ACME);
            });
    assertThat(REPOSITORY.find(acme(), host.id())).isPresent();
  }

  @Test
  void a_batch_or_a_cursor_may_be_the_first_work_of_a_transaction() {
    acme()
        .transaction(
            transaction ->
                transaction
                    .sql()
                    .batch(
                        transaction
                            .sql()
                            .insertInto(HOSTS, TENANT, ID, NAME, VERSION)
                            .values((UUID) null, null, null, null))
                    .bind(ACME.value(), UuidV7.next(), "one", 1)
                    .bind(ACME.value(), UuidV7.next(), "two", 1)
                    .execute());
    acme()
        .transaction(
            transaction -> {
              try (var cursor = transaction.sql().selectFrom(HOSTS).fetchSize(1).fetchLazy()) {
                assertThat(cursor.stream().count()).isEqualTo(2);
              }
            });
  }

  /** Over one plain connection, because a pool would now and then ask it whether it is alive. */
  @Test
  void a_unit_of_work_costs_one_round_trip_and_a_transaction_one_more_than_its_statements()
      throws SQLException {
    PostgresServer server = fleet.made().server();
    try (FaultProxy network = FaultProxy.to(server);
        Connection connection =
            DriverManager.getConnection(
                network.reroute(fleet.made().url()),
                fleet.made().application().user(),
                fleet.made().application().password())) {
      Database database = Database.using(new SingleConnectionDataSource(connection));
      TenantSession session = TenantDatabase.on(database).as(ACME);
      for (int i = 0; i < 10; i++) {
        assertThat(network.roundTripsDuring(() -> REPOSITORY.find(session, UuidV7.next())))
            .isEqualTo(1);
        for (int statements : new int[] {1, 3, 10}) {
          assertThat(network.roundTripsDuring(() -> session.transaction(finding(statements))))
              .isEqualTo(statements + 1);
        }
      }
    }
  }

  private static Transaction.Action<RuntimeException> finding(int times) {
    return transaction -> {
      for (int i = 0; i < times; i++) {
        REPOSITORY.find(transaction, UuidV7.next());
      }
    };
  }

  @Test
  void two_tenants_on_many_threads_and_one_connection_never_meet() throws Exception {
    insertFor(ACME.value());
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Integer>> work = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        Session session = i % 2 == 0 ? acme() : bolt();
        work.add(() -> session.sql().fetchCount(HOSTS));
      }
      var answers = threads.invokeAll(work);
      for (int i = 0; i < answers.size(); i++) {
        assertThat(answers.get(i).get()).isEqualTo(i % 2 == 0 ? 1 : 0);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void a_tenant_that_is_no_uuid_is_refused_before_any_io() {
    for (String text :
        List.of("", "acme", "1-1-1-1-1", "' or true --", "0191f6c0-0000-7000-8000-00000000000a ")) {
      assertThatThrownBy(() -> fleet.tenants().as(text))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("is not a UUID")
          .hasMessageContaining("fix:");
    }
  }

  @Test
  void a_tenant_that_is_null_is_refused_at_the_call() {
    assertThatThrownBy(() -> fleet.tenants().as(nobody()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the tenant is null");
  }

  @SuppressWarnings("NullAway")
  private static UUID nobody() {
    return null;
  }

  @Test
  void the_first_question_about_the_server_needs_no_second_connection() {
    acme()
        .transaction(
            Transaction.Options.defaults().withTimeout(Duration.ofSeconds(5)),
            transaction -> assertThat(transaction.capabilities().has("plpgsql")).isTrue());
  }

  @Test
  void the_loan_of_a_connection_ends_no_unit_of_work() {
    assertThatThrownBy(
            () ->
                acme()
                    .jdbc(
                        connection -> {
                          connection.setAutoCommit(false);
                          return true;
                        }))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(
            () -> acme().jdbc(connection -> connection.unwrap(org.postgresql.PGConnection.class)))
        .isInstanceOf(UsageException.class);
  }

  private TenantSession acme() {
    return fleet.tenants().as(ACME);
  }

  private TenantSession bolt() {
    return fleet.tenants().as(BOLT);
  }

  private Host insertFor(UUID tenant) {
    Host host = Host.named("h");
    REPOSITORY.insert(fleet.tenants().as(tenant), host);
    return host;
  }
}
