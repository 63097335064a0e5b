package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.ChangeCapture.State;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What a capture declares, and what the tables are that it finds under those names. */
@Execution(ExecutionMode.SAME_THREAD)
@Timeout(120)
class CaptureDeclarationTest {

  private static final PostgresServer SERVER =
      PostgresServer.start(PostgresOptions.defaults().withSetting("wal_level", "logical"));

  private static final String WAITING =
      "select count(*) from pg_locks where locktype = 'advisory' and objid = 7 and not granted";
  private static final String PUBLISHED =
      "select count(*) from pg_publication_rel where prrelid = 'rep'::regclass";

  @AfterAll
  static void stops_it() {
    SERVER.close();
  }

  @Test
  void a_table_that_is_made_anew_under_its_name_is_captured_on() throws SQLException {
    try (Captured captured = made("rep", "text");
        ChangeCapture capture = Captured.capturing(rep(captured))) {
      assertThat(read(captured, "a")).isEqualTo(1);
      makeAnew(captured);
      captured.psql("update rep set revision = 2");
      Await.until("it is known", () -> read(captured, "a") == 2);
      captured.psql("update rep set revision = 3");
      Await.until("the next is known too", () -> read(captured, "a") == 3);
      assertThat(capture.status().state()).isEqualTo(State.CAPTURING);
      assertThat(capture.status().failures()).isZero();
    }
  }

  @Test
  void a_table_that_was_made_anew_while_nobody_captured_is_captured_on() throws SQLException {
    try (Captured captured = made("rep", "text")) {
      Captured.capturing(rep(captured)).close();
      read(captured, "a");
      makeAnew(captured);
      captured.psql("update rep set revision = 2");
      try (ChangeCapture capture = Captured.capturing(rep(captured))) {
        Await.until("it is known", () -> read(captured, "a") == 2);
        captured.psql("update rep set revision = 3");
        Await.until("the next is known too", () -> read(captured, "a") == 3);
        Await.until("it is counted, behind that", () -> capture.status().values() > 0);
      }
    }
  }

  @Test
  void a_table_that_was_made_anew_and_published_by_hand_is_another_one() throws SQLException {
    try (Captured captured = made("rep", "text")) {
      Captured.capturing(rep(captured)).close();
      read(captured, "a");
      makeAnew(captured);
      captured.psql("update rep set revision = 2");
      captured.psql("alter publication " + publication(captured) + " add table rep");
      try (ChangeCapture capture = Captured.capturing(rep(captured))) {
        Await.until("it is known", () -> read(captured, "a") == 2);
        assertThat(capture.status().failures()).isZero();
      }
    }
  }

  @Test
  void what_changed_under_another_name_while_nobody_captured_is_forgotten() throws SQLException {
    try (Captured captured = made("rep", "text")) {
      Captured.capturing(rep(captured)).close();
      read(captured, "a");
      captured.psqlBeside(
          "alter table rep rename to other; update other set revision = 2;"
              + " alter table other rename to rep");
      try (ChangeCapture capture = Captured.capturing(rep(captured))) {
        Await.until("it is known", () -> read(captured, "a") == 2);
        Await.until("it is counted, behind that", () -> capture.status().entities() == 1);
      }
    }
  }

  @Test
  void a_table_that_took_the_name_of_another_is_captured_in_its_place() throws SQLException {
    try (Captured captured = made("rep", "text");
        ChangeCapture capture = Captured.capturing(rep(captured))) {
      read(captured, "a");
      captured.psqlBeside(
          String.format(
              "begin; alter table rep rename to rep_old; create table rep (like rep_old including"
                  + " all); alter table rep owner to \"%s\"; insert into rep select * from rep_old;"
                  + " commit; update rep_old set revision = 9; update rep set revision = 2",
              captured.made.owner().user()));
      Await.until("it is known", () -> read(captured, "a") == 2);
      captured.psql("update rep set revision = 3");
      Await.until("the next is known too", () -> read(captured, "a") == 3);
      assertThat(capture.status().state()).isEqualTo(State.CAPTURING);
    }
  }

