package dev.tenon.tenancy;

import static dev.tenon.tenancy.Fleet.ACME;
import static dev.tenon.tenancy.Fleet.BOLT;
import static dev.tenon.tenancy.Fleet.HOSTS;
import static dev.tenon.tenancy.Fleet.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.Fleet.Host;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.Writer;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;
import org.postgresql.core.BaseConnection;
import org.postgresql.jdbc.AutoSave;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.ByteBufferByteStreamWriter;

/** The driver's own interface inside a transaction: COPY and nothing that nobody can look at. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LentDriverTest {

  private static final String INSERT =
      "insert into hosts (id, name, version) values (gen_random_uuid(), 'sql', 1)";

  @RegisterExtension final Fleet fleet = new Fleet();

  @FunctionalInterface
  interface DriverWork {
    Object run(PGConnection driver) throws SQLException, IOException;
  }

  /** A way to send a text through the driver's COPY. */
  record Copying(String name, Sending with) {

    @FunctionalInterface
    interface Sending {
      Object send(CopyManager copies, String sql) throws SQLException, IOException;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Copying> copying() {
    return Stream.of(
        new Copying("begin in", CopyManager::copyIn),
        new Copying("begin out", CopyManager::copyOut),
        new Copying("begin dual", CopyManager::copyDual),
        new Copying("reader", (copies, sql) -> copies.copyIn(sql, new StringReader("\n"))),
        new Copying("sized reader", (copies, sql) -> copies.copyIn(sql, new StringReader(""), 9)),
        new Copying("stream", (copies, sql) -> copies.copyIn(sql, nothing())),
        new Copying("sized stream", (copies, sql) -> copies.copyIn(sql, nothing(), 9)),
        new Copying(
            "writing",
            (copies, sql) ->
                copies.copyIn(sql, new ByteBufferByteStreamWriter(ByteBuffer.allocate(0)))),
        new Copying("to a writer", (copies, sql) -> copies.copyOut(sql, new StringWriter())),
        new Copying(
            "to a stream", (copies, sql) -> copies.copyOut(sql, new ByteArrayOutputStream())));
  }

  @ParameterizedTest
  @MethodSource("copying")
  void a_copy_that_brings_another_statement_is_refused_before_it_is_sent(Copying copying) {
    for (String sql :
        List.of(
            "copy (select 1) to stdout; commit",
            "copy pg_temp.stage from stdin; " + INSERT,
            "copy (select set_config('app.current_tenant', '" + BOLT + "', true)) to stdout")) {
      refuses(driver -> copying.with().send(driver.getCopyAPI(), sql), "statement");
    }
  }

  @Test
  void every_way_to_copy_is_known() {
    assertThat(
            Stream.of(CopyManager.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers())))
        .hasSize((int) copying().count());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "commit",
        INSERT,
        "",
        ";copy hosts to stdout",
        "copyright",
        "copy hosts to stdout;;select 1",
        "copy /*/ ' */ hosts to stdout; commit; -- '",
        "copy (select e'\\'') to stdout; commit; --')",
        "copy (select e'a'\n'\\'') to stdout; commit; --')",
        "copy (select date'\\') to stdout; commit; --')",
        "copy (select 1$a$ ' $a$) to stdout; commit; -- '",
        "copy (select x$a$ from y) to stdout; commit; --$a$",
        "copy (select $$'$$) to stdout; commit; --'",
        "copy (select \"'\") to stdout; commit; --'"
      })
  void what_is_not_one_copy_alone_is_refused(String sql) {
    refuses(driver -> driver.getCopyAPI().copyOut(sql), "");
    assertThat(fleet.tenants().as(ACME).sql().fetchCount(HOSTS)).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "copy (select 1) to stdout",
        "COPY (select 1) to stdout;",
        " -- to a file\n/* of /* rows */ */ copy (select 1) to stdout ; -- done",
        "copy (select ';', 'it''s; commit', e'\\';', \"n;\", $$;$$, $a$;'$a$ from (select 1 \"n;\") n)"
            + " to stdout (format csv, delimiter ';', escape '\\')",
        "copy (select 1 as a$b, e'a'\n'\\';') to stdout"
      })
  void one_copy_passes_whatever_it_quotes(String sql) {
    inTransaction(
        driver -> assertThat(driver.getCopyAPI().copyOut(sql, new StringWriter())).isOne());
  }

  @Test
  void a_copy_into_a_stream_that_fails_leaves_no_rows_in_the_way() {
    String sql = "copy (select repeat('x', 1000) from generate_series(1, 1000)) to stdout";
    for (Copying failing :
        List.of(
            new Copying(
                "stream", (copies, rows) -> copies.copyOut(rows, OutputStream.nullOutputStream())),
            new Copying(
                "closed stream",
                (copies, rows) -> {
                  OutputStream closed = OutputStream.nullOutputStream();
                  closed.close();
                  return copies.copyOut(rows, closed);
                }),
            new Copying(
                "closed writer",
                (copies, rows) -> {
                  Writer closed = Writer.nullWriter();
                  closed.close();
                  return copies.copyOut(rows, closed);
                }))) {
      inTransaction(
          driver -> {
            if (failing.name().equals("stream")) {
              assertThat(failing.with().send(driver.getCopyAPI(), sql)).isEqualTo(1_000L);
            } else {
              assertThatThrownBy(() -> failing.with().send(driver.getCopyAPI(), sql))
                  .isInstanceOf(IOException.class);
            }
            assertThat(driver.getCopyAPI().copyOut("copy (select 1) to stdout", new StringWriter()))
                .isOne();
            return true;
          });
    }
  }

  @Test
  void a_backslash_is_read_as_the_server_reads_it() {
    assertThatThrownBy(
            () ->
                fleet
                    .tenants()
                    .as(ACME)
                    .transaction(
                        transaction -> {
                          transaction.sql().execute("set local standard_conforming_strings = off");
                          transaction.jdbc(
                              connection ->
                                  connection
                                      .unwrap(PGConnection.class)
                                      .getCopyAPI()
                                      .copyOut("copy (select '\\'') to stdout;commit;--')"));
                        }))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void what_executes_unseen_or_stays_on_the_connection_is_refused() {
    for (DriverWork work :
        List.<DriverWork>of(
            PGConnection::getLargeObjectAPI,
            PGConnection::getReplicationAPI,
            LentDriverTest::fastpath,
            driver -> {
              driver.alterUserPassword("app", "x".toCharArray(), null);
              return true;
            },
            driver -> {
              driver.setAutosave(AutoSave.ALWAYS);
              return true;
            },
            driver -> {
              driver.setPrepareThreshold(1);
              return true;
            },
            driver -> {
              driver.setDefaultFetchSize(1);
              return true;
            })) {
      refuses(work, "PGConnection of a connection on loan");
    }
  }

  @SuppressWarnings("deprecation") // what the driver still has must be refused
  private static Object fastpath(PGConnection driver) throws SQLException {
    return driver.getFastpathAPI();
  }

  @Test
  void what_tells_of_the_connection_is_offered() {
    inTransaction(
        driver -> {
          assertThat(driver.getBackendPID()).isPositive();
          assertThat(driver.escapeLiteral("it's")).isEqualTo("it''s");
          assertThat(driver.createArrayOf("int4", new int[] {1, 2})).hasToString("{\"1\",\"2\"}");
          assertThat(driver.createArrayOf("int4", new int[] {1}).getResultSet().getStatement())
              .isNull();
          return driver.getNotifications();
        });
  }

  @Test
  void the_drivers_own_connection_is_not_offered() {
    for (Class<?> type : List.of(BaseConnection.class, PgConnection.class)) {
      fleet
          .tenants()
          .as(ACME)
          .transaction(
              transaction ->
                  transaction.jdbc(
                      connection -> {
                        assertThat(connection.isWrapperFor(type)).isFalse();
                        assertThatThrownBy(() -> connection.unwrap(type))
                            .isInstanceOf(UsageException.class)
                            .hasMessageContaining("unwrap to " + type.getName())
                            .hasMessageContaining("getCopyAPI()");
                        return true;
                      }));
    }
  }

  @Test
  void nothing_of_the_driver_serves_after_its_loan() {
    List<PGConnection> kept = new ArrayList<>();
    List<CopyManager> copies = new ArrayList<>();
    fleet
        .tenants()
        .as(ACME)
        .transaction(
            transaction -> {
              transaction.jdbc(
                  connection -> {
                    assertThat(connection.isWrapperFor(PGConnection.class)).isTrue();
                    kept.add(connection.unwrap(PGConnection.class));
                    copies.add(kept.get(0).getCopyAPI());
                    return true;
                  });
              assertOver(() -> kept.get(0).getBackendPID());
            });
    fleet
        .tenants()
        .as(BOLT)
        .transaction(
            transaction -> {
              REPOSITORY.insert(transaction, Host.named("secret"));
              assertOver(() -> kept.get(0).getCopyAPI());
              assertOver(() -> copies.get(0).copyOut("copy (select name from hosts) to stdout"));
            });
  }

  @Test
  void a_copy_left_open_ends_with_its_loan_and_the_transaction_says_so() {
    try (Database owner = Fleet.open(fleet.made(), fleet.made().owner(), 1)) {
      owner.sql().execute("create table stage (line text)");
      owner.sql().execute("grant insert on stage to " + fleet.made().application().user());
    }
    List<CopyIn> kept = new ArrayList<>();
    assertThatThrownBy(
            () ->
                inTransaction(
                    driver -> {
                      kept.add(driver.getCopyAPI().copyIn("copy stage from stdin"));
                      return true;
                    }))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("before CopyIn.endCopy");
    assertThatThrownBy(() -> kept.get(0).writeToCopy(new byte[1], 0, 1))
        .isInstanceOf(SQLException.class);
    assertThat(fleet.tenants().as(ACME).sql().fetchCount(HOSTS)).isZero();
  }

  @Test
  void rows_that_are_left_unread_are_in_the_way_of_no_later_answer() {
    for (int i = 0; i < 3; i++) {
      List<CopyOut> kept = new ArrayList<>();
      inTransaction(
          driver -> {
            kept.add(
                driver.getCopyAPI().copyOut("copy (select generate_series(1, 9999)) to stdout"));
            return kept.get(0).readFromCopy();
          });
      assertThatThrownBy(() -> kept.get(0).readFromCopy()).isInstanceOf(SQLException.class);
      assertThat(fleet.tenants().as(BOLT).sql().fetchValue("select 7")).isEqualTo(7);
    }
  }

  private static void assertOver(ThrowingCallable use) {
    assertThatThrownBy(use)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("was used after its loan");
  }

  private void refuses(DriverWork work, String message) {
    assertThatThrownBy(() -> inTransaction(work))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
    assertThat(fleet.tenants().as(ACME).sql().fetchCount(HOSTS)).isZero();
  }

  private void inTransaction(DriverWork work) {
    fleet
        .tenants()
        .as(ACME)
        .transaction(
            transaction -> {
              REPOSITORY.insert(transaction, Host.named("first"));
              transaction.jdbc(connection -> run(connection, work));
            });
  }

  private static Object run(Connection connection, DriverWork work) throws SQLException {
    try {
      return work.run(connection.unwrap(PGConnection.class));
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static InputStream nothing() {
    return new ByteArrayInputStream("".getBytes(StandardCharsets.UTF_8));
  }
}
