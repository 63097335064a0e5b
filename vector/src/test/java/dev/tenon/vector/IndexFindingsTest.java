package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.VectorFinding.Check;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** A repository that names another index than its table has is told so. */
@TenonTest(schema = IndexFindingsTest.Schema.class)
final class IndexFindingsTest {

  record Item(int id, Embedding embedding) {}

  record Better(int id, Embedding better) {}

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final VectorSpace SPACE = VectorSpace.cosine(8);
  private static final VectorRepository<Item> ITEMS = items("items");
  private static final VectorRepository<Item> BARRED = items("barred");
  private static final VectorRepository<Item> OPEN = items("open");
  private static final VectorRepository<Item> PARTED = items("parted");
  private static final VectorIndex LISTS = new IvfflatIndex(4);
  private static final String IVFFLAT =
      "create index items_embedding_ivfflat on items"
          + " using ivfflat (embedding vector_cosine_ops) with (lists = 4)";

  private static VectorRepository<Item> items(String table) {
    return VectorRepository.of(table, Item.class, SPACE);
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
              .script("V1__items.sql", ITEMS.tableSql() + TenantTable.rls("items").sql())
              .script(
                  "V2__fences.sql",
                  BARRED.tableSql()
                      + TenantTable.fence("barred").key("id").sql()
                      + OPEN.tableSql()
                      + TenantTable.fence("open").key("id").withoutBarrier().sql())
              .script(
                  "V3__parted.sql",
                  PARTED.partitionedTableSql()
                      + TenantTable.rls("parted").sql()
                      + PARTED.partitionSql(ACME)));
    }
  }

  private static void asOwner(TestDatabase made, String sql) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.sql().execute(sql);
    }
  }

  private static void invalidate(TestDatabase made, String index) {
    try (Connection connection = made.dataSource(made.superuser()).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "update pg_index set indisvalid = false where indexrelid = '%s'::regclass"
              .formatted(index));
    } catch (SQLException error) {
      throw new AssertionError(index, error);
    }
  }

  private static VectorFinding only(VectorRepository<?> repository, TenantDatabase tenants) {
    List<VectorFinding> findings = repository.findings(tenants.as(ACME));
    assertThat(findings).hasSize(1);
    assertThat(findings.get(0).check()).isEqualTo(Check.INDEX);
    return findings.get(0);
  }

  @Test
  void an_index_that_is_as_it_is_named_is_no_finding(TenantDatabase tenants, TestDatabase made) {
    for (VectorIndex index :
        List.of(
            HnswIndex.DEFAULT,
            HnswIndex.DEFAULT.quantized(Quantization.HALF),
            HnswIndex.DEFAULT.quantized(Quantization.BINARY))) {
      asOwner(made, "drop index if exists items_embedding_hnsw");
      asOwner(made, ITEMS.indexedBy(index).indexSql());
      assertThat(ITEMS.indexedBy(index).findings(tenants.as(ACME))).as("%s", index).isEmpty();
    }
    asOwner(made, "drop index items_embedding_hnsw");
    asOwner(made, IVFFLAT);
    assertThat(ITEMS.indexedBy(LISTS).findings(tenants.as(ACME))).isEmpty();
  }

  @Test
  void the_name_and_the_building_of_an_index_are_its_own_affair(
      TenantDatabase tenants, TestDatabase made) {
    asOwner(
        made,
        "create index by_hand on items using hnsw (embedding vector_cosine_ops) with (m = 24)");
    assertThat(ITEMS.findings(tenants.as(ACME))).isEmpty();
  }

  @Test
  void an_index_of_the_other_method_is_named_with_what_names_it(
      TenantDatabase tenants, TestDatabase made) {
    asOwner(made, IVFFLAT);
    VectorFinding finding = only(ITEMS, tenants);
    assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(finding.what()).contains("items_embedding_ivfflat", "ivfflat", "hnsw");
    assertThat(finding.fix()).contains("indexedBy(new IvfflatIndex(4))");
    assertThatCode(() -> ITEMS.requireSpace(tenants.as(ACME))).doesNotThrowAnyException();

    asOwner(made, "drop index items_embedding_ivfflat");
    asOwner(made, ITEMS.indexSql());
    VectorFinding back = only(ITEMS.indexedBy(LISTS), tenants);
    assertThat(back.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(back.fix()).contains("indexedBy(new HnswIndex(16, 64))");
  }

  @Test
  void an_index_of_other_candidates_is_named_with_what_names_it(
      TenantDatabase tenants, TestDatabase made) {
    for (Quantization quantization : List.of(Quantization.HALF, Quantization.BINARY)) {
      VectorIndex quantized = new HnswIndex(8, 32).quantized(quantization);
      asOwner(made, "drop index if exists items_embedding_hnsw");
      asOwner(made, ITEMS.indexedBy(quantized).indexSql());
      VectorFinding finding = only(ITEMS, tenants);
      assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
      assertThat(finding.fix())
          .contains("indexedBy(new HnswIndex(8, 32).quantized(Quantization." + quantization + "))");
    }
  }

  @Test
  void an_index_of_another_metric_has_no_name_and_is_built_anew(
      TenantDatabase tenants, TestDatabase made) {
    asOwner(made, "create index on items using hnsw (embedding vector_l2_ops)");
    VectorFinding finding = only(ITEMS, tenants);
    assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(finding.what()).contains("vector_l2_ops");
    assertThat(finding.fix()).contains("indexBuild(owner).run()").doesNotContain("indexedBy");
  }

  @Test
  void no_index_is_advice(TenantDatabase tenants, TestDatabase made) {
    asOwner(
        made,
        "create index on items using hnsw (embedding vector_cosine_ops) where id > 5;"
            + "alter table items add column better vector(8);"
            + "comment on column items.better is 'tenon space: cosine(8)'");
    VectorFinding finding = only(ITEMS, tenants);
    assertThat(finding.severity()).isEqualTo(Severity.ADVICE);
    assertThat(finding.why()).contains("every row");
    assertThat(finding.fix()).contains("indexBuild(owner).run()");

    VectorRepository<Better> better =
        VectorRepository.of(DSL.table(DSL.name("items")), Better.class, SPACE);
    asOwner(made, better.indexedBy(HnswIndex.DEFAULT.quantized(Quantization.HALF)).indexSql());
    assertThat(only(ITEMS, tenants).severity()).isEqualTo(Severity.ADVICE);
    assertThat(only(better, tenants).severity()).isEqualTo(Severity.CRITICAL);
  }

  @Test
  void an_invalid_index_is_told_beside_a_good_one_too(TenantDatabase tenants, TestDatabase made) {
    asOwner(made, ITEMS.indexSql());
    invalidate(made, "items_embedding_hnsw");
    VectorFinding alone = only(ITEMS, tenants);
    assertThat(alone.severity()).isEqualTo(Severity.WARNING);
    assertThat(alone.what()).contains("items_embedding_hnsw", "not valid");
    assertThat(alone.fix()).contains("indexBuild(owner).run()").doesNotContain("drop");

    asOwner(made, "alter index items_embedding_hnsw rename to by_hand");
    asOwner(made, ITEMS.indexSql());
    VectorFinding beside = only(ITEMS, tenants);
    assertThat(beside.severity()).isEqualTo(Severity.ADVICE);
    assertThat(beside.fix()).contains("drop index concurrently").contains("by_hand");
  }

  @Test
  void what_a_killed_build_left_is_swept_as_the_fix_says(
      TenantDatabase tenants, TestDatabase made) {
    asOwner(made, ITEMS.indexSql());
    asOwner(made, "alter index items_embedding_hnsw rename to items_embedding_hnsw_new");
    invalidate(made, "items_embedding_hnsw_new");
    assertThat(only(ITEMS, tenants).fix()).doesNotContain("drop");
    try (Database owner = TestSchema.connect(made, made.owner())) {
      ITEMS.indexBuild(owner).run();
    }
    assertThat(ITEMS.findings(tenants.as(ACME))).isEmpty();
  }

  @Test
  void other_lists_are_a_warning(TenantDatabase tenants, TestDatabase made) {
    asOwner(made, IVFFLAT);
    VectorFinding finding = only(ITEMS.indexedBy(new IvfflatIndex(100)), tenants);
    assertThat(finding.severity()).isEqualTo(Severity.WARNING);
    assertThat(finding.fix()).contains("indexedBy(new IvfflatIndex(4))");
  }

  @Test
  void an_index_of_the_other_method_beside_the_named_one_is_a_warning(
      TenantDatabase tenants, TestDatabase made) {
    asOwner(made, IVFFLAT);
    asOwner(made, ITEMS.indexSql());
    for (VectorRepository<Item> repository : List.of(ITEMS, ITEMS.indexedBy(LISTS))) {
      assertThat(only(repository, tenants).severity()).isEqualTo(Severity.WARNING);
    }
    asOwner(made, "drop index items_embedding_ivfflat");
    asOwner(made, "create index on items using hnsw ((embedding::halfvec(8)) halfvec_cosine_ops)");
    assertThat(ITEMS.findings(tenants.as(ACME))).isEmpty();
  }

  @Test
  void behind_a_fence_the_table_is_asked_and_where_no_index_serves_nothing_is(
      TenantDatabase tenants, TestDatabase made) {
    assertThat(BARRED.findings(tenants.as(ACME))).isEmpty();
    assertThat(only(OPEN, tenants).severity()).isEqualTo(Severity.ADVICE);
    try (Database owner = TestSchema.connect(made, made.owner())) {
      OPEN.indexBuild(owner).run();
    }
    assertThat(OPEN.findings(tenants.as(ACME))).isEmpty();
    assertThat(only(OPEN.indexedBy(LISTS), tenants).severity()).isEqualTo(Severity.CRITICAL);
  }

  @Test
  void of_a_partitioned_table_each_part_but_that_of_the_others_is_asked(
      TenantDatabase tenants, TestDatabase made) {
    VectorFinding finding = only(PARTED, tenants);
    assertThat(finding.severity()).isEqualTo(Severity.ADVICE);
    assertThat(finding.subject()).isEqualTo("parted_0a2f6f1f9b11.embedding");
    assertThat(finding.fix()).contains("indexBuild(owner, tenant).run()");
    try (Database owner = TestSchema.connect(made, made.owner())) {
      PARTED.indexBuild(owner, ACME).run();
    }
    assertThat(PARTED.findings(tenants.as(ACME))).isEmpty();
    assertThat(only(PARTED.indexedBy(LISTS), tenants).severity()).isEqualTo(Severity.CRITICAL);
    invalidate(made, "parted_0a2f6f1f9b11_embedding_hnsw");
    assertThat(only(PARTED, tenants).fix()).contains("indexBuild(owner, tenant).run()");
    try (Database owner = TestSchema.connect(made, made.owner())) {
      PARTED.indexBuild(owner, ACME).run();
    }
    asOwner(made, "create index on parted_others using ivfflat (embedding vector_cosine_ops)");
    assertThat(only(PARTED, tenants).subject()).isEqualTo("parted_others.embedding");
  }
}
