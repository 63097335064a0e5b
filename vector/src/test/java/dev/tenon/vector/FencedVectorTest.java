package dev.tenon.vector;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static dev.tenon.vector.Runbooks.ACME;
import static dev.tenon.vector.Runbooks.BOLT;
import static dev.tenon.vector.Runbooks.REPOSITORY;
import static dev.tenon.vector.Runbooks.near;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.Session;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.audit.Finding;
import dev.tenon.tenancy.audit.TenancyAudit;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.Runbooks.Runbook;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Embeddings behind a fence: the same repository, no row-level security. */
@TenonTest(schema = FencedVectorTest.Schema.class)
class FencedVectorTest {

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("runbooks")
              .script(
                  "V1__runbooks.sql",
                  REPOSITORY.tableSql()
                      + REPOSITORY.indexSql()
                      + TenantTable.fence("runbooks").key("id").sql()));
    }
  }

  private static List<Runbook> runbooks(int seed, int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> Runbook.of("title " + seed + i, Vectors.random(seed + i, Runbooks.DIMENSIONS)))
        .toList();
  }

  private static List<Runbook> stored(Session session) {
    return REPOSITORY.search(session, near(0, 0)).exact().top(10_000).fetch().records();
  }

  @Test
  void loads_in_bulk_and_finds_its_own(TenantDatabase tenants) {
    List<Runbook> own = runbooks(0, 200);
    REPOSITORY.load(tenants.as(BOLT), runbooks(1_000, 2_000).stream());
    assertThat(REPOSITORY.load(tenants.as(ACME), own.stream())).isEqualTo(200);

    assertThat(stored(tenants.as(ACME))).containsExactlyInAnyOrderElementsOf(own);
    SearchResult<Runbook> near = REPOSITORY.search(tenants.as(ACME), near(0, 0)).top(10).fetch();
    assertThat(own).containsAll(near.records());
    assertThat(near.records()).hasSize(10);
  }

  @Test
  void replaces_and_removes_its_own(TenantDatabase tenants) {
    List<Runbook> before = runbooks(0, 10);
    REPOSITORY.upsertAll(tenants.as(ACME), before);
    List<Runbook> after = before.stream().map(runbook -> runbook.titled("again")).toList();
    assertThat(REPOSITORY.upsertAll(tenants.as(ACME), after)).isEqualTo(10);
    assertThat(stored(tenants.as(ACME))).containsExactlyInAnyOrderElementsOf(after);

    assertThat(tenants.as(BOLT).sql().execute("delete from runbooks")).isZero();
    assertThat(tenants.as(ACME).sql().execute("delete from runbooks")).isEqualTo(10);
  }

  @Test
  void emits_no_function_with_the_rights_of_its_owner(TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      assertThat(TenancyAudit.of(owner).roles(made.application().user()).findings())
          .filteredOn(finding -> finding.rule() == Finding.Rule.DEFINER_FUNCTION)
          .isEmpty();
    }
  }

  @Test
  void holds_under_attack(TenantDatabase tenants, TestDatabase made) {
    REPOSITORY.load(tenants.as(ACME), runbooks(0, 3).stream());
    REPOSITORY.load(tenants.as(BOLT), runbooks(50, 3).stream());

    assertThatIsolation(made).between(ACME, BOLT).holds();
  }
}
