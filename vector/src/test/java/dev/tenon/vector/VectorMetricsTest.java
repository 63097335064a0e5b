package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way to compare vectors, against Java, with and without an index. */
@TenonTest(schema = VectorMetricsTest.Schema.class)
final class VectorMetricsTest {

  private static final int DIMENSIONS = 8;
  private static final int ROWS = 500;
  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  record Item(int id, Embedding embedding) {}

  /** A way to compare, and what it is in Java. */
  record Way(
      String name,
      VectorRepository<Item> items,
      ToDoubleBiFunction<float[], float[]> distance,
      boolean takesZero) {

    @Override
    public String toString() {
      return name;
    }
  }

  private interface Part {
    double of(float one, float two);
  }

  private static Way way(
      String name, VectorSpace space, ToDoubleBiFunction<float[], float[]> distance) {
    return new Way(
        name,
        VectorRepository.of("items_" + name, Item.class, space),
        distance,
        !name.equals("cosine"));
  }

  private static double sum(float[] one, float[] two, Part part) {
    return IntStream.range(0, one.length).mapToDouble(i -> part.of(one[i], two[i])).sum();
  }

  static List<Way> ways() {
    return List.of(
        way("cosine", VectorSpace.cosine(DIMENSIONS), (one, two) -> 1 - Vectors.cosine(one, two)),
        way(
            "l2",
            VectorSpace.l2(DIMENSIONS),
            (one, two) -> Math.sqrt(sum(one, two, (a, b) -> (double) (a - b) * (a - b)))),
        way(
            "product",
            VectorSpace.innerProduct(DIMENSIONS),
            (one, two) -> -sum(one, two, (a, b) -> (double) a * b)),
        way(
            "l1",
            VectorSpace.l1(DIMENSIONS),
            (one, two) -> sum(one, two, (a, b) -> Math.abs(a - b))));
  }

  static List<Way> withoutDirection() {
    return ways().stream().filter(Way::takesZero).toList();
  }

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      StringBuilder script = new StringBuilder();
      for (Way way : ways()) {
        script
            .append(way.items().tableSql())
            .append(way.items().indexSql())
            .append(TenantTable.rls("items_" + way.name()).sql());
      }
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("items").script("V1__items.sql", script.toString()));
    }
  }

  private static float[] vector(int id) {
    float[] vector = Vectors.random(id, DIMENSIONS);
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] *= 1 + id % 7;
    }
    return vector;
  }

  private static TenantSession filled(TenantDatabase tenants, Way way) {
    TenantSession acme = tenants.as(ACME);
    way.items()
        .load(acme, IntStream.range(0, ROWS).mapToObj(i -> new Item(i, Embedding.of(vector(i)))));
    return acme;
  }

  @ParameterizedTest
  @MethodSource("ways")
  void distances_scores_and_order_are_those_of_java(Way way, TenantDatabase tenants) {
    TenantSession acme = filled(tenants, way);
    float[] query = vector(10_000);
    List<Integer> expected =
        IntStream.range(0, ROWS)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> way.distance().applyAsDouble(query, vector(i))))
            .limit(ROWS / 2)
            .toList();

    List<Hit<Item>> hits = way.items().search(acme, query).top(ROWS / 2).exact().fetch().hits();

    assertThat(hits).extracting(hit -> hit.record().id()).isEqualTo(expected);
    for (Hit<Item> hit : hits) {
      double distance = way.distance().applyAsDouble(query, hit.record().embedding().toArray());
      assertThat(hit.distance()).isCloseTo(distance, Offset.offset(1e-4));
    }
    assertThat(hits)
        .extracting(Hit::score)
        .isSortedAccordingTo(Comparator.<Double>naturalOrder().reversed());
  }

  @ParameterizedTest
  @MethodSource("ways")
  void the_index_serves_the_search_and_finds_the_same_set(Way way, TenantDatabase tenants) {
    // To look at so few rows and sort them would be cheaper.
    TenantSession acme = filled(tenants, way).withSetting("enable_sort", "off");
    for (int seed = 0; seed < 20; seed++) {
      VectorSearch<Item> search =
          way.items().search(acme, vector(20_000 + seed)).top(10).efSearch(200);
      assertThat(search.fetch().records())
          .extracting(Item::id)
          .isEqualTo(search.exact().fetch().records().stream().map(Item::id).toList());
    }
    assertThat(way.items().search(acme, vector(1)).explain()).contains("embedding_hnsw");
  }

  @ParameterizedTest
  @MethodSource("withoutDirection")
  void a_vector_without_length_is_found_with_and_without_the_index(
      Way way, TenantDatabase tenants) {
    TenantSession acme = filled(tenants, way);
    way.items().upsert(acme, new Item(-1, Embedding.of(new float[DIMENSIONS])));
    for (VectorSearch<Item> search :
        Stream.of(way.items().search(acme, Vectors.filled(1e-3, DIMENSIONS)).top(ROWS + 1))
            .flatMap(all -> Stream.of(all, all.exact()))
            .toList()) {
      assertThat(search.fetch().hits())
          .hasSize(ROWS + 1)
          .allMatch(hit -> Double.isFinite(hit.distance()) && Double.isFinite(hit.score()))
          .anyMatch(hit -> hit.record().id() == -1);
    }
  }

  @ParameterizedTest
  @MethodSource("withoutDirection")
  void a_vector_whose_distances_would_be_infinite_is_refused_by_the_server_too(
      Way way, TenantDatabase tenants) {
    TenantSession acme = filled(tenants, way);
    way.items().upsert(acme, new Item(-1, Embedding.of(Vectors.filled(3e18, DIMENSIONS))));
    way.items().upsert(acme, new Item(-2, Embedding.of(Vectors.filled(-3e18, DIMENSIONS))));
    assertThat(
            way.items
                .search(acme, Vectors.filled(3e18, DIMENSIONS))
                .top(ROWS + 2)
                .exact()
                .fetch()
                .hits())
        .hasSize(ROWS + 2)
        .allMatch(hit -> Double.isFinite(hit.distance()));
    assertThatThrownBy(
            () ->
                acme.sql()
                    .execute(
                        "update {0} set embedding = cast(? as vector) where id = 3"
                            .replace("{0}", "items_" + way.name()),
                        "[" + "4e18,".repeat(DIMENSIONS - 1) + "4e18]"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("embedding_has_distances");
  }
}
