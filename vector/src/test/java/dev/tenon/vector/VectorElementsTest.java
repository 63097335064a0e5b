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
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Vectors of half precision, of bits, and sparse ones, against Java. */
@TenonTest(schema = VectorElementsTest.Schema.class)
final class VectorElementsTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final int ROWS = 300;
  private static final int BITS = 77;
  private static final int SPARSE = 1_000_000;

  record Dense(int id, Embedding embedding) {}

  record Bits(int id, BinaryEmbedding embedding) {}

  record Sparse(int id, SparseEmbedding embedding) {}

  private static final VectorRepository<Dense> HALF =
      VectorRepository.of("half", Dense.class, VectorSpace.cosine(8).half());
  private static final VectorRepository<Dense> HALF_L2 =
      VectorRepository.of("half_l2", Dense.class, VectorSpace.l2(8).half());
  private static final VectorRepository<Dense> LONG =
      VectorRepository.of("long_half", Dense.class, VectorSpace.cosine(3072).half());
  private static final VectorRepository<Bits> HAMMING =
      VectorRepository.of("hamming", Bits.class, VectorSpace.hamming(BITS));
  private static final VectorRepository<Bits> JACCARD =
      VectorRepository.of("jaccard", Bits.class, VectorSpace.jaccard(BITS));
  private static final VectorRepository<Sparse> SPARSE_COSINE =
      VectorRepository.of("sparse", Sparse.class, VectorSpace.cosine(SPARSE).sparse());
  private static final VectorRepository<Sparse> SPARSE_L2 =
      VectorRepository.of("sparse_l2", Sparse.class, VectorSpace.l2(SPARSE).sparse());

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      StringBuilder script = new StringBuilder();
      Map<String, VectorRepository<?>> tables =
          Map.of(
              "half", HALF,
              "half_l2", HALF_L2,
              "long_half", LONG,
              "hamming", HAMMING,
              "jaccard", JACCARD,
              "sparse", SPARSE_COSINE,
              "sparse_l2", SPARSE_L2);
      tables.forEach(
          (table, repository) ->
              script
                  .append(repository.tableSql())
                  .append(repository.indexSql())
                  .append(TenantTable.rls(table).sql()));
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("elements").script("V1__elements.sql", script.toString()));
    }
  }

  private static BinaryEmbedding bits(int seed) {
    Random random = new Random(seed);
    boolean[] bits = new boolean[BITS];
    for (int i = 0; i < BITS; i++) {
      bits[i] = random.nextInt(3) == 0;
    }
    return BinaryEmbedding.of(bits);
  }

  private static BitSet set(BinaryEmbedding bits) {
    BitSet set = new BitSet();
    IntStream.range(0, bits.dimensions()).filter(bits::get).forEach(set::set);
    return set;
  }

  private static SparseEmbedding sparse(int seed) {
    Random random = new Random(seed);
    Map<Integer, Float> components = new java.util.HashMap<>();
    components.put(SPARSE - 1, 1 + random.nextFloat());
    for (int i = 0; i < 20; i++) {
      components.put(random.nextInt(30), (float) random.nextGaussian());
    }
    return SparseEmbedding.of(SPARSE, components);
  }

  private static List<Integer> nearest(IntToDoubleFunction distance) {
    return IntStream.range(0, ROWS)
        .boxed()
        .sorted(
            java.util.Comparator.<Integer>comparingDouble(distance::applyAsDouble)
                .thenComparing(i -> i))
        .limit(20)
        .toList();
  }

  /** Exactly, and by the index, to which a sort of so few rows would be preferred. */
  private static <T> void assertNearest(
      VectorSearch<T> search,
      java.util.function.ToIntFunction<T> id,
      IntToDoubleFunction distance) {
    List<Hit<T>> hits = search.top(20).exact().fetch().hits();
    assertThat(hits).extracting(hit -> id.applyAsInt(hit.record())).isEqualTo(nearest(distance));
    for (Hit<T> hit : hits) {
      assertThat(hit.distance())
          .isCloseTo(distance.applyAsDouble(id.applyAsInt(hit.record())), Offset.offset(2e-3));
    }
    List<Hit<T>> indexed = search.top(20).efSearch(400).fetch().hits();
    assertThat(indexed)
        .extracting(Hit::distance)
        .isEqualTo(hits.stream().map(Hit::distance).toList());
    assertThat(search.explain()).contains("_embedding_hnsw");
  }

  private static TenantSession acme(TenantDatabase tenants) {
    return tenants.as(ACME);
  }

  private static TenantSession unsorted(TenantSession session) {
    return session.withSetting("enable_sort", "off");
  }

  @Test
  void half_precision_finds_what_single_precision_does(TenantDatabase tenants) {
    TenantSession acme = acme(tenants);
    HALF.load(acme, IntStream.range(0, ROWS).mapToObj(VectorElementsTest::dense));
    float[] query = Vectors.random(99_999, 8);
    assertNearest(
        HALF.search(unsorted(acme), query),
        Dense::id,
        i -> 1 - Vectors.cosine(query, Vectors.random(i, 8)));
  }

  private static Dense dense(int id) {
    return new Dense(id, Embedding.of(Vectors.random(id, 8)));
  }

  @Test
  void what_half_precision_cannot_hold_is_refused_and_all_else_has_distances(
      TenantDatabase tenants) {
    TenantSession acme = acme(tenants);
    for (float refused : new float[] {65_520, -65_520, 1e30f}) {
      assertThatThrownBy(() -> HALF.upsert(acme, new Dense(1, Embedding.of(row(refused)))))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("half precision ends at 65504");
    }
    assertThatThrownBy(() -> HALF.upsert(acme, new Dense(1, Embedding.of(row(0x1p-25f)))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("rounds them to zero");

    HALF.upsertAll(
        acme,
        List.of(
            new Dense(1, Embedding.of(row(65_519.9f))),
            new Dense(2, Embedding.of(row(Math.nextUp(0x1p-25f))))));
    HALF_L2.upsertAll(
        acme,
        List.of(
            new Dense(1, Embedding.of(row(65_504))),
            new Dense(2, Embedding.of(row(-65_504))),
            new Dense(3, Embedding.of(row(1e-30f)))));
    assertThat(HALF.search(acme, row(1)).top(9).fetch().hits())
        .hasSize(2)
        .allMatch(hit -> Double.isFinite(hit.distance()));
    assertThat(HALF_L2.search(acme, row(65_504)).top(9).fetch().hits())
        .hasSize(3)
        .allMatch(hit -> Double.isFinite(hit.distance()));
  }

  private static float[] row(float component) {
    return Vectors.filled(component, 8);
  }

  @Test
  void more_dimensions_than_a_vector_indexes_are_indexed_as_half_precision(TenantDatabase tenants) {
    TenantSession acme = acme(tenants);
    LONG.load(
        acme,
        IntStream.range(0, 50).mapToObj(i -> new Dense(i, Embedding.of(Vectors.random(i, 3072)))));
    VectorSearch<Dense> search = LONG.search(unsorted(acme), Vectors.random(7, 3072)).top(3);
    assertThat(search.fetch().records().get(0).id()).isEqualTo(7);
    assertThat(search.explain()).contains("long_half_embedding_hnsw");

    VectorRepository<Dense> single =
        VectorRepository.of("longer", Dense.class, VectorSpace.cosine(3072));
    assertThatThrownBy(single::indexSql)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("3072 dimensions")
        .hasMessageContaining("at most 2000 dimensions")
        .hasMessageContaining("half()");
  }

  @Test
  void bits_are_compared_by_how_many_differ(TenantDatabase tenants) {
    TenantSession acme = acme(tenants);
    HAMMING.load(acme, IntStream.range(0, ROWS).mapToObj(i -> new Bits(i, bits(i))));
    BinaryEmbedding query = bits(99_999);
    assertNearest(
        HAMMING.search(unsorted(acme), query),
        Bits::id,
        i -> {
          BitSet differ = set(bits(i));
          differ.xor(set(query));
          return differ.cardinality();
        });
    Hit<Bits> nearest = HAMMING.search(acme, bits(5)).top(1).fetch().hits().get(0);
    assertThat(nearest).isEqualTo(new Hit<>(new Bits(5, bits(5)), 0, 1));
  }

  @Test
  void bits_are_compared_by_how_many_both_have(TenantDatabase tenants) {
    TenantSession acme = acme(tenants);
    JACCARD.load(acme, IntStream.range(0, ROWS).mapToObj(i -> new Bits(i, bits(i))));
    BinaryEmbedding query = bits(99_999);
    assertNearest(
        JACCARD.search(unsorted(acme), query),
        Bits::id,
        i -> {
          BitSet both = set(bits(i));
          both.and(set(query));
          BitSet either = set(bits(i));
          either.or(set(query));
          return 1 - (double) both.cardinality() / either.cardinality();
        });
    JACCARD.upsert(acme, new Bits(-1, BinaryEmbedding.of(new boolean[BITS])));
    assertThat(
            JACCARD
                .search(acme, BinaryEmbedding.of(new boolean[BITS]))
                .top(ROWS + 1)
                .fetch()
                .hits())
        .hasSize(ROWS + 1)
        .allMatch(hit -> hit.distance() == 1 && hit.score() == 0);
  }

  @Test
  void sparse_vectors_are_compared_as_what_they_stand_for(TenantDatabase tenants) {
    TenantSession acme = acme(tenants);
    SPARSE_COSINE.load(acme, IntStream.range(0, ROWS).mapToObj(i -> new Sparse(i, sparse(i))));
    IntStream.range(0, ROWS).forEach(i -> SPARSE_L2.upsert(acme, new Sparse(i, sparse(i))));
    SparseEmbedding query = sparse(99_999);
    float[] dense = numbers(query);
    assertNearest(
        SPARSE_COSINE.search(unsorted(acme), query),
        Sparse::id,
        i -> Metric.COSINE.distance(dense, numbers(sparse(i))));
    assertNearest(
        SPARSE_L2.search(unsorted(acme), query),
        Sparse::id,
        i -> Metric.L2.distance(dense, numbers(sparse(i))));
    assertThat(SPARSE_L2.search(acme, sparse(5)).top(1).fetch().records())
        .containsExactly(new Sparse(5, sparse(5)));
  }

  /** The last of the million stands behind the first thirty. */
  private static float[] numbers(SparseEmbedding sparse) {
    float[] numbers = new float[31];
    sparse
        .components()
        .forEach((position, value) -> numbers[position == SPARSE - 1 ? 30 : position] = value);
    return numbers;
  }

  @Test
  void a_sparse_vector_that_no_index_takes_is_refused(TenantDatabase tenants) {
    TenantSession acme = acme(tenants);
    SparseEmbedding full = SparseEmbedding.ofDense(Vectors.filled(1, 1_001));
    VectorRepository<Sparse> table =
        VectorRepository.of("sparse", Sparse.class, VectorSpace.cosine(1_001).sparse());
    assertThatThrownBy(() -> table.upsert(acme, new Sparse(1, full)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("1001 components of the vector are not zero");
    for (SparseEmbedding refused :
        List.of(
            SparseEmbedding.of(SPARSE, Map.of()),
            SparseEmbedding.of(SPARSE, Map.of(3, Float.NaN)),
            SparseEmbedding.of(SPARSE - 1, Map.of(3, 1f)))) {
      assertThatThrownBy(() -> SPARSE_COSINE.upsert(acme, new Sparse(1, refused)))
          .isInstanceOf(InvalidDataException.class);
    }
    assertThatThrownBy(() -> SparseEmbedding.of(3, Map.of(3, 1f)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a component at 3 of 3 dimensions");
  }

  @Test
  void as_many_components_as_an_index_takes_are_stored(TenantDatabase tenants) {
    float[] numbers = new float[1_000];
    java.util.Arrays.fill(numbers, 1);
    Map<Integer, Float> components = new java.util.HashMap<>();
    IntStream.range(0, 1_000).forEach(i -> components.put(i * 1_000, -0.1f * i - 1));
    SparseEmbedding most = SparseEmbedding.of(SPARSE, components);
    SPARSE_COSINE.upsert(acme(tenants), new Sparse(1, most));
    assertThat(SPARSE_COSINE.search(acme(tenants), most).fetch().records())
        .containsExactly(new Sparse(1, most));
  }

  @Test
  void a_record_must_hold_what_the_space_is_made_of() {
    assertThatThrownBy(() -> VectorRepository.of("half", Bits.class, VectorSpace.cosine(8)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("Bits has an embedding of the type BinaryEmbedding")
        .hasMessageContaining("cosine(8) is made of vector");
    assertThatThrownBy(() -> VectorRepository.of("x", Dense.class, VectorSpace.hamming(8)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("made of bit");
  }

  @Test
  void a_query_must_be_made_of_what_the_space_is_made_of(TenantDatabase tenants) {
    assertThatThrownBy(() -> HAMMING.search(acme(tenants), new float[BITS]))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("a vector of the type float[] was given")
        .hasMessageContaining("hamming(77) is made of bit");
    assertThatThrownBy(() -> HAMMING.search(acme(tenants), BinaryEmbedding.of(true)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("1 dimensions instead of 77");
  }

  @Test
  void spaces_that_cannot_be_are_refused_where_they_are_made() {
    assertThatThrownBy(() -> VectorSpace.hamming(8).half())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("half() was asked of the space hamming(8)");
    assertThatThrownBy(() -> VectorSpace.l2(8).sparse().half())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("half precision or sparse, not both");
    assertThatThrownBy(() -> VectorSpace.hamming(64_001)).isInstanceOf(UsageException.class);
    assertThat(VectorSpace.l2(8).half())
        .hasToString("l2(8).half()")
        .isEqualTo(VectorSpace.l2(8).half());
  }

  @Test
  void signs_are_the_bits_that_the_server_makes_of_a_vector(TenantDatabase tenants) {
    float[] vector = {0.5f, 0, -0f, -1, 1e-30f, 3, -2, 1, 1};
    String server =
        acme(tenants)
            .sql()
            .fetchSingle("select binary_quantize('[0.5,0,-0,-1,1e-30,3,-2,1,1]'::vector)::text")
            .get(0, String.class);
    BinaryEmbedding bits = BinaryEmbedding.ofSigns(vector);
    assertThat(bits.text()).isEqualTo(server);
    assertThat(bits).isEqualTo(BinaryEmbedding.ofPacked(9, bits.toPacked()));
    assertThat(bits).hasToString("bits 8d80 of 9");
    assertThatThrownBy(() -> BinaryEmbedding.ofPacked(9, (byte) 1, (byte) 0x40))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> bits.get(9)).isInstanceOf(IndexOutOfBoundsException.class);
  }
}
