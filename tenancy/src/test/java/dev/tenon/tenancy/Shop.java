package dev.tenon.tenancy;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Migrations;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;

/**
 * The schema of a shop in a database of its own: customers under row-level security, notes behind a
 * fence, shared countries.
 */
public final class Shop implements AutoCloseable {

  static final TenantTable CUSTOMERS =
      TenantTable.rls("public", "customers").key("id").unique("email");
  static final TenantTable NOTES =
      TenantTable.fence("public", "notes").key("id").foreignKey(CUSTOMERS, "customer_id");
  static final TenantTables TABLES =
      TenantTables.of(CUSTOMERS, NOTES, TenantTable.shared("public", "countries"));

  private static final Migrations MIGRATIONS =
      Migrations.named("shop")
          .script(
              "V1__tables.sql",
              """
              create table public.customers (tenant_id uuid, id uuid, email text);
              create table public.notes (
                tenant_id uuid, id uuid, customer_id uuid, body text, rank numeric default 7);
              create table public.countries (code text primary key);
              """)
          .script("V2__isolation.sql", TABLES.sql());

  private static final DatabaseTemplate TEMPLATE =
      DatabaseTemplate.of(
          "shop",
          TenancyMigrations.all().fingerprint() + MIGRATIONS.fingerprint(),
          made -> {
            try (Database owner = Fleet.open(made, made.owner(), 1)) {
              owner.migrate(TenancyMigrations.all(), MIGRATIONS);
            }
          });

  private final TestDatabase made = TestDatabase.create(TEMPLATE);

  public TestDatabase made() {
    return made;
  }

  public Database open(Credentials role) {
    return Fleet.open(made, role, 1);
  }

  /** Opens the database as a role that works across tenants, for the caller to close. */
  public Database openAdmin() {
    return open(createAdmin());
  }

  /** The same through a network that may fail. */
  public Database openAdmin(FaultProxy network) {
    Credentials admin = createAdmin();
    return Database.open(
        DatabaseConfig.url(network.reroute(made.url()))
            .user(admin.user())
            .password(admin.password())
            .poolSize(1)
            .build());
  }

  private Credentials createAdmin() {
    Credentials admin = made.createRole("admin", "BYPASSRLS");
    asSuperuser("grant temporary on database %s to " + admin.user() + " -- %s");
    try (Database owner = open(made.owner())) {
      for (String schema : List.of("public", "fenced", "tenon")) {
        owner
            .sql()
            .execute(
                """
                grant usage on schema %1$s to %2$s;
                grant select, insert, update, delete on all tables in schema %1$s to %2$s
                """
                    .formatted(schema, admin.user()));
      }
    }
    return admin;
  }

  /** Runs a statement with the names of the database and of the application role put in. */
  public void asSuperuser(String sql) {
    try (Database superuser = open(made.superuser())) {
      superuser
          .sql()
          .execute(
              sql.formatted(
                  superuser.sql().fetchValue("select current_database()"),
                  made.application().user()));
    }
  }

  @Override
  public void close() {
    made.close();
  }
}
