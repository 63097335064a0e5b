package dev.tenon.tenancy.audit;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.TenantTables;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** A schema that keeps its tenants apart, in every way that Tenon offers, and room for holes. */
final class AuditedSchema implements AutoCloseable {

  private static final TenantTable CUSTOMERS =
      TenantTable.rls("public", "customers").key("id").unique("email");

  static final TenantTables TABLES =
      TenantTables.of(
          CUSTOMERS,
          TenantTable.fence("public", "notes").key("id").foreignKey(CUSTOMERS, "customer_id"),
          TenantTable.shared("public", "countries"),
          TenantTable.rls("public", "events").key("id", "time"),
          TenantTable.fence("public", "samples").key("series", "time"),
          TenantTable.rls("public", "readings").key("time"),
          TenantTable.rls("public", "docs").key("id"));

  private static final Migrations MIGRATIONS =
      Migrations.named("clean")
          .script(
              "V1__tables.sql",
              """
              create table public.customers (tenant_id uuid, id uuid, email text);
              create table public.notes (
                tenant_id uuid, id uuid, customer_id uuid, body text, rank numeric,
                words tsvector);
              create table public.countries (code text primary key);
              create table public.events (tenant_id uuid, id uuid, time timestamptz, body text)
                partition by range (time);
              create schema parts;
              create table parts.events_2026 partition of public.events
                for values from ('2026-01-01') to ('2027-01-01');
              create table public.samples (
                tenant_id uuid, series text, time timestamptz not null, value float8);
              select create_hypertable('public.samples', 'time');
              create schema chunks;
              create table public.readings (tenant_id uuid, time timestamptz not null);
              select create_hypertable('public.readings', 'time',
                associated_schema_name => 'chunks');
              create table public.docs (tenant_id uuid, id uuid, body text, meaning vector(3));
              create index on public.docs using hnsw (meaning vector_cosine_ops);
              create view public.mails with (security_invoker = true) as
                select tenant_id, email from public.customers;
              create function public.twice(x int) returns int language sql return 2 * x;
              """)
          .script("V2__isolation.sql", TABLES.sql())
          .script(
              "V3__rows.sql",
              """
              set local app.current_tenant = '0191f6c0-0000-7000-8000-00000000000a';
              insert into public.samples (series, time, value) values ('cpu', '2026-01-01', 1);
              create view public.bodies as select body from public.notes;
              """);

  private static final DatabaseTemplate TEMPLATE =
      DatabaseTemplate.of(
              "audited",
              TenancyMigrations.all().fingerprint() + MIGRATIONS.fingerprint(),
              made -> {
                try (Database owner = open(made, made.owner())) {
                  owner.migrate(TenancyMigrations.all(), MIGRATIONS);
                }
                run(
                    made,
                    made.owner(),
                    "revoke insert, update, delete on public.countries from \"%s\""
                        .formatted(made.application().user()));
              })
          .withExtensions("timescaledb", "vector");

  final TestDatabase made = TestDatabase.create(TEMPLATE);
  final Database owner = open(made, made.owner());

  AuditedSchema() {
    // A copy of a database does not take the rights on the database with it.
    run(
        made,
        made.owner(),
        "revoke temporary on database \"%s\" from public, \"%s\""
            .formatted(made.name(), made.application().user()));
  }

  static Database open(TestDatabase made, Credentials role) {
    return Database.open(
        DatabaseConfig.url(made.url())
            .user(role.user())
            .password(role.password())
            .poolSize(1)
            .build());
  }

  /** Findings that call for something to be done. */
  List<Finding> findings() {
    return audit().findings();
  }

  TenancyAudit audit() {
    return TenancyAudit.of(owner).roles(made.application().user());
  }

  /**
   * As the superuser; {@code ${app}} and {@code ${database}} stand for names that need no quotes.
   */
  void run(String sql) {
    run(made, made.superuser(), named(sql));
  }

  /** As the owner. */
  void runAsOwner(String sql) {
    run(made, made.owner(), named(sql));
  }

  String named(String sql) {
    return sql.replace("${app}", made.application().user())
        .replace("${owner}", made.owner().user())
        .replace("${database}", made.name());
  }

  private static void run(TestDatabase made, Credentials role, String sql) {
    try (Connection connection = made.dataSource(role).getConnection();
        Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    } catch (SQLException error) {
      throw new AssertionError(error.getMessage() + "\n" + sql, error);
    }
  }

  @Override
  public void close() {
    owner.close();
    made.close();
  }
}
