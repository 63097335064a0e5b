package dev.tenon.tenancy.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tenon.core.Database;
import dev.tenon.core.JobRuns;
import dev.tenon.core.Operations;
import dev.tenon.core.UuidV7;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.audit.Finding.Rule;
import dev.tenon.tenancy.audit.Finding.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many holes at once, holes that only a superuser can plant, and many tables. */
class PlantedSchemaTest {

  private final AuditedSchema schema = new AuditedSchema();

  @AfterEach
  void close() {
    schema.close();
  }

  @Test
  void every_hole_of_one_schema_is_found_exactly_once() {
    List<Tuple> planted = new ArrayList<>();
    Set<String> objects = new HashSet<>();
    for (Hole hole : Hole.ALL) {
      // Two holes of one fence view, or of one default, are one finding.
      if (objects.add(hole.rule() + " " + hole.object()) && hole.rule() != Rule.FENCE_COLUMNS) {
        hole.run(schema, hole.plant());
        planted.add(
            tuple(
                hole.rule(),
                hole.severity(),
                hole.rule() == Rule.STALE_DECLARATION
                    ? schema
                        .owner
                        .sql()
                        .fetchValue(
                            """
                            select i.relation::text from tenon.isolation i
                             where not exists (select from pg_class c where c.oid = i.relation)
                            """)
                    : schema.named(hole.object())));
      }
    }
    assertThat(schema.findings())
        .extracting(Finding::rule, Finding::severity, Finding::object)
        .containsExactlyInAnyOrderElementsOf(planted);
  }

  @Test
  void every_rule_of_the_audit_has_a_hole() {
    Set<Rule> planted = EnumSet.noneOf(Rule.class);
    Hole.ALL.forEach(hole -> planted.add(hole.rule()));
    assertThat(EnumSet.complementOf(EnumSet.copyOf(planted)))
        .as("rules that other tests hold")
        .containsExactlyInAnyOrder(
            Rule.ROLE_SUPERUSER,
            Rule.ROLE_BYPASSES_ROW_SECURITY,
            Rule.ROLE_OWNS,
            Rule.ROLE_REPLICATES,
            Rule.ROLE_PREDEFINED,
            Rule.ROLE_CREATES_ROLES,
            Rule.ROLE_WATCHES,
            Rule.CREATE_WITHOUT_BARRIER,
            Rule.TEMPORARY_WITHOUT_BARRIER,
            Rule.LEAKPROOF_FUNCTION,
            Rule.CONTINUOUS_AGGREGATE,
            Rule.FOREIGN_TABLE,
            Rule.PARAMETER_GRANTED,
            Rule.MISSING_TABLE,
            Rule.OTHER_ISOLATION,
            Rule.MISSING_KEY);
  }

  @Test
  void what_extensions_bring_is_no_hole() {
    for (String extension :
        List.of(
            "pg_trgm",
            "pg_stat_statements",
            "pgcrypto",
            "btree_gist",
            "citext",
            "dblink",
            "postgres_fdw",
            "pg_walinspect",
            "pageinspect",
            "pg_buffercache",
            "uuid-ossp",
            "hstore")) {
      schema.run("create extension if not exists \"" + extension + "\"");
    }
    assertThat(schema.findings()).isEmpty();
  }

  @Test
  void a_boolean_option_of_a_view_may_be_spelled_in_any_way() {
    schema.runAsOwner(
        """
        create view public.asked with (security_invoker = yes) as select email from public.customers;
        alter view public.notes set (security_barrier = 1, check_option = 'CASCADED');
        """);
    assertThat(schema.findings()).isEmpty();
    assertThat(AuditedSchema.TABLES.diff(schema.owner)).isEmpty();
  }

  @Test
  void a_foreign_table_with_a_tenant_column_is_found() {
    schema.run(
        """
        create foreign data wrapper nowhere;
        create server elsewhere foreign data wrapper nowhere;
        create foreign table public.remote (tenant_id uuid) server elsewhere;
        grant select on public.remote to ${app};
        """);
    findsAndMends(Rule.FOREIGN_TABLE, "public.remote");
  }

  @Test
  void a_foreign_table_whose_column_has_the_tenant_as_its_default_is_found() {
    schema.run(
        """
        create foreign data wrapper nowhere;
        create server elsewhere foreign data wrapper nowhere;
        create foreign table public.remote (org uuid default tenon.current_tenant())
          server elsewhere;
        grant select on public.remote to ${app};
        """);
    findsAndMends(Rule.FOREIGN_TABLE, "public.remote");
  }

