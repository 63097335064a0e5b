package dev.tenon.testkit.servers;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Templates, their copies and their roles on one server. */
final class ServerDatabases implements AutoCloseable {
  private final PostgresServer server;
  private final PostgresBackend backend;
  private final Credentials owner;
  private final Credentials application;
  private final AdminSessions sessions;
  private final Shared<Boolean> roles = new Shared<>(this::makeRoles);
  private final Map<String, Shared<ClonePool>> pools = new ConcurrentHashMap<>();
  private final ExecutorService making = background("tenon-testkit-clone");
  private final ExecutorService dropping = background("tenon-testkit-drop");
  private final AtomicInteger serial = new AtomicInteger();
  private final String token =
      Long.toString(ProcessHandle.current().pid(), 36) + Secrets.random().substring(0, 6);

  /** Held open, with its locks, for as long as this JVM lives. */
  private @Nullable Connection mark;

  ServerDatabases(PostgresServer server, PostgresBackend backend) {
    this.server = server;
    this.backend = backend;
    this.sessions = new AdminSessions(server.dataSource("postgres", backend.superuser()));
    String secret = backend.superuser().password();
    this.owner = new Credentials("tenon_owner", Secrets.derived("owner", secret));
    this.application = new Credentials("tenon_app", Secrets.derived("application", secret));
    if (backend.server().outlivesUs()) {
      Runtime.getRuntime().addShutdownHook(new Thread(this::close, "tenon-testkit-cleanup"));
    }
  }

  private static ExecutorService background(String name) {
    return Executors.newSingleThreadExecutor(
        work -> {
          Thread thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  TestDatabase take(DatabaseTemplate template) {
    String name = template.databaseName();
    return handle(
        pools.computeIfAbsent(name, key -> new Shared<>(() -> pool(template, name))).get().take());
  }

  private ClonePool pool(DatabaseTemplate template, String name) {
    roles.get();
    new TemplateBuilder(this, server, template, name, owner, application).build();
    return new ClonePool(making, () -> copy(template, name));
  }

  TestDatabase handle(String name) {
    return new TestDatabase(server, this, name, owner, application);
  }

  /** Runs {@code work} as the superuser in {@code database}. */
  <R> R asSuperuser(String database, AdminSql.Work<R> work) {
    return AdminSql.run(server.dataSource(database, server.superuser()), work);
  }

  private boolean makeRoles() {
    if (backend.server().outlivesUs()) {
      dropLeftovers();
    }
    return asSuperuser(
        "postgres",
        sql -> {
          sql.lock("tenon-testkit-roles");
          for (Credentials role : List.of(owner, application)) {
            String verb = sql.exists(AdminSql.ROLE, role.user()) ? "ALTER" : "CREATE";
            sql.execute(
                "%s ROLE %s LOGIN PASSWORD %s NOCREATEDB NOCREATEROLE",
                verb, sql.name(role.user()), sql.text(role.password()));
          }
          sql.execute(
              "GRANT %s TO CURRENT_USER WITH INHERIT TRUE, SET TRUE", sql.name(owner.user()));
          return true;
        });
  }

  private void dropLeftovers() {
    try {
      Connection connection = server.dataSource("postgres", server.superuser()).getConnection();
      mark = connection;
      Leftovers.after(connection, token).forEach(name -> discard(name, List.of()));
    } catch (SQLException e) {
      throw AdminSql.failure(e);
    }
  }

  /** Tells other JVMs that this database is not to be dropped when we are gone. */
  void keep(String database) {
    if (backend.server().outlivesUs()) {
      asSuperuser(
          "postgres",
          sql ->
              sql.execute(
                  "COMMENT ON DATABASE %s IS %s", sql.name(database), sql.text(Leftovers.KEPT)));
    }
  }

  private String copy(DatabaseTemplate template, String from) {
    String name =
        "tenon_%s_%s_%d"
            .formatted(template.name(), token, serial.incrementAndGet())
            .toLowerCase(Locale.ROOT);
    sessions.run(
        sql -> {
          sql.execute(
              "CREATE DATABASE %s TEMPLATE %s OWNER %s STRATEGY FILE_COPY",
              sql.name(name), sql.name(from), sql.name(owner.user()));
          return grant(sql, template, name);
        });
    return name;
  }

  /** Rights and settings of the database itself are not copied from its template. */
  boolean grant(AdminSql sql, DatabaseTemplate template, String database) throws SQLException {
    sql.execute(
        "REVOKE ALL ON DATABASE %1$s FROM PUBLIC; GRANT CONNECT ON DATABASE %1$s TO %2$s",
        sql.name(database), sql.name(application.user()));
    if (template.extensions().contains("age")) {
      // Not for the whole server: loaded in a database without the extension, AGE breaks DROP.
      sql.execute("ALTER DATABASE %s SET session_preload_libraries = 'age'", sql.name(database));
    }
    return true;
  }

  List<OpenSession> openSessions(String database) {
    return sessions.run(sql -> sql.openSessions(database));
  }

  Credentials createRole(TestDatabase database, String label, List<String> options) {
    if (!label.matches("[a-z][a-z0-9_]{0,19}")) {
      throw new IllegalArgumentException(
          "the label of a role is up to 20 lower-case letters, digits and underscores, not "
              + label);
    }
    String name = "tenon_%s_%s_%d".formatted(label, token, serial.incrementAndGet());
    Credentials role = new Credentials(name, Secrets.random());
    sessions.run(
        sql ->
            sql.execute(
                "CREATE ROLE %1$s LOGIN PASSWORD %2$s %3$s; GRANT CONNECT ON DATABASE %4$s TO %1$s",
                sql.name(name),
                sql.text(role.password()),
                String.join(" ", options),
                sql.name(database.name())));
    return role;
  }

  /** A session that has just ended delays the drop, so it never runs on the caller's thread. */
  void discard(String database, List<String> extraRoles) {
    dropping.execute(
        () -> {
          try {
            drop(database, extraRoles);
          } catch (TestServerException e) {
            if (dropping.isShutdown() && !backend.server().outlivesUs()) {
              return;
            }
            System.err.println("tenon-testkit: could not drop " + database + ": " + e.getMessage());
          }
        });
  }

  private void drop(String database, List<String> extraRoles) {
    sessions.run(
        sql -> {
          sql.execute("DROP DATABASE IF EXISTS %s WITH (FORCE)", sql.name(database));
          for (String role : extraRoles) {
            sql.execute("DROP ROLE IF EXISTS %s", sql.name(role));
          }
          return true;
        });
  }

  /** On a server that outlives us, drops what is still there; elsewhere all goes with it. */
  @Override
  public void close() {
    making.shutdownNow();
    if (!backend.server().outlivesUs()) {
      dropping.shutdownNow();
      sessions.close();
      return;
    }
    // A copy in the making would otherwise be finished after we looked.
    await(making);
    pools.values().forEach(pool -> pool.get().drain().forEach(name -> discard(name, List.of())));
    dropping.shutdown();
    await(dropping);
    sessions.close();
    Connection held = mark;
    if (held != null) {
      try {
        held.close();
      } catch (SQLException e) {
        System.err.println("tenon-testkit: " + e.getMessage());
      }
    }
  }

  private static void await(ExecutorService executor) {
    try {
      if (!executor.awaitTermination(20, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
