package dev.tenon.tenancy.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.tenon.core.Database;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.audit.Finding.Rule;
import dev.tenon.tenancy.audit.Finding.Severity;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TenancyAuditTest {

  @Test
  void a_clean_schema_has_no_finding() {
    try (AuditedSchema schema = new AuditedSchema()) {
      assertThat(schema.findings()).isEmpty();
      assertThatCode(() -> schema.audit().requireClean()).doesNotThrowAnyException();
    }
  }

  @TestFactory
  Stream<DynamicTest> a_hole_is_found_once_and_its_fix_closes_it() {
    return Hole.ALL.stream()
        .map(
            hole ->
                DynamicTest.dynamicTest(
                    hole.rule() + " " + hole.object().replaceAll("\\R", " "), () -> plant(hole)));
  }

  private static void plant(Hole hole) {
    try (AuditedSchema schema = new AuditedSchema()) {
      hole.run(schema, hole.plant());
      List<Finding> findings = schema.findings();
      assertThat(findings)
          .extracting(Finding::rule, Finding::severity)
          .containsExactly(tuple(hole.rule(), hole.severity()));
      Finding finding = findings.get(0);
      if (hole.rule() != Rule.STALE_DECLARATION) {
        assertThat(finding.object()).isEqualTo(schema.named(hole.object()));
      }
      if (!finding.fix().startsWith("--")) {
        hole.run(schema, finding.fix());
        assertThat(schema.findings()).as(finding.fix()).isEmpty();
      }
    }
  }

  @Test
  void a_table_that_nobody_declared_is_left_to_somebody_to_decide() {
    try (AuditedSchema schema = new AuditedSchema()) {
      schema.runAsOwner(
          "create table public.plain (id int); revoke insert, update, delete on public.plain from ${app}");
      String fix = schema.findings().get(0).fix();
      assertThat(fix)
          .startsWith("-- Decide first.")
          .containsSubsequence("add column tenant_id uuid", "TenantTable.rls", "'SHARED'");
      schema.runAsOwner(fix);
      assertThat(schema.findings()).isEmpty();
    }
  }

  @Test
  void refuses_to_start_on_a_schema_with_errors_and_lists_them() {
    try (AuditedSchema schema = new AuditedSchema()) {
      schema.runAsOwner("alter table customers disable row level security");
      assertThatThrownBy(() -> schema.audit().requireClean())
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("ROW_SECURITY_OFF public.customers")
          .hasMessageContaining("enable row level security");
    }
  }

  @Test
  void leaves_out_what_was_accepted_and_nothing_else() {
    try (AuditedSchema schema = new AuditedSchema()) {
      schema.runAsOwner(
          """
          alter table customers disable row level security;
          alter table docs disable row level security;
          """);
      assertThat(schema.audit().accept(Rule.ROW_SECURITY_OFF, "public.docs").findings())
          .extracting(Finding::object)
          .containsExactly("public.customers");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create schema things; grant create on schema things to ${app} | CREATE_WITHOUT_BARRIER | things",
        "grant create on database ${database} to public | CREATE_WITHOUT_BARRIER | ${database}",
        "grant temporary on database ${database} to ${app} | TEMPORARY_WITHOUT_BARRIER | ${database}",
      })
  void whoever_accepts_a_fence_without_barrier_is_told_of_rights_to_make_functions(
      String grant, Rule rule, String object) {
    try (AuditedSchema schema = new AuditedSchema()) {
      schema.runAsOwner(grant);
      assertThat(schema.findings()).isEmpty();
      schema.runAsOwner(
          TenantTable.fence("public", "notes").withoutBarrier().sql()
              + "create index on fenced.notes (tenant_id, rank)");
      TenancyAudit audit = schema.audit().accept(Rule.FENCE_WITHOUT_BARRIER, "public.notes");
      List<Finding> findings = audit.findings();
      assertThat(findings)
          .extracting(Finding::rule, Finding::object)
          .containsExactly(tuple(rule, schema.named(object)));
      schema.runAsOwner(findings.get(0).fix());
      assertThat(audit.findings()).isEmpty();
    }
  }

  @Test
  void judges_the_role_of_the_session_if_none_is_named() {
    try (AuditedSchema schema = new AuditedSchema();
        Database application = AuditedSchema.open(schema.made, schema.made.application())) {
      schema.runAsOwner("grant usage on schema fenced to ${app}");
      assertThat(TenancyAudit.of(application).findings())
          .extracting(Finding::rule)
          .containsExactly(Rule.FENCE_SCHEMA_OPEN);
      assertThat(TenancyAudit.of(schema.owner).findings())
          .extracting(Finding::rule)
          .containsExactly(Rule.ROLE_OWNS);
    }
  }

  @Test
  void runs_within_a_transaction_of_the_caller() {
    try (AuditedSchema schema = new AuditedSchema()) {
      List<Finding> findings =
          schema.owner.transactionResult(
              transaction -> {
                transaction.sql().execute("alter table docs no force row level security");
                return TenancyAudit.of(transaction)
                    .roles(schema.made.application().user())
                    .findings();
              });
      assertThat(findings)
          .extracting(Finding::severity, Finding::object)
          .containsExactly(tuple(Severity.ERROR, "public.docs"));
    }
  }

  @Test
  void refuses_a_database_that_tenancy_was_not_migrated_into() {
    try (TestDatabase empty = TestDatabase.create(DatabaseTemplate.empty());
        Database database = AuditedSchema.open(empty, empty.owner())) {
      assertThatThrownBy(() -> TenancyAudit.of(database).findings())
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("database.migrate(TenancyMigrations.all())");
    }
  }

  @Test
  void refuses_roles_that_are_not_there_or_not_named() {
    try (AuditedSchema schema = new AuditedSchema()) {
      TenancyAudit audit = TenancyAudit.of(schema.owner);
      assertThatThrownBy(() -> audit.roles("no 'body").findings())
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("no role no 'body");
      assertThatThrownBy(audit::roles).isInstanceOf(UsageException.class);
    }
  }
}