  /** Its tenant column is its key: {@code id} says nothing of the owner of another table's row. */
  @Test
  void the_column_of_a_table_with_one_row_for_each_tenant_is_no_tenant_column_elsewhere() {
    schema.runAsOwner(
        """
        create table public.organisation (id uuid primary key, name text);
        create table public.currency (id uuid primary key, code text);
        revoke insert, update, delete on public.currency from ${app};
        """);
    schema.runAsOwner(TenantTable.rls("public", "organisation").tenantColumn("id").sql());
    schema.runAsOwner(TenantTable.shared("public", "currency").sql());
    assertThat(schema.findings()).isEmpty();
  }

  /** As its own caller, which mends other views, it would be refused. */
  @Test
  void a_view_over_the_base_of_a_fence_is_made_anew_over_the_view_of_the_fence() {
    schema.runAsOwner(
        """
        create view public."first ""lines" with (security_barrier = true) as
          select c.email, n.body || ' FROM' as line
            from fenced.notes n join public.countries x on true
            join public.customers c on c.id = n.customer_id;
        create view public.notes_of_all as select id, body from fenced.notes where rank is null;
        create view public.above as select id from public.notes_of_all;
        grant select on public.notes_of_all, public.above, public."first ""lines" to ${app};
        """);
    assertThat(fix("public.above")).contains("-- Mend the view that it reads first");
    schema.runAsOwner(fix("public.notes_of_all"));
    schema.runAsOwner(fix("public.\"first \"\"lines\""));
    assertThat(schema.findings())
        .extracting(Finding::rule, Finding::object, Finding::fix)
        .containsExactly(
            tuple(
                Rule.DEFINER_VIEW,
                "public.\"first \"\"lines\"",
                "alter view public.\"first \"\"lines\" set (security_invoker = true);"));
    schema.runAsOwner(fix("public.\"first \"\"lines\""));
    assertThat(schema.findings()).isEmpty();
    try (Database application = AuditedSchema.open(schema.made, schema.made.application())) {
      TenantSession acme = TenantDatabase.on(application).as(UuidV7.next());
      assertThat(acme.sql().fetch("select id from notes_of_all")).isEmpty();
      assertThat(acme.sql().fetch("select line from \"first \"\"lines\"")).isEmpty();
    }
  }

  @Test
  void a_view_over_the_bases_of_two_fences_is_left_to_somebody() {
    schema.runAsOwner("create view public.pair as select body from fenced.notes, fenced.samples");
    assertThat(fix("public.pair"))
        .contains("-- Create it again, over the view of the fence:")
        .matches(fix -> fix.lines().allMatch(line -> line.startsWith("--")));
  }

