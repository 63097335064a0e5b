package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.UsageException;
import dev.tenon.core.search.TextHit;
import dev.tenon.core.search.TextQuery;
import dev.tenon.core.search.TextSearch;
import dev.tenon.core.search.Weight;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Vectors and words in one search, against a fusion in Java. */
@TenonTest(schema = HybridSearchTest.Schema.class)
final class HybridSearchTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID OTHER = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b12");
  private static final int DIMENSIONS = 8;
  private static final int ROWS = 300;
  private static final String[] WORDS = {"disk", "network", "error", "budget", "quota", "cable"};

  record Passage(int id, String title, String body, String kind, Embedding embedding) {}

  record Text(int id, String title, String body, String kind) {}

  private static final Field<String> TITLE = DSL.field(DSL.name("title"), SQLDataType.VARCHAR);
  private static final Field<String> BODY = DSL.field(DSL.name("body"), SQLDataType.VARCHAR);
  private static final Field<String> KIND = DSL.field(DSL.name("kind"), SQLDataType.VARCHAR);

  private static final VectorRepository<Passage> PASSAGES =
      VectorRepository.of("passages", Passage.class, VectorSpace.cosine(DIMENSIONS));
  private static final TextSearch<Text> TEXTS =
      TextSearch.of("passages", Text.class)
          .text(TITLE, Weight.A)
          .text(BODY)
          .language("english")
          .build();

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("passages")
              .script(
                  "V1__passages.sql",
                  PASSAGES.tableSql()
                      + PASSAGES.indexSql()
                      + TEXTS.addSql()
                      + TenantTable.rls("passages").sql()));
    }
  }

  private static Passage passage(int id) {
    return new Passage(
        id,
        WORDS[id % 6] + " " + WORDS[(id / 6) % 6],
        "about " + (WORDS[(id / 36) % 6] + " ").repeat(id % 4) + "and more",
        id % 2 == 0 ? "even" : "odd",
        Embedding.of(Vectors.random(id, DIMENSIONS)));
  }

  private static TenantSession filled(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    PASSAGES.load(acme, IntStream.range(0, ROWS).mapToObj(HybridSearchTest::passage));
    PASSAGES.load(
        tenants.as(OTHER),
        IntStream.range(0, ROWS)
            .mapToObj(HybridSearchTest::passage)
            .map(p -> new Passage(p.id() + 10_000, p.title(), p.body(), p.kind(), p.embedding())));
    return acme;
  }

  private static float[] query() {
    return Vectors.random(4_711, DIMENSIONS);
  }

  private static HybridSearch<Passage> hybrid(TenantSession session, String words) {
    return PASSAGES.search(session, query()).exact().fusedWith(TEXTS.search(session, words));
  }

  /** Ids by their score, and what each leg says. */
  private record Fused(int id, double score) {}

  private static List<Fused> fused(
      Map<Integer, Double> vectors, Map<Integer, Double> words, int top) {
    Map<Integer, Double> sums = new HashMap<>(vectors);
    words.forEach((id, part) -> sums.merge(id, part, Double::sum));
    return sums.entrySet().stream()
        .map(entry -> new Fused(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparingDouble(Fused::score).reversed().thenComparing(Fused::id))
        .limit(top)
        .toList();
  }

  private static Map<Integer, Double> ranked(List<Integer> ids, DoubleUnaryOperator part) {
    Map<Integer, Double> parts = new HashMap<>();
    for (int i = 0; i < ids.size(); i++) {
      parts.put(ids.get(i), part.applyAsDouble(i));
    }
    return parts;
  }

  private static void assertFused(HybridResult<Passage> found, List<Fused> expected) {
    assertThat(found.records()).extracting(Passage::id).isEqualTo(ids(expected));
    for (int i = 0; i < expected.size(); i++) {
      assertThat(found.hits().get(i).score()).isCloseTo(expected.get(i).score(), within(1e-6));
    }
  }

  private static List<Integer> ids(List<Fused> fused) {
    return fused.stream().map(Fused::id).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk", "error budget", "\"disk network\" or cable", "nothing", ""})
  void ranks_are_fused_as_in_java(String words, TenantDatabase tenants) {
    TenantSession acme = filled(tenants);
    List<Hit<Passage>> near = PASSAGES.search(acme, query()).exact().top(50).fetch().hits();
    List<TextHit<Text>> said = TEXTS.search(acme, words).top(50).fetch().hits();

    HybridResult<Passage> found =
        hybrid(acme, words).candidates(50).weights(1, 0.7).top(20).fetch();

    assertFused(
        found,
        fused(
            ranked(near.stream().map(hit -> hit.record().id()).toList(), i -> 1 / (61 + i)),
            ranked(said.stream().map(hit -> hit.record().id()).toList(), i -> 0.7 / (61 + i)),
            20));
    assertThat(found.truncated()).isFalse();
    for (HybridHit<Passage> hit : found.hits()) {
      assertThat(hit.record()).isEqualTo(passage(hit.record().id()));
      hit.vectorRank()
          .ifPresent(
              rank -> {
                assertThat(near.get(rank - 1).record()).isEqualTo(hit.record());
                assertThat(hit.distance()).hasValue(near.get(rank - 1).distance());
              });
      hit.textRank()
          .ifPresent(
              rank -> {
                assertThat(said.get(rank - 1).record().id()).isEqualTo(hit.record().id());
                assertThat(hit.textScore().orElseThrow())
                    .isCloseTo(said.get(rank - 1).score(), within(1e-6));
              });
      assertThat(hit.vectorRank().isPresent() || hit.textRank().isPresent()).isTrue();
    }
  }

  @Test
  void scores_are_fused_as_in_java(TenantDatabase tenants) {
    TenantSession acme = filled(tenants);
    List<Hit<Passage>> near = PASSAGES.search(acme, query()).exact().top(40).fetch().hits();
    List<TextHit<Text>> said = TEXTS.search(acme, "disk").top(40).fetch().hits();
    double least = near.get(0).distance();
    double most = near.get(39).distance();
    double best = said.get(0).score();
    double worst = said.get(said.size() - 1).score();

    HybridResult<Passage> found =
        hybrid(acme, "disk").candidates(40).fusion(new Fusion.MinMax()).top(30).fetch();

    assertFused(
        found,
        fused(
            ranked(
                near.stream().map(hit -> hit.record().id()).toList(),
                i -> (most - near.get((int) i).distance()) / (most - least)),
            ranked(
                said.stream().map(hit -> hit.record().id()).toList(),
                i -> (said.get((int) i).score() - worst) / (best - worst)),
            30));
  }

  @Test
  void scores_that_are_all_alike_count_as_the_best(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    PASSAGES.upsert(acme, passage(0));
    HybridHit<Passage> only =
        hybrid(acme, "disk").fusion(new Fusion.MinMax()).fetch().hits().get(0);
    assertThat(only.score()).isEqualTo(2);
  }

  @Test
  void a_leg_that_counts_nothing_changes_no_order(TenantDatabase tenants) {
    TenantSession acme = filled(tenants);
    assertThat(hybrid(acme, "disk").weights(1, 0).fetch().records())
        .isEqualTo(PASSAGES.search(acme, query()).exact().fetch().records());
    assertThat(hybrid(acme, "disk").weights(0, 1).fetch().records())
        .extracting(Passage::id)
        .isEqualTo(
            TEXTS.search(acme, "disk").fetch().hits().stream()
                .map(hit -> hit.record().id())
                .toList());
  }

  @Test
  void a_condition_holds_in_both_legs_and_each_keeps_its_own(TenantDatabase tenants) {
    TenantSession acme = filled(tenants);
    HybridResult<Passage> found =
        PASSAGES
            .search(acme, query())
            .where(TITLE.startsWith("d"))
            .fusedWith(TEXTS.search(acme, "error").where(TITLE.startsWith("e")))
            .where(KIND.eq("even"))
            .top(100)
            .fetch();
    assertThat(found.records())
        .isNotEmpty()
        .allMatch(passage -> passage.kind().equals("even"))
        .allMatch(passage -> passage.title().startsWith("d") || passage.title().startsWith("e"))
        .anyMatch(passage -> passage.title().startsWith("d"))
        .anyMatch(passage -> passage.title().startsWith("e"));
    for (HybridHit<Passage> hit : found.hits()) {
      assertThat(hit.vectorRank().isPresent()).isEqualTo(hit.record().title().startsWith("d"));
    }
  }

  @Test
  void finds_nothing_of_another_tenant(TenantDatabase tenants) {
    TenantSession acme = filled(tenants);
    assertThat(
            hybrid(acme, "disk or error or cable").top(1_000).candidates(1_000).fetch().records())
        .hasSize(ROWS)
        .allMatch(passage -> passage.id() < ROWS);
    assertThatThrownBy(
            () -> PASSAGES.search(acme, query()).fusedWith(TEXTS.search(tenants.as(OTHER), "disk")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the search by words is of another tenant");
  }

  @Test
  void runs_in_one_round_trip_and_each_leg_by_its_index(TenantDatabase tenants, QueryLog log) {
    TenantSession acme = filled(tenants).withSetting("enable_sort", "off");
    HybridSearch<Passage> search =
        PASSAGES.search(acme, query()).top(5).fusedWith(TEXTS.search(acme, "disk"));
    log.clear();
    assertThat(search.fetch().hits()).hasSize(5);
    assertThat(log.roundTrips()).isEqualTo(1);
    assertThat(search.explain()).contains("passages_embedding_hnsw");
  }

  @Test
  void the_vector_is_read_once_and_not_for_each_row(TenantDatabase tenants) {
    TenantSession acme = filled(tenants);
    for (VectorSearch<Passage> near :
        List.of(PASSAGES.search(acme, query()), PASSAGES.search(acme, query()).exact())) {
      assertThat(near.fusedWith(TEXTS.search(acme, "disk")).explain())
          .contains("<=> (InitPlan")
          .doesNotContain("::vector");
    }
  }

  @Test
  void says_that_more_rows_matched_the_words_than_were_rated(TenantDatabase tenants) {
    TenantSession acme = filled(tenants);
    TextQuery<Text> words = TEXTS.search(acme, "disk or error or cable");
    VectorSearch<Passage> near = PASSAGES.search(acme, query());
    assertThat(near.fusedWith(words.ranked(20)).fetch().truncated()).isTrue();
    assertThat(near.fusedWith(words).fetch().truncated()).isFalse();
  }

  @Test
  void says_that_fewer_rows_came_than_match(TenantDatabase tenants) {
    TenantSession acme = filled(tenants).withSetting("enable_sort", "off");
    HybridResult<Passage> found =
        PASSAGES
            .search(acme, query())
            .efSearch(1)
            .maxScanTuples(1)
            .fusedWith(TEXTS.search(acme, "nothing"))
            .top(ROWS)
            .fetch();
    assertThat(found.hits()).hasSizeLessThan(ROWS);
    assertThat(found.truncated()).isTrue();
  }

  @Test
  void hostile_words_and_values_are_bound(TenantDatabase tenants) {
    TenantSession acme = filled(tenants);
    for (String hostile : new String[] {"'\"\\ {0} ? :a --", "😀 ' or 1=1", "& | ! <-> :*", "?"}) {
      assertThat(hybrid(acme, hostile).where(TITLE.ne(hostile)).fetch().hits()).hasSize(10);
    }
    assertThatThrownBy(() -> hybrid(acme, "disk").where(TITLE.eq("\0")).fetch())
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("where: VectorSearch.where of ")
        .hasMessageContaining("fix: take it out of the filter");
  }

  @Test
  void a_leg_that_could_only_bring_fewer_candidates_is_refused(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    HybridSearch<Passage> search =
        PASSAGES
            .search(acme, query())
            .efSearch(50)
            .iterativeScan(IterativeScan.OFF)
            .fusedWith(TEXTS.search(acme, "disk"));
    assertThatThrownBy(search::fetch)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("efSearch(50) and top(100) with iterativeScan(OFF)");
    assertThat(search.candidates(50).fetch().hits()).isEmpty();
  }

  @Test
  void a_row_without_an_embedding_is_found_by_its_words(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = filled(tenants);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute("alter table passages alter column embedding drop not null");
    }
    acme.sql().execute("update passages set embedding = null, body = 'a zebra' where id = 7");
    HybridHit<Passage> hit = hybrid(acme, "zebra").weights(0.1, 1).fetch().hits().get(0);
    assertThat(hit.record().id()).isEqualTo(7);
    assertThat(hit.record().embedding()).isNull();
    assertThat(hit.vectorRank()).isEmpty();
  }

  @Test
  void what_cannot_be_fused_is_refused_at_the_call(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    TextQuery<Text> elsewhere =
        TextSearch.of("others", Text.class)
            .text(BODY)
            .language("english")
            .build()
            .search(acme, "a");
    VectorSearch<Passage> near = PASSAGES.search(acme, query());
    assertThatThrownBy(() -> near.fusedWith(elsewhere))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the search by words is over \"others\"");
    assertThatThrownBy(() -> near.diverse(0.5, 20).fusedWith(TEXTS.search(acme, "disk")))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> near.fusedWith(TEXTS.search(acme, "disk").headline(BODY)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("headline");
    HybridSearch<Passage> search = hybrid(acme, "disk");
    for (double[] weights :
        new double[][] {{-1, 1}, {0, 0}, {Double.NaN, 1}, {1, Double.POSITIVE_INFINITY}}) {
      assertThatThrownBy(() -> search.weights(weights[0], weights[1]))
          .isInstanceOf(UsageException.class);
    }
    assertThatThrownBy(() -> search.top(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> search.candidates(1_001)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> new Fusion.ReciprocalRank(0)).isInstanceOf(UsageException.class);
  }
}
