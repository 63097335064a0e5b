package dev.tenon.testkit;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * What is in a test's database: extensions, then migrations.
 *
 * <p>The database is made once for each content of the migrations and copied for each test. {@link
 * TenonTest} makes an instance with the constructor without parameters; a {@code main} calls {@link
 * #template()} itself:
 *
 * <pre>{@code
 * try (TestDatabase database = TestDatabase.create(new AppSchema().template())) { … }
 * }</pre>
 */
public interface TestSchema {

  /** The sets of migrations, in the order in which they run, as the owner of the database. */
  List<Migrations> migrations();

  /** The extensions that the migrations need, created first by the superuser; none by default. */
  default Set<String> extensions() {
    return Set.of();
  }

  /** How the database is made, under a name that follows the content. */
  default DatabaseTemplate template() {
    List<Migrations> sets = migrations();
    String content = sets.stream().map(Migrations::fingerprint).collect(Collectors.joining("\n"));
    return DatabaseTemplate.of(
            "schema",
            UUID.nameUUIDFromBytes(content.getBytes(StandardCharsets.UTF_8)).toString(),
            database -> {
              try (Database owner = connect(database, database.owner())) {
                owner.migrate(sets.toArray(Migrations[]::new));
              }
            })
        .withExtensions(extensions().toArray(String[]::new));
  }

  /**
   * Opens a test's database as one of its roles, with up to 10 connections, which are enough for a
   * relay of two consumers; the caller closes it.
   */
  static Database connect(TestDatabase database, Credentials role) {
    return RoleConnections.open(database.url(), role);
  }
}
