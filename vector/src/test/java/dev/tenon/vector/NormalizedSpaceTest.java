package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Spaces whose vectors all have the length 1. */
@TenonTest(schema = NormalizedSpaceTest.Schema.class)
final class NormalizedSpaceTest {

  record Item(int id, Embedding embedding) {}

  record Sparse(int id, SparseEmbedding embedding) {}

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final int DIMENSIONS = 16;

  private static final VectorRepository<Item> SINGLE =
      VectorRepository.of("single", Item.class, VectorSpace.cosine(DIMENSIONS).normalized());
  private static final VectorRepository<Item> HALF =
      VectorRepository.of(
          "halves", Item.class, VectorSpace.innerProduct(DIMENSIONS).normalized().half());
  private static final VectorRepository<Sparse> SPARSE =
      VectorRepository.of("sparse", Sparse.class, VectorSpace.l2(DIMENSIONS).sparse().normalized());

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("items")
              .script("V1__single.sql", SINGLE.tableSql() + TenantTable.rls("single").sql())
              .script("V2__half.sql", HALF.tableSql() + TenantTable.rls("halves").sql())
              .script("V3__sparse.sql", SPARSE.tableSql() + TenantTable.rls("sparse").sql()));
    }
  }

  /** Of a length. */
  private static float[] vector(int seed, double length) {
    float[] vector = Vectors.random(seed, DIMENSIONS);
    double squares = 0;
    for (float component : vector) {
      squares += (double) component * component;
    }
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] / Math.sqrt(squares) * length);
    }
    return vector;
  }

  private static SparseEmbedding sparse(float one, float other) {
    float[] vector = new float[DIMENSIONS];
    vector[3] = one;
    vector[7] = other;
    return SparseEmbedding.ofDense(vector);
  }

  @Test
  void what_has_not_the_length_1_is_refused_with_the_place_of_its_record(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    for (double length : new double[] {0.9985, 1.0015, 0.5, 7}) {
      Item longer = new Item(2, Embedding.of(vector(2, length)));
      List<Item> batch = List.of(new Item(1, Embedding.of(vector(1, 1))), longer);
      for (VectorRepository<Item> items : List.of(SINGLE, HALF)) {
        assertThatThrownBy(() -> items.upsertAll(acme, batch))
            .isInstanceOf(InvalidDataException.class)
            .hasMessageContaining("the vector has the length")
            .hasMessageContaining("record 1");
        assertThatThrownBy(() -> items.load(acme, batch.stream()))
            .isInstanceOf(InvalidDataException.class)
            .hasMessageContaining("record 1");
        assertThatThrownBy(() -> items.upsert(acme, longer))
            .isInstanceOf(InvalidDataException.class);
        assertThatThrownBy(() -> items.search(acme, vector(3, length)))
            .isInstanceOf(InvalidDataException.class);
      }
    }
    assertThatThrownBy(() -> SPARSE.upsert(acme, new Sparse(1, sparse(1, 0.1f))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the vector has the length 1.00499");
  }

  @Test
  void what_is_within_the_tolerance_is_stored_also_where_half_precision_rounds(
      TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      items.add(new Item(i, Embedding.of(vector(i, i % 2 == 0 ? 0.99901 : 1.00099))));
    }
    assertThat(SINGLE.load(acme, items.stream())).isEqualTo(200);
    assertThat(HALF.load(acme, items.stream())).isEqualTo(200);
    SPARSE.upsert(acme, new Sparse(1, sparse(0.6f, 0.8f)));
    assertThat(SPARSE.search(acme, sparse(0.8f, 0.6f)).fetch().hits()).hasSize(1);
  }

  @Test
  void the_server_refuses_from_other_writers_what_is_not_normalized(TenantDatabase tenants) {
    for (String table : new String[] {"single", "halves"}) {
      assertThatThrownBy(
              () ->
                  tenants
                      .as(ACME)
                      .sql()
                      .execute(
                          "insert into %s (tenant_id, id, embedding) values (?, 1, ?::vector)"
                              .formatted(table),
                          ACME,
                          EmbeddingBytes.text(vector(1, 1.01))))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining(table + "_embedding_is_normalized");
    }
  }

  @Test
  void a_score_is_the_cosine(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    float[] query = vector(99, 0.9991);
    Item item = new Item(1, Embedding.of(vector(1, 1.0009)));
    SINGLE.upsert(acme, item);
    double cosine = 1 - Metric.COSINE.distance(query, item.embedding().components());
    Hit<Item> hit = SINGLE.search(acme, query).fetch().hits().get(0);
    assertThat(hit.score()).isCloseTo(cosine, within(1e-6));
    assertThat(hit.distance()).isCloseTo(1 - cosine, within(1e-6));
  }

  @Test
  void bits_have_no_length() {
    assertThatThrownBy(() -> VectorSpace.hamming(8).normalized())
        .isInstanceOf(UsageException.class);
    assertThat(VectorSpace.cosine(8).normalized())
        .isEqualTo(VectorSpace.cosine(8).normalized())
        .isNotEqualTo(VectorSpace.cosine(8))
        .hasToString("cosine(8).normalized()");
  }
}
