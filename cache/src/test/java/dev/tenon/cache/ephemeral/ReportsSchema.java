package dev.tenon.cache.ephemeral;

import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.util.List;

/** One tenant-owned table. */
final class ReportsSchema implements TestSchema {

  @Override
  public List<Migrations> migrations() {
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("reports")
            .script(
                "V1__reports.sql",
                """
                create table public.reports (
                  tenant_id uuid not null default tenon.current_tenant(),
                  id text not null,
                  body text not null,
                  fence bigint not null,
                  primary key (tenant_id, id)
                );
                """)
            .script("V2__policies.sql", TenantTable.rls("public", "reports").sql()));
  }
}
