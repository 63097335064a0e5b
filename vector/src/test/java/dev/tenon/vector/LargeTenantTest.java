package dev.tenon.vector;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.audit.Finding;
import dev.tenon.tenancy.audit.TenancyAudit;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.VectorIndexBuild.Result;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** A large tenant has a part of the table and an index of its own, the small ones share another. */
@TenonTest(schema = LargeTenantTest.Schema.class)
final class LargeTenantTest {

  private static final int DIMENSIONS = 16;
  private static final int ROWS_OF_LARGE = 3_000;
  private static final int ROWS_OF_SMALL = 10;
  private static final UUID LARGE = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID NEW = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b22");
  private static final String INDEX = "items_0a2f6f1f9b11_embedding_hnsw";

  record Item(int id, Embedding embedding) {}

  private static final VectorRepository<Item> ITEMS =
      VectorRepository.of("items", Item.class, VectorSpace.cosine(DIMENSIONS));

  private static UUID small(int number) {
    return new UUID(0x018f3c1e7b7a7c3eL, 0xbfff000000000000L + number);
  }

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    /** The large tenant has rows already when it is given a part of its own. */
    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("items")
              .script("V1__items.sql", ITEMS.partitionedTableSql() + FILL)
              .script("V2__policies.sql", TenantTable.rls("items").sql())
              .script("V3__large.sql", ITEMS.partitionSql(LARGE) + "analyze items;"));
    }

    private static final String FILL =
        """
        select setseed(0.5);
        insert into items (tenant_id, id, embedding)
        select case when i <= %1$d then '%2$s'::uuid
                    else ('018f3c1e-7b7a-7c3e-bfff-' || lpad(to_hex(i / %3$d), 12, '0'))::uuid end,
               i,
               (select array_agg(random() - 0.5 + 0 * (i + axis))
                  from generate_series(1, %4$d) axis)::vector
          from generate_series(1, 2 * %1$d) i;
        """
            .formatted(ROWS_OF_LARGE, LARGE, ROWS_OF_SMALL, DIMENSIONS);
  }

  private static float[] query() {
    return Vectors.random(3, DIMENSIONS);
  }

  private static Database owner(TestDatabase made) {
    return TestSchema.connect(made, made.owner());
  }

  private static Session indexed(TestDatabase made, TenantDatabase tenants) {
    try (Database owner = owner(made)) {
      assertThat(ITEMS.indexBuild(owner, LARGE).run()).isEqualTo(Result.BUILT);
      assertThat(ITEMS.indexBuild(owner, LARGE).run()).isEqualTo(Result.UNCHANGED);
      owner.sql().execute("analyze items");
    }
    return tenants.as(LARGE);
  }

  /** Counted by the server, whose EXPLAIN plans for the values and knows no generic plan. */
  private static int scans(Session session) {
    return session
        .sql()
        .fetchSingle("select pg_stat_get_xact_numscans({0}::regclass)", INDEX)
        .get(0, Integer.class);
  }

  @Test
  void its_index_serves_the_large_tenant_and_a_small_one_is_compared_exactly(
      TestDatabase made, TenantDatabase tenants) {
    Session large = indexed(made, tenants);
    assertThat(ITEMS.search(large, query()).explain())
        .contains("Index Scan using " + INDEX)
        .doesNotContain("others");
    VectorSearch<Item> small = ITEMS.search(tenants.as(small(400)), query());
    assertThat(small.explain()).contains("items_others_pkey").doesNotContain("hnsw");
    assertThat(small.fetch().hits()).hasSize(ROWS_OF_SMALL).isEqualTo(small.exact().fetch().hits());
  }

  /** Which a partial index does not: a plan for any tenant cannot use it. */
  @Test
  void its_index_serves_a_plan_that_is_made_for_any_tenant(
      TestDatabase made, TenantDatabase tenants) {
    Session large = indexed(made, tenants).withSetting("plan_cache_mode", "force_generic_plan");
    large.transaction(
        transaction -> {
          int before = scans(transaction);
          for (int i = 1; i <= 20; i++) {
            assertThat(ITEMS.search(transaction, query()).fetch().hits()).hasSize(10);
            assertThat(scans(transaction)).isEqualTo(before + i);
          }
        });
  }

  @Test
  void an_index_of_no_part_is_refused(TestDatabase made) {
    try (Database owner = owner(made)) {
      assertThatThrownBy(() -> ITEMS.indexBuild(owner).run())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("the table is partitioned")
          .hasMessageContaining("indexBuild(owner, tenant)");
      assertThatThrownBy(() -> ITEMS.indexBuild(owner, NEW).run())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("items_0a2f6f1f9b22")
          .hasMessageContaining("partitionSql(tenant)");
    }
  }

  @Test
  void rows_are_moved_into_the_part_and_written_and_found_as_before(
      TestDatabase made, TenantDatabase tenants) {
    Session large = tenants.as(LARGE);
    assertThat(large.sql().fetchCount(DSL.table("items"))).isEqualTo(ROWS_OF_LARGE);
    try (Database owner = owner(made)) {
      assertThat(
              owner.sql().fetchSingle("select count(*) from items_0a2f6f1f9b11").get(0, int.class))
          .isEqualTo(ROWS_OF_LARGE);
      String again = ITEMS.partitionSql(NEW);
      assertThatThrownBy(() -> owner.sql().execute(again))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("can only be used in transaction blocks");
      owner.transaction(transaction -> transaction.sql().execute(again));
    }
    for (UUID tenant : List.of(LARGE, NEW, small(401))) {
      Session session = tenants.as(tenant);
      Item written = new Item(7_000, Embedding.of(query()));
      ITEMS.upsert(session, written);
      ITEMS.load(
          session, IntStream.range(0, 3).mapToObj(i -> new Item(7_000 + i, written.embedding())));
      assertThat(ITEMS.search(session, query()).top(3).fetch().records())
          .extracting(Item::id)
          .containsExactly(7_000, 7_001, 7_002);
    }
  }

  @Test
  void parts_hold_under_attack_also_where_they_are_granted_by_mistake(
      TestDatabase made, TenantDatabase tenants) {
    try (Database owner = owner(made)) {
      assertThat(TenancyAudit.of(owner).roles(made.application().user()).findings())
          .filteredOn(finding -> finding.severity() != Finding.Severity.INFO)
          .extracting(Finding::rule)
          .containsOnly(Finding.Rule.DEFAULT_PRIVILEGES);
      owner
          .sql()
          .execute(
              "grant select, delete on items_others, items_0a2f6f1f9b11 to "
                  + made.application().user());
    }
    for (String part : List.of("items_others", "items_0a2f6f1f9b11")) {
      assertThat(tenants.as(LARGE).sql().fetch("select id from " + part)).isEmpty();
      assertThat(tenants.as(LARGE).sql().execute("delete from " + part)).isZero();
    }
    assertThatIsolation(made).between(LARGE, small(400)).holds();
  }
}
