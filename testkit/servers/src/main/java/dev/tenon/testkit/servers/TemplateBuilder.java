package dev.tenon.testkit.servers;

import java.sql.SQLException;

/** Makes the database that copies are taken from, once per server however many JVMs want it. */
final class TemplateBuilder {
  private final ServerDatabases databases;
  private final PostgresServer server;
  private final DatabaseTemplate template;
  private final String name;
  private final Credentials owner;
  private final Credentials application;

  TemplateBuilder(
      ServerDatabases databases,
      PostgresServer server,
      DatabaseTemplate template,
      String name,
      Credentials owner,
      Credentials application) {
    this.databases = databases;
    this.server = server;
    this.template = template;
    this.name = name;
    this.owner = owner;
    this.application = application;
  }

  void build() {
    databases.asSuperuser(
        "postgres",
        sql -> {
          sql.lock(name);
          if (sql.exists(AdminSql.SEALED, name)) {
            return true;
          }
          // Whoever was making it did not get to the end.
          sql.execute("DROP DATABASE IF EXISTS %s WITH (FORCE)", sql.name(name));
          sql.execute(
              "CREATE DATABASE %s TEMPLATE template0 OWNER %s STRATEGY FILE_COPY",
              sql.name(name), sql.name(owner.user()));
          try {
            createExtensions();
            databases.grant(sql, template, name);
            closeLargeObjects();
            grantToApplication();
            prepare();
          } catch (TestServerException e) {
            sql.execute("DROP DATABASE IF EXISTS %s WITH (FORCE)", sql.name(name));
            throw e;
          }
          seal(sql);
          return true;
        });
  }

  private void createExtensions() {
    if (template.extensions().isEmpty()) {
      return;
    }
    databases.asSuperuser(
        name,
        sql -> {
          for (String extension : template.extensions()) {
            sql.execute("CREATE EXTENSION IF NOT EXISTS %s CASCADE", sql.name(extension));
          }
          return true;
        });
  }

  /** They belong to no tenant; as the migration of the roles leaves it. */
  private void closeLargeObjects() {
    databases.asSuperuser(
        name,
        sql ->
            sql.execute(
                """
                REVOKE EXECUTE ON FUNCTION
                  pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid),
                  pg_catalog.lo_from_bytea(oid, bytea)
                FROM PUBLIC
                """));
  }

  private void grantToApplication() {
    AdminSql.run(
        server.dataSource(name, owner),
        sql ->
            sql.execute(
                """
                GRANT USAGE ON SCHEMA public TO %1$s;
                ALTER DEFAULT PRIVILEGES IN SCHEMA public
                  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %1$s;
                ALTER DEFAULT PRIVILEGES IN SCHEMA public
                  GRANT USAGE, SELECT ON SEQUENCES TO %1$s
                """,
                sql.name(application.user())));
  }

  private void prepare() {
    try {
      template.preparation().prepare(databases.handle(name));
    } catch (RuntimeException e) {
      throw e instanceof TestServerException known ? known : failed(e);
    } catch (Exception e) {
      throw failed(e);
    }
  }

  private TestServerException failed(Exception cause) {
    return new TestServerException(
        "the template \"" + template.name() + "\" could not be prepared: " + cause, cause);
  }

  /** TimescaleDB's scheduler reattaches to a database that is not marked so, and copying fails. */
  private void seal(AdminSql sql) throws SQLException {
    sql.execute("ALTER DATABASE %s ALLOW_CONNECTIONS false", sql.name(name));
    sql.execute(
        """
        select pg_catalog.pg_terminate_backend(pid, 5000)
        from pg_catalog.pg_stat_activity where datname = %s and pid <> pg_catalog.pg_backend_pid()
        """,
        sql.text(name));
    sql.execute("ALTER DATABASE %s IS_TEMPLATE true", sql.name(name));
  }
}
