package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.vector.RecallReport.Point;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Indexes of less than the vectors, whose candidates are compared by the vectors. */
@TenonTest(schema = QuantizedIndexTest.Schema.class)
final class QuantizedIndexTest {

  private static final int DIMENSIONS = 96;
  private static final int ROWS = 600;
  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  record Item(int id, Embedding embedding) {}

  private static VectorRepository<Item> items(Quantization quantization) {
    return VectorRepository.of(table(quantization), Item.class, VectorSpace.cosine(DIMENSIONS))
        .indexedBy(HnswIndex.DEFAULT.quantized(quantization));
  }

  private static String table(Quantization quantization) {
    return "items_" + quantization.name().toLowerCase(Locale.ROOT);
  }

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      StringBuilder script = new StringBuilder();
      for (Quantization quantization : Quantization.values()) {
        script
            .append(items(quantization).tableSql())
            .append(items(quantization).indexSql())
            .append(TenantTable.rls(table(quantization)).sql());
      }
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("items").script("V1__items.sql", script.toString()));
    }
  }

  private static TenantSession filled(TenantDatabase tenants, VectorRepository<Item> items) {
    TenantSession acme = tenants.as(ACME);
    items.load(
        acme,
        IntStream.range(0, ROWS)
            .mapToObj(i -> new Item(i, Embedding.of(Vectors.random(i, DIMENSIONS)))));
    return acme.withSetting("enable_sort", "off");
  }

  @ParameterizedTest
  @ValueSource(floats = {1e-9f, 1e6f})
  void what_half_precision_cannot_hold_is_refused_where_an_index_is_made_of_it(
      float component, TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    float[] vector = new float[DIMENSIONS];
    Arrays.fill(vector, component);
    VectorRepository<Item> items = items(Quantization.HALF);
    Item item = new Item(1, Embedding.of(vector));
    List<Runnable> ways =
        List.of(
            () -> items.upsert(acme, item),
            () -> items.load(acme, Stream.of(item)),
            () -> items.search(acme, vector),
            () -> items.searchAll(acme, List.of(vector), search -> search));
    for (Runnable way : ways) {
      assertThatThrownBy(way::run)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("half precision");
    }
    items(Quantization.NONE).upsert(acme, item);
    assertThat(items(Quantization.NONE).search(acme, vector).fetch().records()).contains(item);
  }

  @ParameterizedTest
  @EnumSource(Quantization.class)
  void of_all_rows_as_candidates_the_hits_are_the_exact_ones(
      Quantization quantization, TenantDatabase tenants) {
    VectorRepository<Item> items = items(quantization);
    TenantSession acme = filled(tenants, items);
    VectorSearch<Item> search = items.search(acme, Vectors.random(77_777, DIMENSIONS)).top(15);
    VectorSearch<Item> all =
        quantization == Quantization.NONE
            ? search.efSearch(ROWS)
            : search.candidates(ROWS).efSearch(ROWS);

    assertThat(all.fetch().hits()).isEqualTo(search.exact().fetch().hits());
    assertThat(search.explain()).contains(table(quantization) + "_embedding_hnsw");
    assertThat(items.searchAll(acme, List.of(Vectors.random(77_777, DIMENSIONS)), any -> all))
        .containsExactly(all.fetch());
  }

  @Test
  void more_candidates_find_more_of_the_nearest(TenantDatabase tenants) {
    VectorRepository<Item> items = items(Quantization.BINARY);
    TenantSession acme = filled(tenants, items);
    long few = 0;
    long many = 0;
    for (int seed = 0; seed < 20; seed++) {
      VectorSearch<Item> search =
          items.search(acme, Vectors.random(5_000 + seed, DIMENSIONS)).top(10);
      List<Item> exact = search.exact().fetch().records();
      few += search.candidates(10).fetch().records().stream().filter(exact::contains).count();
      many += search.candidates(200).fetch().records().stream().filter(exact::contains).count();
    }
    assertThat(few).isLessThan(150);
    assertThat(many).isGreaterThan(170);
  }

  @Test
  void its_recall_is_measured_by_candidates(TenantDatabase tenants) {
    VectorRepository<Item> items = items(Quantization.BINARY);
    RecallReport report = items.recall(filled(tenants, items)).run();
    assertThat(report.points()).extracting(Point::setting).containsExactly(10, 20, 50, 100, 200);
    assertThat(report.points().get(0).recall()).isLessThan(0.75);
    assertThat(report.points().get(4).recall()).isGreaterThan(0.85);
    assertThat(report.smallest(0.7)).isPresent();
  }

  @Test
  void distances_are_those_of_the_vectors(TenantDatabase tenants) {
    VectorRepository<Item> items = items(Quantization.BINARY);
    TenantSession acme = filled(tenants, items);
    float[] query = Vectors.random(3, DIMENSIONS);
    Hit<Item> nearest = items.search(acme, query).top(1).fetch().hits().get(0);
    assertThat(nearest.record().id()).isEqualTo(3);
    assertThat(nearest.distance()).isLessThan(1e-6);
  }

  @Test
  void is_refused_where_it_cannot_be() {
    VectorRepository<Item> half =
        VectorRepository.of("x", Item.class, VectorSpace.cosine(DIMENSIONS).half());
    assertThatThrownBy(() -> half.indexedBy(HnswIndex.DEFAULT.quantized(Quantization.BINARY)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("quantized as BINARY of the space cosine(96).half()");
    VectorRepository<Item> wide = VectorRepository.of("x", Item.class, VectorSpace.cosine(5_000));
    assertThatThrownBy(wide.indexedBy(HnswIndex.DEFAULT.quantized(Quantization.HALF))::indexSql)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("at most 4000 dimensions");
    assertThat(wide.indexedBy(HnswIndex.DEFAULT.quantized(Quantization.BINARY)).indexSql())
        .contains("hnsw ((binary_quantize(\"embedding\")::bit(5000)) bit_hamming_ops)");
  }

  @Test
  void candidates_are_refused_where_none_are_compared_again(TenantDatabase tenants) {
    VectorSearch<Item> search =
        items(Quantization.NONE).search(tenants.as(ACME), Vectors.random(1, DIMENSIONS));
    assertThatThrownBy(() -> search.candidates(50))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("candidates(50) was asked of an index of the vectors themselves");
    VectorSearch<Item> quantized =
        items(Quantization.HALF).search(tenants.as(ACME), Vectors.random(1, DIMENSIONS));
    assertThatThrownBy(() -> quantized.candidates(0)).isInstanceOf(UsageException.class);
  }
}
