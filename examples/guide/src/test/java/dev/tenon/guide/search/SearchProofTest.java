package dev.tenon.guide.search;

import static dev.tenon.guide.search.Articles.ACME;
import static dev.tenon.guide.search.Articles.BOLT;
import static dev.tenon.guide.search.Articles.write;
import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;

import dev.tenon.core.Database;
import dev.tenon.guide.search.Articles.Article;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.audit.TenancyAudit;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import org.junit.jupiter.api.Test;

/** The stored words are attacked with the rows that they belong to. */
@TenonTest(schema = Articles.class)
class SearchProofTest {

  @Test
  void holds_under_attack(TenantDatabase tenants, TestDatabase made) {
    write(tenants.as(ACME), Article.of("disk", "full"));
    write(tenants.as(BOLT), Article.of("cable", "cut"));

    assertThatIsolation(made).between(ACME, BOLT).holds();
  }

  @Test
  void is_nothing_that_the_audit_calls_an_error(TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      TenancyAudit.of(owner).roles(made.application().user()).requireClean();
    }
  }
}
