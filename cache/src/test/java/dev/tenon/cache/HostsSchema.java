package dev.tenon.cache;

import dev.tenon.core.Migrations;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.util.List;

/** Hosts, and what is written behind. */
final class HostsSchema implements TestSchema {

  @Override
  public List<Migrations> migrations() {
    return List.of(
        TenancyMigrations.all(),
        Outbox.migrations(),
        WriteBehind.migrations(),
        Migrations.named("hosts")
            .script(
                "V1__hosts.sql",
                """
                create table public.hosts (
                  tenant_id uuid not null default tenon.current_tenant(),
                  id text not null,
                  revision bigint not null,
                  primary key (tenant_id, id)
                );
                """)
            .script("V2__policies.sql", TenantTable.rls("public", "hosts").sql())
            .script(
                "V3__written.sql",
                """
                create table public.written (
                  tenant_id uuid not null default tenon.current_tenant(),
                  id text not null,
                  revision bigint not null,
                  version bigint not null,
                  primary key (tenant_id, id)
                );
                """)
            .script("V4__policies.sql", TenantTable.rls("public", "written").sql()));
  }
}