  private String fix(String object) {
    return schema.findings().stream()
        .filter(finding -> finding.object().equals(object))
        .map(Finding::fix)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void a_function_that_says_it_is_leakproof_is_found() {
    schema.run(
        """
        create function public.peek(text) returns boolean language plpgsql cost 0.1 leakproof
          as $$ begin raise notice '%', $1; return true; end $$;
        alter function public.peek(text) owner to ${owner};
        create function public.kept_in(text) returns boolean language sql leakproof return true;
        revoke all on function public.kept_in(text) from public;
        create function public.honest(text) returns boolean language sql cost 0.0001 return true;
        """);
    findsAndMends(Rule.LEAKPROOF_FUNCTION, "public.peek(text)");
  }

  @Test
  void a_tenant_that_is_set_for_the_database_is_found() {
    schema.run(
        """
        alter database ${database} set app.current_tenant = '0191f6c0-0000-7000-8000-00000000000a'
        """);
    findsAndMends(Rule.PRESET_TENANT, schema.made.name());
  }

  @Test
  void a_tenant_that_is_set_for_a_function_of_tenon_is_found() {
    schema.run(
        """
        alter function tenon.current_tenant()
          set app.current_tenant = '0191f6c0-0000-7000-8000-00000000000a'
        """);
    findsAndMends(Rule.FUNCTION_DRIFT, "tenon.current_tenant()");
  }

  /** The Apache edition makes none, so the catalogue is filled by hand: too little to run a fix. */
  @Test
  void continuous_aggregates_and_those_above_them_are_found() {
    schema.runAsOwner("create table public.ticks (tenant_id uuid not null, time timestamptz);");
    schema.runAsOwner(
        """
        select create_hypertable('public.ticks', 'time');
        create schema kept;
        create table kept.hourly (time timestamptz);
        select create_hypertable('kept.hourly', 'time');
        create table kept.daily (time timestamptz);
        select create_hypertable('kept.daily', 'time');
        create view public.hourly as select time from kept.hourly;
        create view public.daily as select time from kept.daily;
        """);
    schema.runAsOwner(TenantTable.fence("public", "ticks").sql());
    schema.run(
        """
        insert into _timescaledb_catalog.continuous_agg
          (mat_hypertable_id, raw_hypertable_id, user_view_schema, user_view_name,
           partial_view_schema, partial_view_name, direct_view_schema, direct_view_name)
        select m.id, r.id, 'public', m.table_name, 'public', m.table_name, 'public', m.table_name
          from _timescaledb_catalog.hypertable m
          join _timescaledb_catalog.hypertable r
            on (m.table_name, r.table_name) in (('hourly', 'ticks'), ('daily', 'hourly'));
        """);
    assertThat(schema.findings())
        .extracting(Finding::rule, Finding::object, Finding::fix)
        .containsExactly(
            tuple(Rule.CONTINUOUS_AGGREGATE, "public.daily", revoking("public.daily")),
            tuple(Rule.CONTINUOUS_AGGREGATE, "public.hourly", revoking("public.hourly")));
  }

  private String revoking(String view) {
    return schema.named("revoke all on " + view + " from ${app};");
  }

  @Test
  void a_thousand_tables_take_less_than_five_seconds() {
    schema.runAsOwner(
        """
        do $$
        begin
          for i in 1..1000 loop
            execute format('create table public.t%1$s (
              tenant_id uuid not null default tenon.current_tenant(), id uuid not null,
              primary key (tenant_id, id)); alter table public.t%1$s enable row level security;
              alter table public.t%1$s force row level security;
              create policy tenant on public.t%1$s
                using (tenant_id = (select tenon.current_tenant()))
                with check (tenant_id = (select tenon.current_tenant()));
              insert into tenon.isolation values (''public.t%1$s'', ''RLS'', ''tenant_id'')', i);
          end loop;
        end $$
        """);
    schema.runAsOwner("analyze");
    long start = System.nanoTime();
    assertThat(schema.findings()).isEmpty();
    Duration taken = Duration.ofNanos(System.nanoTime() - start);
    System.out.println("audit of 1,000 tables: " + taken.toMillis() + " ms");
    assertThat(taken).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void what_the_outbox_makes_is_guarded_too() {
    schema.owner.migrate(Operations.migrations(), Outbox.migrations(), JobRuns.migrations());
    assertThat(schema.findings()).isEmpty();
    for (String hole :
        List.of(
            "grant select on tenon.job_run to public | tenon.job_run",
            "alter table tenon.outbox_inbox disable row level security | tenon.outbox_inbox",
            "alter policy publish on tenon.outbox_event to ${owner} | publish on tenon.outbox_event",
            "drop policy handled on tenon.outbox_inbox | handled on tenon.outbox_inbox",
            "grant select on tenon.outbox_event to ${app} | tenon.outbox_event",
            "grant delete on tenon.operation to public | tenon.operation")) {
      schema.runAsOwner(hole.substring(0, hole.indexOf('|')));
      findsAndMends(Rule.REGISTRY_DRIFT, hole.substring(hole.indexOf('|') + 2));
    }
    schema.runAsOwner(
        "create or replace function tenon.outbox_tenant() returns uuid language sql stable"
            + " parallel safe return gen_random_uuid()");
    findsAndMends(Rule.FUNCTION_DRIFT, "tenon.outbox_tenant()");
  }

  @Test
  void a_table_of_tenons_own_that_another_role_owns_is_found() {
    String thief = schema.made.createRole("thief").user();
    schema.run("alter table tenon.isolation owner to " + thief);
    findsAndMends(Rule.REGISTRY_DRIFT, "tenon.isolation");
  }

  /** PostgreSQL 17 has MAINTAIN; on older servers the right is TRIGGER. */
  @Test
  void a_right_to_lock_the_table_of_all_tenants_is_found() {
    boolean has =
        Integer.parseInt(String.valueOf(schema.owner.sql().fetchValue("show server_version_num")))
            >= 170_000;
    schema.runAsOwner("grant " + (has ? "maintain" : "trigger") + " on public.customers to ${app}");
    findsAndMends(Rule.UNBOUND_RIGHTS, "public.customers");
  }

  @Test
  void a_registry_that_is_gone_is_found() {
    schema.runAsOwner("alter table tenon.tenant rename to gone");
    assertThat(schema.findings())
        .extracting(Finding::rule, Finding::object)
        .contains(tuple(Rule.REGISTRY_DRIFT, "tenon.tenant"));
  }

  private void findsAndMends(Rule rule, String object) {
    List<Finding> findings = schema.findings();
    assertThat(findings)
        .extracting(Finding::rule, Finding::severity, Finding::object)
        .containsExactly(tuple(rule, Severity.ERROR, object));
    schema.run(findings.get(0).fix());
    assertThat(schema.findings())
        .filteredOn(finding -> finding.severity() != Severity.INFO)
        .isEmpty();
  }
}
