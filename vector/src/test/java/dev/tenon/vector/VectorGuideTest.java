package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Migrations;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/** The snippets of docs/guide/vector.md. */
@TenonTest(schema = VectorGuideTest.Schema.class)
class VectorGuideTest {

  record Article(UUID id, String title, String language, Embedding embedding) {}

  static final VectorRepository<Article> ARTICLES =
      VectorRepository.of("articles", Article.class, VectorSpace.cosine(384));

  static final Field<String> LANGUAGE = DSL.field(DSL.name("language"), SQLDataType.VARCHAR);

  record Title(UUID id, String title) {}

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      Migrations scripts =
          Migrations.named("articles")
              .script("V1__articles.sql", ARTICLES.tableSql())
              .script("V2__articles_policy.sql", TenantTable.rls("articles").sql())
              .script("V3__articles_index.sql", ARTICLES.indexSql(new HnswIndex(16, 64)));
      return List.of(TenancyMigrations.all(), scripts);
    }
  }

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  private static float[] model(String text) {
    return Vectors.random(text.hashCode(), 384);
  }

  private static Stream<Article> articles() {
    return IntStream.range(0, 40)
        .mapToObj(
            i ->
                new Article(
                    UuidV7.next(),
                    "article " + i,
                    i % 2 == 0 ? "en" : "de",
                    Embedding.of(model("text " + i))));
  }

  @Test
  void writes_and_finds(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);

    float[] embedding = model("the disk is full");
    ARTICLES.upsert(acme, new Article(UuidV7.next(), "Disk full", "en", Embedding.of(embedding)));
    LoadReport report = ARTICLES.load(acme, articles());
    assertThat(report).isEqualTo(new LoadReport(40, 40));

    SearchResult<Article> result =
        ARTICLES
            .search(acme, model("the disk is full"))
            .top(10)
            .where(LANGUAGE.eq("en"))
            .efSearch(200)
            .iterativeScan(IterativeScan.RELAXED)
            .fetch();
    for (Hit<Article> hit : result.hits()) {
      assertThat(hit.score()).isEqualTo(1 - hit.distance());
    }
    assertThat(result.hits()).hasSize(10);

    List<Title> titles =
        ARTICLES.search(acme, model("the disk is full")).into(Title.class).fetch().records();
    assertThat(titles.get(0).title()).isEqualTo("Disk full");

    SearchResult<Article> best = ARTICLES.search(acme, model("the disk is full")).fetch();
    if (best.truncated()) {
      best = ARTICLES.search(acme, model("the disk is full")).exact().fetch();
    }
    assertThat(best.truncated()).isFalse();
  }
}
