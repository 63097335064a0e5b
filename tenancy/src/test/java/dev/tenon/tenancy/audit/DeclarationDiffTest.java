package dev.tenon.tenancy.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.TenantTables;
import dev.tenon.tenancy.audit.Finding.Rule;
import java.util.List;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What Java declares against what the database has. */
class DeclarationDiffTest {

  private static final TenantTable CUSTOMERS =
      TenantTable.rls("customers").key("id").unique("email");

  private final AuditedSchema schema = new AuditedSchema();

  @AfterEach
  void close() {
    schema.close();
  }

  @Test
  void is_empty_after_the_sql_ran() {
    assertThat(AuditedSchema.TABLES.diff(schema.owner)).isEmpty();
    assertThat(TenantTables.of(CUSTOMERS).diff(schema.owner)).isEmpty();
  }

  @Test
  void finds_a_missing_table() {
    assertThat(TenantTables.of(TenantTable.rls("no \"where")).diff(schema.owner))
        .extracting(Finding::rule, Finding::object)
        .containsExactly(tuple(Rule.MISSING_TABLE, "\"no \"\"where\""));
  }

  @Test
  void finds_keys_that_are_missing_or_lead_elsewhere() {
    schema.runAsOwner(
        """
        alter table customers drop constraint customers_tenant_id_email_key;
        alter table fenced.notes drop constraint notes_tenant_id_customer_id_fkey;
        alter table fenced.notes add foreign key (tenant_id, customer_id)
          references docs (tenant_id, id) not valid;
        """);
    clears(
        AuditedSchema.TABLES,
        tuple(Rule.MISSING_KEY, "\"public\".\"customers\""),
        tuple(Rule.MISSING_KEY, "\"public\".\"notes\""));
  }

  @Test
  void finds_a_foreign_key_that_was_made_again_without_a_look_at_the_rows() {
    schema.runAsOwner(
        """
        alter table fenced.notes drop constraint notes_tenant_id_customer_id_fkey;
        alter table fenced.notes add foreign key (tenant_id, customer_id)
          references customers (tenant_id, id) not valid;
        """);
    clears(AuditedSchema.TABLES, tuple(Rule.MISSING_KEY, "\"public\".\"notes\""));
  }

  @Test
  void finds_a_table_that_nobody_declared_in_the_database() {
    schema.runAsOwner(
        """
        create table ideas (tenant_id uuid, id uuid);
        insert into ideas values ('0191f6c0-0000-7000-8000-00000000000a', gen_random_uuid());
        """);
    clears(
        TenantTables.of(TenantTable.rls("ideas").key("id")),
        tuple(Rule.OTHER_ISOLATION, "public.ideas"),
        tuple(Rule.MISSING_KEY, "\"ideas\""));
  }

  @Test
  void finds_each_other_isolation_and_the_way_there() {
    schema.runAsOwner("drop view bodies, mails");
    clears(
        TenantTables.of(TenantTable.fence("customers")),
        tuple(Rule.OTHER_ISOLATION, "public.customers"));
    clears(
        TenantTables.of(TenantTable.rls("customers")),
        tuple(Rule.OTHER_ISOLATION, "public.customers"));
    clears(
        TenantTables.of(TenantTable.shared("customers")),
        tuple(Rule.OTHER_ISOLATION, "public.customers"));
    clears(
        TenantTables.of(TenantTable.fence("notes").withoutBarrier()),
        tuple(Rule.OTHER_ISOLATION, "public.notes"));
    clears(
        TenantTables.of(TenantTable.fence("notes").withoutBarrier().baseSchema("behind")),
        tuple(Rule.OTHER_ISOLATION, "public.notes"));
    clears(
        TenantTables.of(TenantTable.shared("samples")),
        tuple(Rule.OTHER_ISOLATION, "public.samples"));
  }

  @Test
  void finds_drift_and_running_the_sql_again_clears_it() {
    schema.runAsOwner(
        """
        alter policy tenant on customers using (true);
        alter table docs no force row level security;
        alter table fenced.notes add column extra text;
        """);
    assertThat(AuditedSchema.TABLES.diff(schema.owner))
        .extracting(Finding::rule, Finding::object)
        .containsExactly(
            tuple(Rule.ROW_SECURITY_NOT_FORCED, "public.docs"),
            tuple(Rule.POLICY_IGNORES_TENANT, "tenant on public.customers"),
            tuple(Rule.FENCE_COLUMNS, "public.notes"));
    schema.runAsOwner(AuditedSchema.TABLES.sql());
    assertThat(AuditedSchema.TABLES.diff(schema.owner)).isEmpty();
  }

  @Test
  void finds_what_raw_writes_would_miss() {
    schema.run(
        """
        alter table docs alter column tenant_id drop default;
        alter table fenced.notes disable trigger all;
        create function nowhere() returns trigger language plpgsql as 'begin return new; end';
        create trigger elsewhere instead of update on samples
          for each row execute function nowhere();
        """);
    clears(
        AuditedSchema.TABLES,
        tuple(Rule.FENCE_DRIFT, "elsewhere on public.samples"),
        tuple(Rule.TENANT_DEFAULT, "public.docs"),
        tuple(Rule.KEY_DISABLED, "notes_tenant_id_customer_id_fkey on fenced.notes"));
  }

  @Test
  void says_nothing_of_tables_that_are_not_its_own() {
    schema.runAsOwner("alter table docs no force row level security");
    assertThat(TenantTables.of(CUSTOMERS).diff(schema.owner)).isEmpty();
  }

  private void clears(TenantTables tables, Tuple... expected) {
    List<Finding> findings = tables.diff(schema.owner);
    assertThat(findings).extracting(Finding::rule, Finding::object).containsExactly(expected);
    findings.forEach(finding -> schema.runAsOwner(finding.fix()));
    assertThat(tables.diff(schema.owner)).isEmpty();
  }
}
