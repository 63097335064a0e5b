package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Migrations;
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
import org.junit.jupiter.api.Test;

/** Which fence lets the index of the vectors serve. */
@TenonTest(schema = FencedIndexTest.Schema.class)
final class FencedIndexTest {

  private static final int DIMENSIONS = 8;
  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  record Item(int id, Embedding embedding) {}

  private static final VectorRepository<Item> BARRED = items("barred");
  private static final VectorRepository<Item> OPEN = items("open");

  private static VectorRepository<Item> items(String table) {
    return VectorRepository.of(table, Item.class, VectorSpace.cosine(DIMENSIONS));
  }

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
              .script(
                  "V1__items.sql",
                  BARRED.tableSql()
                      + BARRED.indexSql()
                      + TenantTable.fence("barred").key("id").sql()
                      + OPEN.tableSql()
                      + OPEN.indexSql()
                      + TenantTable.fence("open").key("id").withoutBarrier().sql()));
    }
  }

  private static VectorSearch<Item> search(TenantDatabase tenants, VectorRepository<Item> items) {
    TenantSession acme = tenants.as(ACME);
    items.load(
        acme,
        IntStream.range(0, 400)
            .mapToObj(i -> new Item(i, Embedding.of(Vectors.random(i, DIMENSIONS)))));
    // To look at so few rows and sort them would be cheaper.
    return items
        .search(acme.withSetting("enable_sort", "off"), Vectors.random(-1, DIMENSIONS))
        .efSearch(400);
  }

  @Test
  void without_its_barrier_the_index_serves(TenantDatabase tenants) {
    VectorSearch<Item> search = search(tenants, OPEN);
    assertThat(search.explain()).contains("open_embedding_hnsw");
    assertThat(search.fetch().hits()).isEqualTo(search.exact().fetch().hits());
  }

  @Test
  void with_its_barrier_every_row_of_the_tenant_is_compared(TenantDatabase tenants) {
    VectorSearch<Item> search = search(tenants, BARRED);
    assertThat(search.explain()).doesNotContain("barred_embedding_hnsw");
    assertThat(search.fetch().hits()).isEqualTo(search.exact().fetch().hits());
  }
}
