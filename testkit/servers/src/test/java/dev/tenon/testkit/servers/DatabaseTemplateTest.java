package dev.tenon.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DatabaseTemplateTest {
  @Test
  void is_prepared_once_for_many_threads() throws Exception {
    AtomicInteger prepared = new AtomicInteger();
    DatabaseTemplate template =
        DatabaseTemplate.of("threads", "1", database -> prepared.incrementAndGet());
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      List<Future<TestDatabase>> taken =
          threads.invokeAll(Collections.nCopies(12, () -> TestDatabase.create(template)));
      Set<String> names = new HashSet<>();
      for (Future<TestDatabase> future : taken) {
        try (TestDatabase database = future.get()) {
          names.add(database.name());
        }
      }
      assertThat(names).hasSize(12);
      assertThat(prepared).hasValue(1);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void is_made_anew_when_its_maker_did_not_get_to_the_end() throws SQLException {
    PostgresServer server = PostgresServer.shared();
    DatabaseTemplate template =
        DatabaseTemplate.of(
            "halfmade",
            "1",
            database ->
                Sql.run(database.dataSource(database.owner()), "create table whole (id int)"));
    Sql.run(
        server.dataSource("postgres", server.superuser()),
        "create database " + template.databaseName());
    try (TestDatabase database = server.database(template)) {
      assertThat(
              Sql.text(database.dataSource(database.application()), "select count(*) from whole"))
          .isEqualTo("0");
    }
  }

  @Test
  void takes_no_connections_once_it_is_sealed() {
    DatabaseTemplate template = DatabaseTemplate.of("sealed", "1", database -> {});
    try (TestDatabase database = TestDatabase.create(template)) {
      assertThatThrownBy(
              () ->
                  Sql.text(
                      database.server().dataSource(template.databaseName(), database.superuser()),
                      "select 1"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("not currently accepting connections");
    }
  }

  @Test
  void is_copied_although_its_preparation_left_a_session_open() throws SQLException {
    Connection[] left = new Connection[1];
    DatabaseTemplate template =
        DatabaseTemplate.of(
                "leaking",
                "1",
                database -> left[0] = database.dataSource(database.owner()).getConnection())
            .withExtensions("timescaledb");
    try (TestDatabase one = TestDatabase.create(template);
        TestDatabase other = TestDatabase.create(template)) {
      assertThat(one.name()).isNotEqualTo(other.name());
      assertThat(left[0].isValid(5)).isFalse();
    }
  }

  @Test
  void is_another_one_when_fingerprint_or_extensions_differ() {
    DatabaseTemplate template = DatabaseTemplate.of("same", "1", database -> {});
    assertThat(template.databaseName())
        .isEqualTo(DatabaseTemplate.of("same", "1", database -> {}).databaseName())
        .isNotEqualTo(DatabaseTemplate.of("same", "2", database -> {}).databaseName())
        .isNotEqualTo(template.withExtensions("vector").databaseName())
        .hasSizeLessThan(64);
  }

  @Test
  void tells_why_it_could_not_be_prepared_and_leaves_nothing() throws SQLException {
    DatabaseTemplate template =
        DatabaseTemplate.of(
            "broken",
            "1",
            database -> Sql.run(database.dataSource(database.owner()), "select no_such_column"));
    assertThatThrownBy(() -> TestDatabase.create(template))
        .isInstanceOf(TestServerException.class)
        .hasMessageContaining("the template \"broken\" could not be prepared")
        .hasMessageContaining("no_such_column");
    assertThat(exists(PostgresServer.shared(), template.databaseName())).isFalse();
  }

  @Test
  void names_the_extension_that_the_server_lacks() {
    assertThatThrownBy(
            () -> TestDatabase.create(DatabaseTemplate.empty().withExtensions("no_such_thing")))
        .isInstanceOf(TestServerException.class)
        .hasMessageContaining("extension \"no_such_thing\" is not available");
  }

  @Test
  void refuses_a_name_that_needs_quoting() {
    assertThatThrownBy(() -> DatabaseTemplate.of("Not; good", "1", database -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lower-case letters");
  }

  @Test
  void loads_age_for_roles_that_may_not_load_it() throws SQLException {
    DatabaseTemplate template =
        DatabaseTemplate.of(
                "graph",
                "1",
                database -> {
                  Sql.run(
                      database.dataSource(database.superuser()),
                      "grant usage on schema ag_catalog to tenon_owner",
                      "grant all on all tables in schema ag_catalog to tenon_owner");
                  Sql.run(
                      database.dataSource(database.owner()),
                      "select ag_catalog.create_graph('people')");
                })
            .withExtensions("age");
    try (TestDatabase database = TestDatabase.create(template)) {
      assertThat(
              Sql.text(
                  database.dataSource(database.owner()),
                  """
                  select n::text from ag_catalog.cypher('people', $$ match (n) return count(n) $$)
                  as (n ag_catalog.agtype)
                  """))
          .isEqualTo("0");
    }
  }

  @Test
  void is_dropped_in_the_background_even_if_a_session_is_open() throws Exception {
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults())) {
      TestDatabase database = server.database(DatabaseTemplate.empty());
      Credentials extra = database.createRole("extra", "BYPASSRLS");
      Connection open = database.dataSource(extra).getConnection();
      String postmaster =
          Sql.text(
              database.dataSource(server.superuser()),
              "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
      signal("STOP", postmaster);
      // A stopped server accepts nobody, so a drop on this thread would not return.
      database.close();
      signal("CONT", postmaster);
      Await.until(Duration.ofMinutes(1), () -> !exists(server, database.name()));
      Await.until(
          Duration.ofMinutes(1),
          () ->
              Sql.text(
                      server.dataSource("postgres", server.superuser()),
                      "select count(*) from pg_roles where rolname = '" + extra.user() + "'")
                  .equals("0"));
      assertThat(open.isValid(5)).isFalse();
    }
  }

  @Test
  void is_copied_again_after_the_server_was_killed_and_started() throws SQLException {
    DatabaseTemplate template =
        DatabaseTemplate.of(
            "killed",
            "1",
            database ->
                Sql.run(database.dataSource(database.owner()), "create table one as select 1"));
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults())) {
      server.database(template).close();
      server.restart();
      for (int copy = 0; copy < 4; copy++) {
        try (TestDatabase database = server.database(template)) {
          assertThat(
                  Sql.text(database.dataSource(database.application()), "select count(*) from one"))
              .isEqualTo("1");
        }
      }
    }
  }

  @Test
  void stays_when_it_is_kept() throws Exception {
    PostgresServer server = PostgresServer.shared();
    TestDatabase kept = server.database(DatabaseTemplate.empty());
    TestDatabase dropped = server.database(DatabaseTemplate.empty());
    kept.keep();
    kept.close();
    dropped.close();
    Await.until(Duration.ofMinutes(1), () -> !exists(server, dropped.name()));
    assertThat(exists(server, kept.name())).isTrue();
    Process shell =
        new ProcessBuilder("sh", "-c", kept.psql() + " -Atc 'select current_database()'")
            .redirectErrorStream(true)
            .start();
    assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo(kept.name() + "\n");
  }

  private static void signal(String name, String process) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + name, process).start().waitFor()).isZero();
  }

  private static boolean exists(PostgresServer server, String database) throws SQLException {
    return Sql.text(
            server.dataSource("postgres", server.superuser()),
            "select count(*) from pg_database where datname = '" + database + "'")
        .equals("1");
  }
}
