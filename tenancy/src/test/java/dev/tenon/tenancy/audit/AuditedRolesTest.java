package dev.tenon.tenancy.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tenon.tenancy.audit.Finding.Rule;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Roles are of the whole server, so each test makes its own. */
class AuditedRolesTest {

  private final AuditedSchema schema = new AuditedSchema();

  @AfterEach
  void close() {
    schema.close();
  }

  @Test
  void finds_a_superuser() {
    findsAndMends("super", "SUPERUSER", Rule.ROLE_SUPERUSER);
  }

  @Test
  void finds_a_role_that_bypasses_row_security() {
    findsAndMends("bypass", "BYPASSRLS", Rule.ROLE_BYPASSES_ROW_SECURITY);
  }

  @Test
  void finds_a_role_that_replicates() {
    findsAndMends("replica", "REPLICATION", Rule.ROLE_REPLICATES);
  }

  @Test
  void finds_a_role_that_reads_everything_by_membership() {
    String role = schema.made.createRole("reader", "NOINHERIT", "IN ROLE pg_read_all_data").user();
    mends(role, Rule.ROLE_PREDEFINED, "pg_read_all_data");
  }

  @Test
  void finds_a_role_that_makes_roles() {
    findsAndMends("maker", "CREATEROLE", Rule.ROLE_CREATES_ROLES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pg_monitor", "pg_read_all_stats", "pg_signal_backend"})
  void finds_a_role_that_watches_other_sessions(String group) {
    String role = schema.made.createRole("watcher", "IN ROLE " + group).user();
    mends(role, Rule.ROLE_WATCHES, group);
  }

  @Test
  void finds_the_owner_that_a_role_may_become() {
    String role =
        schema.made.createRole("heir", "NOINHERIT", "IN ROLE " + schema.made.owner().user()).user();
    mends(role, Rule.ROLE_OWNS, schema.made.owner().user());
  }

  @Test
  void finds_what_is_granted_to_a_role_that_the_application_may_become() {
    String group = schema.made.createRole("group").user();
    String role = schema.made.createRole("member", "NOINHERIT", "IN ROLE " + group).user();
    schema.run("grant usage on schema fenced to " + group);
    assertThat(findings(role))
        .extracting(Finding::rule, Finding::object)
        .containsExactly(tuple(Rule.FENCE_SCHEMA_OPEN, "fenced"));
  }

  @Test
  void finds_a_role_that_owns_the_schema_behind_a_fence() {
    String role = schema.made.createRole("landlord").user();
    schema.run("alter schema fenced owner to " + role);
    mends(role, Rule.FENCE_SCHEMA_OPEN, "fenced");
  }

  @Test
  void finds_the_owner_of_a_schema_that_holds_tables_of_tenants() {
    String role = schema.made.createRole("landlord").user();
    schema.run("alter schema public owner to " + role);
    assertThat(findings(role))
        .extracting(Finding::rule, Finding::object)
        .containsExactly(tuple(Rule.ROLE_OWNS, role));
    assertThat(findings(role).get(0).why()).contains("the schema public");
  }

  @Test
  void finds_the_owner_of_the_database() {
    String role = schema.made.createRole("landlord").user();
    schema.run("alter database ${database} owner to " + role);
    assertThat(findings(role))
        .extracting(Finding::rule, Finding::object)
        .contains(tuple(Rule.ROLE_OWNS, role));
    assertThat(findings(role).get(0).why()).contains("the database " + schema.made.name());
  }

  @Test
  void finds_a_role_that_may_set_what_only_superusers_may() {
    String role = schema.made.createRole("setter").user();
    schema.run("grant set on parameter session_replication_role to " + role);
    mends(role, Rule.PARAMETER_GRANTED, "session_replication_role");
    schema.run("grant alter system on parameter archive_command to " + role);
    assertThat(findings(role))
        .extracting(Finding::severity)
        .containsExactly(Finding.Severity.ERROR);
    mends(role, Rule.PARAMETER_GRANTED, "archive_command");
  }

  @Test
  void finds_a_tenant_that_is_set_for_a_role() {
    String role = schema.made.createRole("preset").user();
    schema.run(
        "alter role %s set \"App.Current_Tenant\" = '0191f6c0-0000-7000-8000-00000000000a'"
            .formatted(role));
    mends(role, Rule.PRESET_TENANT, role);
    schema.run("alter role %s in database ${database} set app.current_tenant = ''".formatted(role));
    mends(role, Rule.PRESET_TENANT, role + " in " + schema.made.name());
    schema.run("alter role ${owner} in database ${database} set app.current_tenant = 'not judged'");
    assertThat(findings(role)).isEmpty();
  }

  @Test
  void finds_the_role_that_could_replace_what_policies_ask() {
    String role = schema.made.createRole("author").user();
    schema.run("alter function tenon.current_tenant() owner to " + role);
    mends(role, Rule.FUNCTION_DRIFT, "tenon.current_tenant()");
  }

  @Test
  void says_nothing_of_what_another_role_may_do() {
    String backup = schema.made.createRole("backup", "BYPASSRLS").user();
    schema.run(
        "grant usage on schema fenced to %1$s; grant all on fenced.notes to %1$s"
            .formatted(backup));
    assertThat(schema.findings()).isEmpty();
  }

  private void findsAndMends(String label, String option, Rule rule) {
    String role = schema.made.createRole(label, option).user();
    mends(role, rule, role);
  }

  private void mends(String role, Rule rule, String object) {
    List<Finding> findings = findings(role);
    assertThat(findings)
        .extracting(Finding::rule, Finding::object)
        .containsExactly(tuple(rule, object));
    schema.run(findings.get(0).fix());
    assertThat(findings(role)).isEmpty();
  }

  private List<Finding> findings(String role) {
    return TenancyAudit.of(schema.owner).roles(role).findings();
  }
}
