package dev.tenon.testkit;

import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import java.util.List;

/** One tenant-owned table. */
final class NotesSchema implements TestSchema {

  @Override
  public List<Migrations> migrations() {
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("notes")
            .script(
                "V1__notes.sql",
                """
                create table public.notes (
                  tenant_id uuid not null default tenon.current_tenant(),
                  body text not null
                );
                """)
            .script("V2__policies.sql", TenantTable.rls("public", "notes").sql()));
  }
}
