package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Lists of what is not of single precision. */
@TenonTest(schema = IvfflatElementsTest.Schema.class)
final class IvfflatElementsTest {

  private static final int DIMENSIONS = 16;
  private static final int ROWS = 300;
  private static final IvfflatIndex LISTS = new IvfflatIndex(4);
  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  record Dense(int id, Embedding embedding) {}

  record Bits(int id, BinaryEmbedding embedding) {}

  private static final VectorRepository<Dense> HALF =
      VectorRepository.of("half", Dense.class, VectorSpace.cosine(DIMENSIONS).half())
          .indexedBy(LISTS);
  private static final VectorRepository<Bits> HAMMING =
      VectorRepository.of("hamming", Bits.class, VectorSpace.hamming(DIMENSIONS)).indexedBy(LISTS);

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("lists")
              .script(
                  "V1__lists.sql",
                  HALF.tableSql()
                      + HAMMING.tableSql()
                      + TenantTable.rls("half").sql()
                      + TenantTable.rls("hamming").sql()));
    }
  }

  private static BinaryEmbedding bits(int seed) {
    Random random = new Random(seed);
    boolean[] bits = new boolean[DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) {
      bits[i] = random.nextBoolean();
    }
    return BinaryEmbedding.of(bits);
  }

  /**
   * Of all lists they find what an exact search finds, and a scan of one list goes on to the
   * others.
   */
  private static <T> void assertServed(
      VectorRepository<T> repository, VectorSearch<T> search, TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      assertThat(repository.indexBuild(owner).run()).isEqualTo(VectorIndexBuild.Result.BUILT);
    }
    VectorSearch<T> ofAll = search.top(20).probes(LISTS.lists());
    assertThat(ofAll.explain()).contains("_embedding_ivfflat");
    assertThat(ofAll.fetch().hits())
        .extracting(Hit::distance)
        .isEqualTo(search.top(20).exact().fetch().hits().stream().map(Hit::distance).toList());
    assertThat(search.top(ROWS).probes(1).fetch().hits()).hasSize(ROWS);
  }

  private static TenantSession unsorted(TenantDatabase tenants) {
    return tenants.as(ACME).withSetting("enable_sort", "off");
  }

  @Test
  void of_half_precision(TenantDatabase tenants, TestDatabase made) {
    HALF.load(
        tenants.as(ACME),
        IntStream.range(0, ROWS)
            .mapToObj(i -> new Dense(i, Embedding.of(Vectors.random(i, DIMENSIONS)))));
    assertServed(HALF, HALF.search(unsorted(tenants), Vectors.random(-1, DIMENSIONS)), made);
  }

  @Test
  void of_bits(TenantDatabase tenants, TestDatabase made) {
    HAMMING.load(tenants.as(ACME), IntStream.range(0, ROWS).mapToObj(i -> new Bits(i, bits(i))));
    assertServed(HAMMING, HAMMING.search(unsorted(tenants), bits(-1)), made);
  }
}
