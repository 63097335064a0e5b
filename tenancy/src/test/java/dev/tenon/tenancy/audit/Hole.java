package dev.tenon.tenancy.audit;

import static dev.tenon.tenancy.audit.Finding.Rule.*;

import dev.tenon.tenancy.audit.Finding.Rule;
import dev.tenon.tenancy.audit.Finding.Severity;
import java.util.List;
import java.util.stream.Stream;

/**
 * A hole to plant into the audited schema.
 *
 * @param severity how bad it is there
 * @param plant the SQL that makes it
 * @param isOfSuperuser whether only a superuser can make and mend it; else the owner does
 */
record Hole(Rule rule, Severity severity, String object, String plant, boolean isOfSuperuser) {

  /** A table of its own that is right. */
  static String table(String name, String columns) {
    return """
        create table public.%1$s (
          tenant_id uuid not null default tenon.current_tenant(), %2$s);
        alter table public.%1$s enable row level security;
        alter table public.%1$s force row level security;
        create policy tenant on public.%1$s
          using (tenant_id = (select tenon.current_tenant()))
          with check (tenant_id = (select tenon.current_tenant()));
        create index on public.%1$s (tenant_id);
        insert into tenon.isolation values ('public.%1$s', 'RLS', 'tenant_id', null);
        """
        .formatted(name, columns);
  }

  /** A right table whose tenant column has another name. */
  private static String declaredByOrganisation(String name) {
    return "create table public.%s (org_id uuid, x int);".formatted(name)
        + dev.tenon.tenancy.TenantTable.rls("public", name).tenantColumn("org_id").sql();
  }

  static Hole hole(Rule rule, String object, String plant) {
    return new Hole(rule, rule.severity(), object, plant, false);
  }

  private static Hole policy(Rule rule, String table, String policy) {
    return hole(
        rule,
        "tenant on public." + table,
        table(table, "id uuid")
            + "drop policy tenant on public.%1$s; create policy tenant on public.%1$s %2$s;"
                .formatted(table, policy));
  }

  Hole with(Severity other) {
    return new Hole(rule, other, object, plant, isOfSuperuser);
  }

  Hole bySuperuser() {
    return new Hole(rule, severity, object, plant, true);
  }

  /** Makes or mends it. */
  void run(AuditedSchema schema, String sql) {
    if (isOfSuperuser) {
      schema.run(sql);
    } else {
      schema.runAsOwner(sql);
    }
  }

