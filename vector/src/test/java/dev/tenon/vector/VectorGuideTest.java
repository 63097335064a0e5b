package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.UuidV7;
import dev.tenon.core.search.TextSearch;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
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

  record Note(UUID id, String text, Embedding embedding) {}

  static final VectorRepository<Note> NOTES =
      VectorRepository.of(
          "notes", Note.class, VectorSpace.cosine(384).normalized().model("bge-small-en", "1.5"));

  static final TextSearch<Title> WORDS =
      TextSearch.of("articles", Title.class)
          .text(DSL.field(DSL.name("title"), SQLDataType.VARCHAR))
          .language("english")
          .build();

  record BetterArticle(UUID id, String title, String language, Embedding better) {}

  static final VectorRepository<BetterArticle> BETTER =
      VectorRepository.of("articles", BetterArticle.class, VectorSpace.cosine(1024).half());

  static final ModelChange<Article, BetterArticle, RuntimeException> CHANGE =
      ModelChange.of(ARTICLES, BETTER, VectorGuideTest::better);

  static List<BetterArticle> better(List<Article> articles) {
    return articles.stream()
        .map(
            article ->
                new BetterArticle(
                    article.id(),
                    article.title(),
                    article.language(),
                    Embedding.of(betterModel(article.title()))))
        .toList();
  }

  static float[] betterModel(String text) {
    return Vectors.random(text.hashCode(), 1024);
  }

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
              .script("V3__articles_index.sql", ARTICLES.indexSql());
      return List.of(
          TenancyMigrations.all(),
          scripts,
          Migrations.named("better").script("V1__better.sql", CHANGE.addSql()),
          Migrations.named("words").script("V1__words.sql", WORDS.addSql()),
          Migrations.named("notes")
              .script(
                  "V1__notes.sql",
                  NOTES.tableSql() + TenantTable.rls("notes").sql() + NOTES.indexSql()));
    }
  }

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  private static float[] model(String text) {
    return Vectors.random(text.hashCode(), 384);
  }

  private static float[] bge(String text) {
    float[] vector = new float[384];
    vector[Math.floorMod(text.hashCode(), vector.length)] = 1;
    return vector;
  }

  private static Stream<Article> articles() {
    return articles(40);
  }

  private static Stream<Article> articles(int count) {
    return IntStream.range(0, count)
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
    long loaded = ARTICLES.load(acme, articles());
    assertThat(loaded).isEqualTo(40);

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

  @Test
  void reads_very_many_hits(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    ARTICLES.load(acme, articles());
    ARTICLES.upsert(
        acme,
        new Article(UuidV7.next(), "Disk full", "en", Embedding.of(model("the disk is full"))));

    long matching =
        ARTICLES
            .search(acme, model("the disk is full"))
            .exact()
            .top(100_000)
            .<Long, RuntimeException>stream(
                found -> found.hits().takeWhile(hit -> hit.score() > 0.8).count());
    assertThat(matching).isEqualTo(1);
  }

  @Test
  void tells_its_plan(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);

    SearchPlan plan = ARTICLES.search(acme, model("the disk is full")).withPlan().fetch().plan();
    String chosen = plan.explain().orElseThrow();
    assertThat(chosen).contains(ACME.toString());
  }

  @Test
  void searches_through_a_model_for_rows_that_are_unlike_each_other(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    ARTICLES.load(acme, articles());

    List<Article> varied =
        ARTICLES
            .search(acme, "the disk is full", VectorGuideTest::model)
            .top(5)
            .diverse(0.5, 25)
            .fetch()
            .records();
    assertThat(varied).hasSize(5).doesNotHaveDuplicates();
  }

  @Test
  void builds_an_index_and_measures_it(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    ARTICLES.load(acme, articles(200));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      VectorRepository<Article> articles = ARTICLES.indexedBy(new HnswIndex(24, 128));
      IndexAdvice advice = articles.indexAdvice(1_000_000);
      VectorIndexBuild build = articles.indexBuild(owner).withMemory(advice.memorySetting());
      VectorIndexBuild.Result result = build.run();
      assertThat(result).isEqualTo(VectorIndexBuild.Result.BUILT);

      RecallReport report = articles.recall(acme).sample(200).where(LANGUAGE.eq("en")).run();
      Optional<RecallReport.Point> enough = report.smallest(0.95);
      assertThat(enough).isEmpty();
    }
  }

  @Test
  void makes_lists_behind_the_load_and_anew_behind_the_next(
      TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      VectorRepository<Article> listed = ARTICLES.indexedBy(new IvfflatIndex(4));
      long loaded = listed.load(acme, articles(200));
      VectorIndexBuild.Result built = listed.indexBuild(owner).run();
      loaded += listed.load(acme, articles(400));
      VectorIndexBuild.Result again = listed.indexBuild(owner).rebuild();
      assertThat(loaded).isEqualTo(600);
      assertThat(List.of(built, again)).containsOnly(VectorIndexBuild.Result.BUILT);
      assertThat(listed.findings(acme)).isEmpty();
      assertThat(ARTICLES.findings(acme)).isNotEmpty();
    }
  }

  @Test
  void asks_for_the_space_of_its_column(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    NOTES.requireSpace(acme);
    List<VectorFinding> findings = NOTES.findings(acme);
    assertThat(findings).isEmpty();

    Embedder<RuntimeException> bge = VectorGuideTest::bge;
    List<Note> notes =
        NOTES
            .search(acme, "the disk is full", bge.of(new VectorSpace.Model("bge-small-en", "1.5")))
            .fetch()
            .records();
    assertThat(notes).isEmpty();
  }

  @Test
  void runs_many_searches_in_one_round_trip(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    ARTICLES.load(acme, articles());

    List<SearchResult<Article>> answers =
        ARTICLES.searchAll(
            acme,
            List.of(model("the disk is full"), model("no route to host")),
            search -> search.top(3).where(LANGUAGE.eq("en")));
    assertThat(answers).hasSize(2).allMatch(answer -> answer.hits().size() == 3);
  }

  @Test
  void changes_the_model(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    ARTICLES.load(acme, articles());
    float[] embedding = model("the disk is full");
    try (Database owner = TestSchema.connect(made, made.owner())) {
      CHANGE.upsert(acme, new Article(UuidV7.next(), "Disk full", "en", Embedding.of(embedding)));
      long loadedWithBoth = CHANGE.load(acme, articles());

      AtomicBoolean stopping = new AtomicBoolean();
      ModelChange<Article, BetterArticle, RuntimeException>.Backfill backfill =
          CHANGE.backfill(acme).batch(100);
      backfill.run(stopping::get);
      long filled = backfill.done();
      long left = backfill.left();
      assertThat(List.of(loadedWithBoth, filled, left)).containsExactly(40L, 40L, 0L);

      ModelChange.Overlap overlap = CHANGE.overlap(acme, 40, 10);
      assertThat(overlap.queries()).isEqualTo(40);
      CHANGE.cutOver(owner);
      assertThat(BETTER.search(acme, betterModel("Disk full")).fetch().records().get(0).title())
          .isEqualTo("Disk full");
      CHANGE.rollBack(owner);
    }
  }

  @Test
  void searches_by_vector_and_by_words_at_once(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    ARTICLES.load(acme, articles());
    float[] embedding = model("the disk is full");
    ARTICLES.upsert(acme, new Article(UuidV7.next(), "Disk full", "en", Embedding.of(embedding)));

    HybridResult<Article> both =
        ARTICLES
            .search(acme, model("the disk is full"))
            .fusedWith(WORDS.search(acme, "full disk"))
            .where(LANGUAGE.eq("en"))
            .weights(1, 0.5)
            .candidates(100)
            .top(10)
            .fetch();
    for (HybridHit<Article> hit : both.hits()) {
      OptionalInt byVector = hit.vectorRank();
      OptionalInt byWords = hit.textRank();
      assertThat(byVector.isPresent() || byWords.isPresent()).isTrue();
    }
    assertThat(both.records().get(0).title()).isEqualTo("Disk full");
    assertThat(both.hits().get(0).textRank()).hasValue(1);
  }
}
