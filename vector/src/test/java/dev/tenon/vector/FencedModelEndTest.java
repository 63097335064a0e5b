package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.DatabaseRoles;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.TenantTables;
import dev.tenon.tenancy.audit.Finding;
import dev.tenon.tenancy.audit.TenancyAudit;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.VectorGuideTest.Article;
import dev.tenon.vector.VectorGuideTest.BetterArticle;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** The end of an old model behind a fence, whose view shows its column. */
@TenonTest(schema = FencedModelEndTest.Schema.class)
final class FencedModelEndTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID BOLT = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b12");

  static final TenantTable FENCE = TenantTable.fence("articles").key("id").withoutBarrier();

  static final Table<?> BASE = DSL.table(DSL.name("fenced", "articles"));

  static final ModelChange<Article, BetterArticle, RuntimeException> BASE_CHANGE =
      ModelChange.of(
          VectorRepository.of(BASE, Article.class, VectorSpace.cosine(384)),
          VectorRepository.of(BASE, BetterArticle.class, VectorSpace.cosine(1024).half()),
          VectorGuideTest::better);

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("articles")
              .script("V1__articles.sql", VectorGuideTest.ARTICLES.tableSql() + FENCE.sql())
              .script("V2__better.sql", BASE_CHANGE.addSql() + FENCE.sql()));
    }
  }

  private static Article article(String title) {
    return new Article(
        UuidV7.next(), title, "en", Embedding.of(Vectors.random(title.length(), 384)));
  }

  private static List<String> found(TenantSession session, String title) {
    return VectorGuideTest.BETTER
        .search(session, VectorGuideTest.betterModel(title))
        .fetch()
        .records()
        .stream()
        .map(BetterArticle::title)
        .toList();
  }

  @Test
  void the_view_goes_first_and_comes_back_with_its_grants(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    VectorGuideTest.CHANGE.upsertAll(acme, List.of(article("Disk full"), article("No route")));
    VectorGuideTest.CHANGE.upsert(tenants.as(BOLT), article("of another tenant"));
    DatabaseRoles roles =
        new DatabaseRoles(
            made.owner().user(), made.application().user(), "shop_admin", "shop_backup");
    try (Database owner = TestSchema.connect(made, made.owner())) {
      // As DatabaseRoles leaves it: what the owner makes is nobody else's.
      owner
          .sql()
          .execute(
              "alter default privileges in schema public revoke all on tables from "
                  + DSL.using(SQLDialect.POSTGRES).render(DSL.name(roles.application())));
      VectorGuideTest.CHANGE.cutOver(owner);
      assertThatThrownBy(() -> owner.sql().execute(BASE_CHANGE.finishSql()))
          .hasStackTraceContaining("view articles depends on column embedding");

      String end =
          "delete from tenon.isolation where relation = 'articles'::regclass;"
              + "drop view articles;"
              + BASE_CHANGE.finishSql()
              + FENCE.sql()
              + roles.grants(TenantTables.of(FENCE));
      owner.migrate(Migrations.named("model_ends").script("V1__old_model_ends.sql", end));

      assertThat(found(acme, "Disk full")).containsExactlyInAnyOrder("Disk full", "No route");
      assertThat(found(tenants.as(BOLT), "Disk full")).containsExactly("of another tenant");
      VectorGuideTest.BETTER.load(acme, VectorGuideTest.better(List.of(article("new"))).stream());
      assertThat(found(acme, "new")).hasSize(3);
      assertThat(TenancyAudit.of(owner).roles(roles.application()).findings())
          .extracting(Finding::rule)
          .containsOnly(Finding.Rule.FENCE_WITHOUT_BARRIER);
    }
  }

  @Test
  void without_the_grants_the_application_is_refused(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner
          .sql()
          .execute(
              "alter default privileges in schema public revoke all on tables from "
                  + DSL.using(SQLDialect.POSTGRES).render(DSL.name(made.application().user())));
      VectorGuideTest.CHANGE.cutOver(owner);
      owner.migrate(
          Migrations.named("model_ends")
              .script(
                  "V1__old_model_ends.sql",
                  "drop view articles;" + BASE_CHANGE.finishSql() + FENCE.sql()));
      assertThatThrownBy(() -> found(acme, "Disk full")).isInstanceOf(AccessDeniedException.class);
    }
  }
}