  private static final List<Hole> OF_TABLES =
      List.of(
          hole(
              TENANT_COLUMN_MISSING,
              "public.lost_column",
              table("lost_column", "id uuid")
                  + "drop policy tenant on public.lost_column;"
                  + "alter table public.lost_column drop column tenant_id"),
          hole(
              TENANT_COLUMN_NULLABLE,
              "public.nullable",
              table("nullable", "id uuid")
                  + "alter table public.nullable alter column tenant_id drop not null"),
          hole(
              UNDECLARED_TABLE,
              "public.undeclared_rls",
              table("undeclared_rls", "id uuid")
                  + "delete from tenon.isolation where relation = 'public.undeclared_rls'::regclass"),
          hole(
              UNDECLARED_TABLE,
              "public.\"odd \"\" . name\n'é$$\"",
              "create table public.\"odd \"\" . name\n'é$$\" (id int)"),
          hole(
              SHARED_WITH_TENANT_COLUMN,
              "public.said_shared",
              """
              create table public.said_shared (tenant_id uuid not null);
              revoke insert, update, delete on public.said_shared from ${app};
              create index on public.said_shared (tenant_id);
              insert into tenon.isolation values ('public.said_shared', 'SHARED');
              """),
          hole(
              ROW_SECURITY_OFF,
              "public.\"no.rls \"\"here\"",
              """
              create table public."no.rls ""here" (tenant_id uuid not null, id uuid);
              create index on public."no.rls ""here" (tenant_id);
              """),
          hole(
              SHARED_WITH_TENANT_COLUMN,
              "public.setting",
              declaredByOrganisation("organised")
                  + """
                  create table public.setting (org_id uuid not null, x int);
                  revoke insert, update, delete on public.setting from ${app};
                  create index on public.setting (org_id);
                  insert into tenon.isolation values ('public.setting', 'SHARED');
                  """),
          hole(
              ROW_SECURITY_OFF,
              "public.stray",
              declaredByOrganisation("organised_too")
                  + "create table public.stray (org_id uuid not null, x int);"
                  + "create index on public.stray (org_id)"),
          hole(
              ROW_SECURITY_OFF,
              "public.\"stray default\"",
              """
              create table public."stray default" (
                "the owner" uuid not null default tenon.current_tenant(), x int);
              create index on public."stray default" ("the owner");
              """),
          hole(
              ROW_SECURITY_OFF,
              "public.switched_off",
              table("switched_off", "id uuid")
                  + "alter table public.switched_off disable row level security"),
          hole(
              ROW_SECURITY_NOT_FORCED,
              "public.unforced",
              table("unforced", "id uuid")
                  + "alter table public.unforced no force row level security"),
          hole(
              NO_POLICY,
              "public.no_policy",
              table("no_policy", "id uuid") + "drop policy tenant on public.no_policy"),
          policy(POLICY_IGNORES_TENANT, "always_true", "using (true)"),
          policy(
              POLICY_IGNORES_TENANT,
              "lax_check",
              "using (tenant_id = (select tenon.current_tenant())) with check (true)"),
          policy(POLICY_IGNORES_TENANT, "other_column", "using (id = tenon.current_tenant())"),
          policy(
              POLICY_IGNORES_TENANT,
              "other_setting",
              "using (tenant_id = (select current_setting('app.org')::uuid))"),
          hole(
              SEVERAL_PERMISSIVE_POLICIES,
              "\"second ' one\" on public.two_policies",
              table("two_policies", "id uuid")
                  + """
                  create policy "second ' one" on public.two_policies for select
                    using (tenant_id = (select tenon.current_tenant()) or id is null);
                  """),
          policy(
              POLICY_WITHOUT_CHECK,
              "no_check",
              "using (tenant_id = (select tenon.current_tenant()))"),
          hole(
              POLICY_FOR_SOME_COMMANDS,
              "public.select_only",
              table("select_only", "id uuid")
                  + """
                  drop policy tenant on public.select_only;
                  create policy tenant on public.select_only for select
                    using (tenant_id = (select tenon.current_tenant()));
                  """),
          policy(
              POLICY_DRIFT,
              "edited",
              "using (tenant_id = (select tenon.current_tenant()) or id is null)"
                  + " with check (tenant_id = (select tenon.current_tenant()))"),
          hole(
                  POLICY_DRIFT,
                  "\"re\"\"named\" on public.renamed",
                  table("renamed", "id uuid")
                      + "alter policy tenant on public.renamed rename to \"re\"\"named\"")
              .with(Severity.WARNING),
          policy(
              TENANT_READ_PER_ROW,
              "per_row",
              "using (tenant_id = tenon.current_tenant())"
                  + " with check (tenant_id = tenon.current_tenant())"),
          hole(
              TENANT_READ_PER_ROW,
              "recent on public.per_row_too",
              table("per_row_too", "id uuid")
                  + """
                  create policy recent on public.per_row_too as restrictive
                    using (tenant_id = current_setting('app.current_tenant')::uuid);
                  """),
          hole(
              FENCE_DRIFT,
              "public.notes",
              """
              create or replace view public.notes as
                select tenant_id, id, customer_id, body, rank, words from fenced.notes
                 where tenant_id = (select tenon.current_tenant()) or rank is null
                with cascaded check option
              """),
          hole(FENCE_DRIFT, "public.notes", "alter view public.notes reset (check_option)"),
          hole(
              FENCE_DRIFT, "public.notes", "alter view public.notes set (security_invoker = true)"),
          hole(
              FENCE_DRIFT,
              "public.samples",
              """
              create or replace view public.samples as
                select tenant_id, (select max(x.series) from fenced.samples x) as series, time,
                       value
                  from fenced.samples where tenant_id = (select tenon.current_tenant())
                  with cascaded check option
              """
                  .replace(" with cascaded check option", "")),
          hole(
              FENCE_DRIFT,
              "\"in ' stead\" on public.notes",
              """
              create function public.nowhere() returns trigger language plpgsql
                as 'begin return new; end';
              create trigger "in ' stead" instead of insert on public.notes
                for each row execute function public.nowhere();
              """),
          hole(
              TENANT_DEFAULT,
              "public.docs",
              "alter table public.docs alter column tenant_id drop default"),
          hole(
              TENANT_DEFAULT,
              "public.samples",
              "alter view public.samples alter column tenant_id set default gen_random_uuid()"),
          hole(FENCE_COLUMNS, "public.notes", "alter table fenced.notes add column extra text"),
          hole(FENCE_SCHEMA_OPEN, "fenced", "grant usage on schema fenced to ${app}"),
          hole(FENCE_BASE_GRANTED, "fenced.notes", "grant select (body) on fenced.notes to ${app}"),
          hole(
              FENCE_WITHOUT_BARRIER,
              "public.plain",
              table("plain", "id uuid")
                  + dev.tenon.tenancy.TenantTable.fence("public", "plain").withoutBarrier().sql()),
          hole(
              NO_TENANT_INDEX,
              "public.unindexed",
              table("unindexed", "id uuid")
                  + """
                  drop index public.unindexed_tenant_id_idx;
                  create index on public.unindexed (id, tenant_id);
                  create index on public.unindexed (tenant_id) where id is null;
                  """),
          hole(
              INDEX_NOT_LEAKPROOF,
              "public.by_words",
              table("searched", "words tsvector")
                  + "create index by_words on public.searched using gin (words)"),
          hole(
              INDEX_NOT_LEAKPROOF,
              "fenced.by_rank",
              table("ranked", "rank numeric")
                  + "create index by_rank on public.ranked (tenant_id, rank);"
                  + dev.tenon.tenancy.TenantTable.fence("public", "ranked").sql()),
          hole(
              INDEX_NOT_LEAKPROOF,
              "public.by_amount",
              table("priced", "amount numeric, at timestamptz, name text, size int, share float8")
                  + """
                  create index by_amount on public.priced (tenant_id, amount);
                  create index on public.priced (tenant_id, at, name, size, share);
                  """),
          hole(
              SHARED_SEQUENCE,
              "public.numbered_id_seq",
              table("numbered", "id bigint generated always as identity")),
          hole(
              SHARED_SEQUENCE,
              "public.\"num ' bers\"",
              "create sequence public.\"num ' bers\";"
                  + table("counted", "id bigint default nextval('public.\"num '' bers\"')")),
          hole(
                  DEFINER_VIEW,
                  "public.all_mails",
                  """
                  create view public.inner_mails with (security_invoker = true) as
                    select email from public.customers;
                  create view public.all_mails as select email from public.inner_mails;
                  """)
              .with(Severity.WARNING),
          hole(
              DEFINER_VIEW,
              "public.all_notes",
              "create view public.all_notes as select body from fenced.notes"),
          hole(
              MATERIALIZED_VIEW,
              "public.kept",
              """
              create materialized view public.kept as
                select count(*) from public.customers with no data
              """),
          hole(
              MATERIALIZED_VIEW,
              "public.kept_notes",
              """
              create materialized view public.kept_notes as
                select count(*) from public.notes with no data
              """),
          hole(
              PARTITION_GRANTED,
              "parts.events_2026",
              "alter table parts.events_2026 disable row level security; grant usage on schema parts to ${app}; grant select on parts.events_2026 to ${app}"),
          hole(
              CHUNKS_REACHABLE,
              "public.metrics",
              """
              create table public.metrics (tenant_id uuid not null, time timestamptz not null,
                primary key (tenant_id, time));
              """
                  + "select create_hypertable('public.metrics', 'time');"
                  + dev.tenon.tenancy.TenantTable.rls("public", "metrics").sql()),
          hole(
              UNBOUND_RIGHTS,
              "public.customers",
              "grant truncate, references on public.customers to public"),
          hole(UNBOUND_RIGHTS, "public.notes", "grant trigger on public.notes to ${app}"),
          hole(
              DEFAULT_PRIVILEGES,
              "fenced",
              "alter default privileges in schema fenced grant select on tables to ${app}"),
          hole(
              DEFAULT_PRIVILEGES,
              "parts",
              "alter default privileges in schema parts grant select on tables to ${app}"),
          hole(
              DEFAULT_PRIVILEGES,
              "${owner}",
              "alter default privileges grant insert on tables to public"),
          hole(
              SHARED_WRITABLE,
              "public.countries",
              "grant insert, delete on public.countries to ${app}"),
          hole(
              SHARED_WRITABLE,
              "public.units",
              """
              create table public.units (code text, name text);
              revoke all on public.units from ${app};
              grant update (name) on public.units to public;
              insert into tenon.isolation values ('public.units', 'SHARED');
              """),
          hole(
              PUBLICATION,
              "\"out ' side\"",
              """
              create publication "filtered" for table public.customers
                where (tenant_id = '0191f6c0-0000-7000-8000-00000000000a');
              create publication "out ' side" for table public.customers;
              """),
          hole(STALE_DECLARATION, "", table("gone", "id uuid") + "drop table public.gone"));

  static final List<Hole> ALL =
      Stream.of(
              KeyHoles.ALL,
              OF_TABLES,
              ExtensionHoles.ALL,
              CodeHoles.ALL,
              BodyHoles.ALL,
              RegistryHoles.ALL,
              ServerHoles.ALL)
          .flatMap(List::stream)
          .toList();
}
