package dev.tenon.tenancy;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Migrations;
import dev.tenon.core.Repository;
import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.PgBouncerServer;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.Objects;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Two tenants, hosts and incidents, opened as the application role with one connection. */
final class Fleet implements BeforeEachCallback, AfterEachCallback {

  static final TenantId ACME = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  static final TenantId BOLT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000b");

  static final Table<Record> HOSTS = DSL.table(DSL.name("hosts"));
  static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  static final Field<UUID> TENANT = DSL.field(DSL.name("tenant_id"), SQLDataType.UUID);
  static final Field<String> NAME = DSL.field(DSL.name("name"), SQLDataType.VARCHAR);
  static final Field<Integer> VERSION = DSL.field(DSL.name("version"), SQLDataType.INTEGER);

  static final Repository<Host, UUID> REPOSITORY =
      Repository.of(HOSTS, Host.class).id(ID).version(VERSION).build();

  static final Migrations MIGRATIONS =
      Migrations.named("fleet")
          .script(
              "V1__fleet.sql",
              """
              create table public.hosts (
                tenant_id uuid not null,
                id uuid not null,
                name text not null,
                version int not null,
                primary key (tenant_id, id)
              );
              create table public.incidents (
                tenant_id uuid not null,
                id uuid not null,
                host_id uuid not null,
                primary key (tenant_id, id),
                foreign key (tenant_id, host_id) references public.hosts (tenant_id, id)
              );
              """)
          .script(
              "V2__policies.sql",
              TenantTable.rls("public", "hosts").sql()
                  + TenantTable.rls("public", "incidents").sql());

  private static final DatabaseTemplate TEMPLATE =
      DatabaseTemplate.of(
          "fleet",
          TenancyMigrations.all().fingerprint() + MIGRATIONS.fingerprint(),
          made -> {
            try (Database owner = open(made, made.owner(), 1)) {
              owner.migrate(TenancyMigrations.all(), MIGRATIONS);
            }
          });

  record Host(UUID id, String name, int version) {
    static Host named(String name) {
      return new Host(UuidV7.next(), name, 1);
    }
  }

  private @Nullable TestDatabase made;
  private @Nullable Database database;

  Database database() {
    return Objects.requireNonNull(database, "only within a test");
  }

  TestDatabase made() {
    return Objects.requireNonNull(made, "only within a test");
  }

  TenantDatabase tenants() {
    return TenantDatabase.on(database());
  }

  static Database open(TestDatabase made, Credentials role, int poolSize) {
    return Database.open(
        DatabaseConfig.url(made.url())
            .user(role.user())
            .password(role.password())
            .poolSize(poolSize)
            .build());
  }

  /** A client of a pooler, with one connection to it. */
  static Database open(PgBouncerServer pooler, Credentials role) {
    return Database.open(
        DatabaseConfig.url(pooler.url())
            .user(role.user())
            .password(role.password())
            .poolSize(1)
            .transactionPooler(true)
            .build());
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    made = TestDatabase.create(TEMPLATE);
    database = open(made(), made().application(), 1);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    database().close();
    made().close();
  }
}
