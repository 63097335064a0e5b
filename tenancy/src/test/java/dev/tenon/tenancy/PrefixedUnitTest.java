package dev.tenon.tenancy;

import static dev.tenon.tenancy.Fleet.ACME;
import static dev.tenon.tenancy.Fleet.BOLT;
import static dev.tenon.tenancy.Fleet.HOSTS;
import static dev.tenon.tenancy.Fleet.ID;
import static dev.tenon.tenancy.Fleet.NAME;
import static dev.tenon.tenancy.Fleet.TENANT;
import static dev.tenon.tenancy.Fleet.VERSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import java.sql.CallableStatement;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.UUID;
import org.jooq.Cursor;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What cannot share one text with its settings runs in a transaction of its own. */
class PrefixedUnitTest {

  private static final String INSERT = "insert into hosts values (?, ?, ?, 1)";

  @RegisterExtension final Fleet fleet = new Fleet();

  @AfterEach
  void nothing_stays_on_the_connection() throws SQLException {
    RawConnection.isClean(fleet.database());
  }

  @Test
  void a_transaction_begun_by_sql_of_the_callers_ends_with_the_loan() throws SQLException {
    fleet.database().sql().execute("begin");
    RawConnection.isClean(fleet.database());
    assertThatThrownBy(() -> fleet.database().sql().execute("begin; select 1/0"))
        .isInstanceOf(TenonException.class);
  }