  @Test
  void a_table_that_is_renamed_is_a_failure_until_it_is_back() throws SQLException {
    try (Captured captured = made("rep", "text");
        ChangeCapture capture = Captured.capturing(rep(captured))) {
      captured.psql("alter table rep rename to other");
      Await.until("it is noticed", () -> capture.status().state() == State.FAILING);
      assertThat(capture.status().failure().orElseThrow())
          .contains("there is no table public.rep")
          .contains("by its new name");
      captured.psql("alter table other rename to rep");
      read(captured, "a");
      captured.psql("update rep set revision = 2");
      Await.until("it is known", () -> read(captured, "a") == 2);
      Await.until("it captures", () -> capture.status().state() == State.CAPTURING);
      assertThat(capture.status().failure()).isEmpty();
    }
  }

  @Test
  void what_somebody_took_out_of_the_publication_is_put_back() throws SQLException {
    try (Captured captured = made("rep", "text");
        ChangeCapture capture = Captured.capturing(rep(captured))) {
      for (String change : List.of("drop table rep", "set (publish = 'insert')")) {
        captured.psql("update rep set revision = 1");
        Await.until("it is known", () -> read(captured, "a") == 1);
        captured.psql("alter publication " + publication(captured) + " " + change);
        captured.psql("update rep set revision = 2");
        Await.until("it is known", () -> read(captured, "a") == 2);
        captured.psql("update rep set revision = 3");
        Await.until("the next is known too", () -> read(captured, "a") == 3);
      }
      assertThat(capture.status().failures()).isZero();
    }
  }

  @Test
  void a_transaction_that_is_older_than_the_publication_of_its_table_is_forgotten_behind_it()
      throws Exception {
    try (Captured captured = made("rep", "text")) {
      captured.capturing().close();
      CountDownLatch told = new CountDownLatch(1);
      Thread writer =
          new Thread(
              () -> {
                captured.psqlBeside(
                    "begin; update rep set revision = 2; select pg_advisory_lock(7); commit");
                told.countDown();
              });
      captured.psql("select pg_advisory_lock(7)");
      writer.start();
      Await.until("it has written", () -> captured.count(WAITING) == 1);
      try (ChangeCapture capture =
          captured.capture().table("public", "rep", captured.hosts, "id").start()) {
        Await.until("rep is published", () -> captured.count(PUBLISHED) == 1);
        long end = System.nanoTime() + Duration.ofMillis(300).toNanos();
        while (System.nanoTime() < end) {
          assertThat(read(captured, "a")).isEqualTo(1);
        }
        captured.psql("select pg_advisory_unlock(7)");
        assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
        Await.until("it is known", () -> read(captured, "a") == 2);
        assertThat(capture.status().failures()).isZero();
      }
    }
  }

  @Test
  void rows_of_a_partitioned_table_are_captured_under_its_name() throws SQLException {
    try (Captured captured = new Captured(SERVER, 0)) {
      captured.psqlBeside(
          "create table rep (tenant_id uuid, id text, revision bigint, primary key (tenant_id, id))"
              + " partition by hash (tenant_id);"
              + " create table leaf partition of rep for values with (modulus 1, remainder 0);"
              + " insert into rep values ('"
              + Captured.TENANT
              + "', 'a', 1)");
      for (String table : List.of("rep", "leaf")) {
        captured.psql("alter table " + table + " owner to " + owner(captured));
      }
      try (ChangeCapture capture = Captured.capturing(rep(captured))) {
        read(captured, "a");
        captured.psql("update rep set revision = 2");
        Await.until("it is known", () -> read(captured, "a") == 2);
        captured.psql("update leaf set revision = 3");
        Await.until("it is known too", () -> read(captured, "a") == 3);
        assertThat(capture.status().entities()).isZero();
        captured.psql("truncate rep");
        Await.until("it is counted", () -> capture.status().entities() == 1);
      }
    }
  }

  @Test
  void a_table_that_others_inherit_from_is_refused() throws SQLException {
    try (Captured captured = made("rep", "text")) {
      captured.psql("create table child () inherits (rep)");
      assertThatThrownBy(() -> rep(captured).start())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("inherit");
    }
  }

  @Test
  void a_table_that_is_published_and_not_declared_changes_nothing_by_itself() throws SQLException {
    try (Captured captured = made("rep", "text");
        ChangeCapture capture = Captured.capturing(rep(captured))) {
      captured.psql("alter publication " + publication(captured) + " add table hosts");
      read(captured, "a");
      captured.insert("h0");
      Await.until("all is forgotten for it", () -> capture.status().entities() == 1);
      captured.psql("update rep set revision = 2");
      Await.until("it is known", () -> read(captured, "a") == 2);
      assertThat(capture.status().failures()).isZero();
      assertThat(captured.count("select count(*) from pg_publication_rel")).isEqualTo(2);
    }
  }

