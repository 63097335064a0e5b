package dev.tenon.tenancy;

import dev.tenon.core.Migrations;

/**
 * The SQL that tenancy itself needs, in the schema {@code tenon}: the function {@code
 * current_tenant()} and the table {@code isolation}, which holds what {@link TenantTables} declare.
 */
public final class TenancyMigrations {

  private TenancyMigrations() {}

  /** Run these before the application's own; policies call the function. */
  public static Migrations all() {
    return Migrations.named("tenancy")
        .resource(TenancyMigrations.class, "V1__current_tenant.sql")
        .resource(TenancyMigrations.class, "V2__isolation.sql")
        .resource(TenancyMigrations.class, "V3__admin_log.sql")
        .resource(TenancyMigrations.class, "V4__tenant.sql")
        .resource(TenancyMigrations.class, "V5__restored_from.sql")
        .resource(TenancyMigrations.class, "V6__fit_tables.sql")
        .resource(TenancyMigrations.class, "V7__readers_of_a_fence.sql")
        .resource(TenancyMigrations.class, "V8__labels_of_age.sql");
  }
}