  @Test
  void a_batch_is_all_or_nothing() {
    UUID twice = UuidV7.next();
    assertThatThrownBy(
            () ->
                acme()
                    .jdbc(
                        connection -> {
                          try (PreparedStatement batch = connection.prepareStatement(INSERT)) {
                            for (UUID id : new UUID[] {UuidV7.next(), twice, twice}) {
                              batch.setObject(1, ACME.value());
                              batch.setObject(2, id);
                              batch.setString(3, "h");
                              batch.addBatch();
                            }
                            return batch.executeBatch();
                          }
                        }))
        .isInstanceOf(InvalidDataException.class);
    assertThat(acme().sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void a_batch_counts_its_rows_and_its_statement_can_be_used_again() {
    acme()
        .jdbc(
            connection -> {
              try (PreparedStatement batch = connection.prepareStatement(INSERT)) {
                for (int round = 1; round <= 3; round++) {
                  for (int i = 0; i < 5; i++) {
                    batch.setObject(1, ACME.value());
                    batch.setObject(2, UuidV7.next());
                    batch.setString(3, "h");
                    batch.addBatch();
                  }
                  assertThat(batch.executeBatch()).containsExactly(1, 1, 1, 1, 1);
                  batch.setObject(2, UuidV7.next());
                  assertThat(batch.executeUpdate()).isEqualTo(1);
                }
              }
              return true;
            });
    assertThat(acme().sql().fetchCount(HOSTS)).isEqualTo(18);
  }

  @Test
  void a_batch_without_a_tenant_is_all_or_nothing_too() {
    try (Database owner = Fleet.open(fleet.made(), fleet.made().superuser(), 1)) {
      owner.sql().execute("create table public.plain (id int primary key)");
      assertThatThrownBy(
              () ->
                  owner.jdbc(
                      connection -> {
                        try (PreparedStatement batch =
                            connection.prepareStatement("insert into plain values (?)")) {
                          for (int i = 0; i < 2000; i++) {
                            batch.setInt(1, i % 1999);
                            batch.addBatch();
                          }
                          return batch.executeBatch();
                        }
                      }))
          .isInstanceOf(InvalidDataException.class);
      assertThat(owner.sql().fetchCount(DSL.table(DSL.name("plain")))).isZero();
    }
  }

  @Test
  void batches_of_jooq_run_outside_a_transaction() {
    var insert =
        acme()
            .sql()
            .insertInto(HOSTS, TENANT, ID, NAME, VERSION)
            .values((UUID) null, null, null, null);
    assertThat(
            acme()
                .sql()
                .batch(insert)
                .bind(ACME.value(), UuidV7.next(), "one", 1)
                .bind(ACME.value(), UuidV7.next(), "two", 1)
                .execute())
        .containsExactly(1, 1);
    assertThat(
            acme()
                .sql()
                .batch(
                    acme().sql().update(HOSTS).set(NAME, "x"),
                    acme().sql().deleteFrom(HOSTS).where(NAME.eq("x")))
                .execute())
        .containsExactly(2, 2);
  }

  @Test
  void a_batch_cannot_write_for_another_tenant() {
    assertThatThrownBy(
            () ->
                acme()
                    .jdbc(
                        connection -> {
                          try (Statement batch = connection.createStatement()) {
                            batch.addBatch(insertFor(ACME.value()));
                            batch.addBatch(insertFor(BOLT.value()));
                            return batch.executeBatch();
                          }
                        }))
        .isInstanceOf(AccessDeniedException.class);
    assertThat(acme().sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void generated_keys_come_back() {
    acme()
        .jdbc(
            connection -> {
              UUID id = UuidV7.next();
              try (PreparedStatement insert =
                  connection.prepareStatement(INSERT, new String[] {"id", "name"})) {
                insert.setObject(1, ACME.value());
                insert.setObject(2, id);
                insert.setString(3, "h");
                assertThat(insert.executeUpdate()).isEqualTo(1);
                ResultSet keys = insert.getGeneratedKeys();
                assertThat(keys.next()).isTrue();
                assertThat(keys.getObject(1, UUID.class)).isEqualTo(id);
              }
              try (PreparedStatement insert =
                  connection.prepareStatement(
                      insertFor(ACME.value()), Statement.RETURN_GENERATED_KEYS)) {
                insert.executeUpdate();
                assertThat(insert.getGeneratedKeys().next()).isTrue();
              }
              try (Statement insert = connection.createStatement()) {
                insert.executeUpdate(insertFor(ACME.value()), new String[] {"name"});
                assertThat(insert.getGeneratedKeys().next()).isTrue();
              }
              return true;
            });
    assertThat(acme().sql().fetchCount(HOSTS)).isEqualTo(3);
  }

  @Test
  void functions_and_procedures_are_called_in_the_tenant() {
    try (Database owner = Fleet.open(fleet.made(), fleet.made().owner(), 1)) {
      owner
          .sql()
          .execute(
              """
              create function public.hosts_named(wanted text) returns bigint language sql
                as 'select count(*) from public.hosts where name = wanted'
              """);
    }
    acme().sql().execute(insertFor(ACME.value()));
    acme()
        .jdbc(
            connection -> {
              try (CallableStatement call = connection.prepareCall("{? = call hosts_named(?)}")) {
                call.registerOutParameter(1, Types.BIGINT);
                for (int i = 0; i < 8; i++) {
                  call.setString(2, "h");
                  call.execute();
                  assertThat(call.getLong(1)).isEqualTo(1);
                }
              }
              return true;
            });
  }

  @Test
  void a_lazy_cursor_reads_with_bounded_memory_and_returns_its_connection() {
    insertMany(1000);
    for (int i = 0; i < 3; i++) {
      try (Cursor<Record> cursor = acme().sql().selectFrom(HOSTS).fetchSize(10).fetchLazy()) {
        assertThat(cursor.fetchNext(15)).hasSize(15);
        ResultSet rows = cursor.resultSet();
        assertThat(rows).isNotNull();
        assertThat(cursor.stream().count()).isEqualTo(985);
      }
      assertThat(acme().sql().fetchCount(HOSTS)).isEqualTo(1000);
    }
  }

  /** The twentieth row fails on the server: whoever reads ten has not been sent all. */
  @Test
  void only_the_rows_of_one_fetch_are_asked_for() {
    String failing = "select 1/(20 - i), tenon.current_tenant() from generate_series(1, ?) i";
    try (Cursor<Record> cursor = acme().sql().resultQuery(failing, 30).fetchSize(5).fetchLazy()) {
      assertThat(cursor.fetchNext(10)).hasSize(10);
      assertThatThrownBy(cursor::fetch).hasMessageContaining("division by zero");
    }
    acme()
        .transaction(
            transaction -> {
              try (Cursor<Record> cursor =
                  transaction.sql().resultQuery(failing, 30).fetchSize(5).fetchLazy()) {
                assertThat(cursor.fetchNext(10)).hasSize(10);
              }
            });
  }

  @Test
  void the_next_statement_on_a_connection_ends_the_cursor() {
    acme()
        .jdbc(
            connection -> {
              try (PreparedStatement first =
                  connection.prepareStatement("select * from generate_series(1, ?)")) {
                first.setInt(1, 10);
                first.setFetchSize(3);
                ResultSet rows = first.executeQuery();
                assertThat(rows.next()).isTrue();
                assertThat(connection.prepareStatement("select 1").executeQuery().next()).isTrue();
                assertThat(rows.isClosed()).isTrue();
              }
              return true;
            });
  }

  @Test
  void a_cursor_that_is_closed_early_or_fails_returns_its_connection() {
    insertMany(30);
    try (Cursor<Record> early = acme().sql().selectFrom(HOSTS).fetchSize(2).fetchLazy()) {
      early.fetchNext();
    }
    assertThatThrownBy(
            () -> {
              try (Cursor<Record> failing =
                  acme()
                      .sql()
                      .resultQuery("select 1/(20 - i) from generate_series(1, 30) i")
                      .fetchSize(5)
                      .fetchLazy()) {
                failing.stream().count();
              }
            })
        .isInstanceOf(TenonException.class)
        .hasMessageContaining("division by zero");
    assertThatThrownBy(() -> acme().sql().resultQuery("select 1/0").fetchSize(5).fetchLazy())
        .isInstanceOf(TenonException.class);
    assertThat(acme().sql().fetchCount(HOSTS)).isEqualTo(30);
  }

  /** jOOQ swallows what closing a cursor throws, and with it the error of a commit. */
  @Test
  void a_cursor_outside_a_transaction_reads_only() {
    assertThatThrownBy(
            () ->
                acme()
                    .sql()
                    .resultQuery(insertFor(ACME.value()) + " returning id")
                    .fetchSize(1)
                    .fetchLazy()
                    .close())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("not read-only");
    assertThat(acme().sql().fetchCount(HOSTS)).isZero();
    int updated =
        acme()
            .jdbc(
                connection -> {
                  try (PreparedStatement insert =
                      connection.prepareStatement(insertFor(ACME.value()))) {
                    insert.setFetchSize(10);
                    return insert.executeUpdate();
                  }
                });
    assertThat(updated).isEqualTo(1);
  }

  private void insertMany(int rows) {
    acme()
        .sql()
        .execute(
            "insert into hosts select ?, gen_random_uuid(), 'h', 1 from generate_series(1, ?)",
            ACME.value(),
            rows);
  }

  private static String insertFor(UUID tenant) {
    return "insert into hosts values ('" + tenant + "', '" + UuidV7.next() + "', 'h', 1)";
  }

  private TenantSession acme() {
    return fleet.tenants().as(ACME);
  }
}
