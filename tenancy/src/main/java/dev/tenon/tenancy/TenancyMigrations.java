package dev.tenon.tenancy;

import dev.tenon.core.Migrations;

/**
 * The SQL that tenancy itself needs: the schema {@code tenon} and the function {@code
 * tenon.current_tenant()}.
 */
public final class TenancyMigrations {

  private TenancyMigrations() {}

  /** Run these before the application's own; policies call the function. */
  public static Migrations all() {
    return Migrations.named("tenancy").resource(TenancyMigrations.class, "V1__current_tenant.sql");
  }
}
