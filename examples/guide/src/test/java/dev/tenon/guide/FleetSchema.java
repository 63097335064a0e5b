package dev.tenon.guide;

import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.testkit.TestSchema;
import java.util.List;

class FleetSchema implements TestSchema {
  @Override
  public List<Migrations> migrations() {
    return List.of(TenancyMigrations.all(), Fleet.MIGRATIONS);
  }
}
