package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.Session;
import dev.tenon.core.TenonException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.VectorIndexBuild.Result;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Lists are made of rows, and anew of others. */
@TenonTest(schema = VectorIndexBuildTest.Schema.class)
final class IvfflatRowsTest {

  private static final int ROWS = 4_000;
  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final VectorRepository<VectorIndexBuildTest.Paper> PAPERS = papers("papers", 64);

  private static VectorRepository<VectorIndexBuildTest.Paper> papers(String table, int dimensions) {
    return VectorRepository.of(
        table, VectorIndexBuildTest.Paper.class, VectorSpace.cosine(dimensions));
  }

  private static Database owner(TestDatabase made) {
    return TestSchema.connect(made, made.owner());
  }

  private static void execute(Session session, String sql) {
    session.jdbc(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
          }
        });
  }

  private static List<Long> indexes(Database owner) {
    return owner
        .sql()
        .fetch("select oid from pg_class where relname like 'papers_embedding_%'")
        .getValues(0, Long.class);
  }

  @Test
  void a_script_that_indexes_an_empty_table_is_refused(TestDatabase made) {
    try (Database owner = owner(made)) {
      VectorRepository<VectorIndexBuildTest.Paper> early =
          papers("early", 8).indexedBy(new IvfflatIndex(100));
      execute(owner, early.tableSql());
      assertThatThrownBy(() -> execute(owner, early.indexSql()))
          .isInstanceOf(TenonException.class)
          .hasMessageContaining("the table \"early\" has 0 rows, fewer than 5000 for 100 lists")
          .hasMessageContaining("made of the rows that are there")
          .hasMessageContaining("indexBuild(owner).run()");
      assertThat(
              owner.sql().fetch("select from pg_class where relname = 'early_embedding_ivfflat'"))
          .isEmpty();
    }
  }

  @Test
  void a_script_counts_rows_that_policies_hide_from_the_owner(TestDatabase made) {
    try (Database owner = owner(made)) {
      assertThatThrownBy(() -> owner.sql().fetchSingle("select count(*) from papers"))
          .isInstanceOf(AccessDeniedException.class);
      assertThatThrownBy(
              () -> execute(owner, PAPERS.indexedBy(new IvfflatIndex(ROWS / 50 + 1)).indexSql()))
          .hasMessageContaining("has 4000 rows, fewer than 4050 for 81 lists");
      execute(owner, PAPERS.indexedBy(new IvfflatIndex(ROWS / 50)).indexSql());
      assertThat(indexes(owner)).hasSize(1);
    }
  }

  @Test
  void a_script_may_load_what_it_indexes_under_any_name(TestDatabase made) {
    VectorRepository<VectorIndexBuildTest.Paper> odd =
        papers("o'\" $tenon$ %1$s \\", 8).indexedBy(new IvfflatIndex(4));
    try (Database owner = owner(made)) {
      owner.transaction(
          transaction -> {
            execute(transaction, odd.tableSql());
            execute(
                transaction,
                """
                insert into %s (tenant_id, id, embedding)
                select '%s', i, ('[1,2,3,4,5,6,7,' || i || ']')::vector
                  from generate_series(1, 200) i"""
                    .formatted(odd.table().name(), ACME));
            execute(transaction, odd.indexSql());
          });
      assertThat(odd.indexBuild(owner).run()).isEqualTo(Result.UNCHANGED);
    }
  }

  @Test
  void an_index_is_built_anew_over_the_rows_that_have_come(
      TestDatabase made, TenantDatabase tenants) {
    VectorRepository<VectorIndexBuildTest.Paper> lists = PAPERS.indexedBy(new IvfflatIndex(40));
    try (Database owner = owner(made)) {
      execute(
          owner,
          "create index papers_embedding_ivfflat on papers"
              + " using ivfflat (embedding vector_cosine_ops) with (lists = 40)");
      List<Long> before = indexes(owner);
      assertThat(lists.indexBuild(owner).run()).isEqualTo(Result.UNCHANGED);
      assertThat(indexes(owner)).isEqualTo(before);
      assertThat(lists.indexBuild(owner).rebuild()).isEqualTo(Result.BUILT);
      assertThat(indexes(owner)).hasSize(1).doesNotContainAnyElementsOf(before);
      assertThat(lists.indexBuild(owner).run()).isEqualTo(Result.UNCHANGED);
    }
    assertThat(lists.findings(tenants.as(ACME))).isEmpty();
    assertThat(
            lists
                .search(tenants.as(ACME).withSetting("enable_sort", "off"), Vectors.random(1, 64))
                .explain())
        .contains("papers_embedding_ivfflat ");
  }

  @Test
  void a_rebuild_of_what_is_not_there_builds_it_and_is_cancelled_like_it(TestDatabase made) {
    try (Database owner = owner(made)) {
      VectorIndexBuild cancelled = PAPERS.indexBuild(owner);
      cancelled.cancel();
      assertThat(cancelled.rebuild()).isEqualTo(Result.CANCELLED);
      assertThat(indexes(owner)).isEmpty();
      assertThat(PAPERS.indexBuild(owner).rebuild()).isEqualTo(Result.BUILT);
    }
  }
}