  @Test
  void an_identifier_of_char_is_known_without_its_blanks_and_with_them() throws SQLException {
    try (Captured captured = made("rep", "char(8)");
        ChangeCapture capture = Captured.capturing(rep(captured))) {
      assertThat(read(captured, "a")).isEqualTo(1);
      assertThat(read(captured, "a       ")).isEqualTo(1);
      captured.psql("update rep set revision = 2 where id = 'a'");
      Await.until("it is known", () -> read(captured, "a") == 2);
      Await.until("it is known as written too", () -> read(captured, "a       ") == 2);
      assertThat(capture.status().entities()).isZero();
    }
  }

  @Test
  void an_identifier_whose_text_is_not_the_applications_is_refused_without_a_function()
      throws SQLException {
    try (Captured captured = made("rep", "text")) {
      captured.psql("create extension citext");
      captured.psql("create domain handle as citext");
      for (String type : List.of("citext", "handle", "bytea", "timestamp with time zone")) {
        captured.psql("drop table rep");
        captured.psql("create table rep (tenant_id uuid, id " + type + ", revision bigint)");
        captured.psql("alter table rep replica identity full");
        captured.psql("alter table rep owner to " + owner(captured));
        assertThatThrownBy(() -> rep(captured).start())
            .isInstanceOf(UsageException.class)
            .hasMessageContaining("public.rep.id is of type " + type)
            .hasMessageContaining("function");
        Captured.capturing(rep(captured, texts -> "a")).close();
      }
    }
  }

  @Test
  void a_function_that_throws_an_error_forgets_all_of_the_entity() throws SQLException {
    try (Captured captured = made("rep", "text");
        ChangeCapture capture =
            Captured.capturing(
                rep(
                    captured,
                    texts -> {
                      throw new StackOverflowError();
                    }))) {
      read(captured, "a");
      captured.psql("update rep set revision = 2");
      Await.until("it is known", () -> read(captured, "a") == 2);
      assertThat(capture.status().failures()).isZero();
    }
  }

  private static final class Speechless extends Error {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new IllegalStateException("no words");
    }
  }

  @Test
  void an_error_that_ends_a_thread_does_not_end_the_capture() throws SQLException {
    AtomicInteger asked = new AtomicInteger();
    try (Captured captured = made("rep", "text");
        ChangeCapture capture =
            Captured.capturing(
                rep(
                    captured,
                    texts -> {
                      if (asked.incrementAndGet() == 1) {
                        throw new Speechless();
                      }
                      return texts.get(0);
                    }))) {
      read(captured, "a");
      captured.psql("update rep set revision = 2");
      Await.until("it is known", () -> read(captured, "a") == 2);
      assertThat(capture.status().failures()).isEqualTo(1);
    }
  }

  private static Captured made(String table, String type) throws SQLException {
    Captured captured = new Captured(SERVER, 0);
    captured.psql(
        "create table "
            + table
            + " (tenant_id uuid, id "
            + type
            + ", revision bigint, primary key (tenant_id, id))");
    captured.psql("alter table " + table + " owner to " + owner(captured));
    captured.psql("insert into " + table + " values ('" + Captured.TENANT + "', 'a', 1)");
    return captured;
  }

  private static String owner(Captured captured) {
    return '"' + captured.made.owner().user() + '"';
  }

  private static String publication(Captured captured) {
    return "tenon_cache_" + captured.cache.service();
  }

  private static void makeAnew(Captured captured) {
    captured.psqlBeside(
        "begin; create table rep_new (like rep including all); alter table rep_new owner to \""
            + captured.made.owner().user()
            + "\"; insert into rep_new select * from rep; drop table rep;"
            + " alter table rep_new rename to rep; commit");
  }

  private static ChangeCapture.Builder rep(Captured captured) {
    return ChangeCapture.of(captured.cache, captured.owner())
        .table("public", "rep", captured.hosts, "id");
  }

  private static ChangeCapture.Builder rep(
      Captured captured, Function<List<String>, String> identifier) {
    return ChangeCapture.of(captured.cache, captured.owner())
        .table("public", "rep", captured.hosts, List.of("id"), identifier);
  }

  private static long read(Captured captured, String id) {
    return captured.hosts.get(
        captured.tenant(),
        id,
        key -> captured.count("select revision from rep where id = '" + id.strip() + "'"));
  }
}
