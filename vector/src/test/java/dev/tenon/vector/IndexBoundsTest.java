package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.VectorIndexBuild.Result;
import dev.tenon.vector.VectorIndexBuildTest.Paper;
import java.nio.charset.StandardCharsets;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What no index has: more memory than there is, rows below zero, a name that the server cuts. */
@TenonTest(schema = VectorIndexBuildTest.Schema.class)
final class IndexBoundsTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");

  private static VectorRepository<Paper> papers(String table) {
    return VectorRepository.of(table, Paper.class, VectorSpace.cosine(8));
  }

  private static void execute(Session session, String sql) {
    session.jdbc(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
          }
        });
  }

  private static void fill(Session owner, VectorRepository<Paper> papers, int rows, int empty) {
    execute(
        owner,
        """
        insert into %s (tenant_id, id, embedding)
        select '%s', i, case when i > %d then ('[1,2,3,4,5,6,7,' || i || ']')::vector end
          from generate_series(1, %d) i"""
            .formatted(papers.table().name(), ACME, empty, rows));
  }

  @Test
  void memory_that_no_server_takes_is_refused_at_the_call(Database database) {
    VectorIndexBuild build = papers("papers").indexBuild(database);
    for (String size :
        List.of("0", "-1", "", "much", "63kB", "1B", "2GiB", "2gb", "2TB", "2147483648", "9e9MB")) {
      assertThatThrownBy(() -> build.withMemory(size))
          .as(size)
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("64kB to 2147483647kB");
    }
  }

  @Test
  void memory_at_the_bounds_is_what_the_server_takes(TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      for (String size : List.of("64kB", "65536B", " 1.5 GB ", "2147483647", "1TB")) {
        assertThatCode(() -> papers("papers").indexBuild(owner).withMemory(size))
            .as(size)
            .doesNotThrowAnyException();
        execute(owner, "set maintenance_work_mem = '" + size + "'");
      }
      assertThatThrownBy(() -> execute(owner, "set maintenance_work_mem = '63kB'"))
          .hasMessageContaining("22023");
    }
  }

  @Test
  void advice_for_what_cannot_be_is_refused() {
    VectorRepository<Paper> papers = papers("papers");
    for (long rows : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1_000_000_000_001L}) {
      assertThatThrownBy(() -> papers.indexAdvice(rows))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("a table has 0 to 1000000000000 rows");
      assertThatThrownBy(() -> papers.indexedBy(new IvfflatIndex(10)).indexAdvice(rows))
          .isInstanceOf(UsageException.class);
    }
    assertThatThrownBy(
            () ->
                VectorRepository.of("papers", Paper.class, VectorSpace.cosine(3_072))
                    .indexAdvice(10))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("at most 2000 dimensions");
    assertThat(papers.indexAdvice(1_000_000_000_000L).bytes()).isPositive();
    assertThat(papers.indexAdvice(0).bytes()).isZero();
  }

  @Test
  void an_index_of_a_table_with_a_long_name_is_found_again(TestDatabase made) {
    String first = "é".repeat(28) + "papers1";
    String second = "é".repeat(28) + "papers2";
    try (Database owner = TestSchema.connect(made, made.owner())) {
      for (String table : List.of(first, second)) {
        VectorRepository<Paper> papers = papers(table);
        execute(owner, papers.tableSql());
        execute(owner, papers.indexSql());
        assertThat(papers.indexBuild(owner).run()).isEqualTo(Result.UNCHANGED);
        assertThat(papers.indexBuild(owner).rebuild()).isEqualTo(Result.BUILT);
        assertThat(papers.indexBuild(owner).run()).isEqualTo(Result.UNCHANGED);
        fill(owner, papers, 100, 0);
        assertThat(papers.indexedBy(new IvfflatIndex(2)).indexBuild(owner).run())
            .isEqualTo(Result.BUILT);
      }
    }
  }

  @Test
  void parts_of_a_table_with_a_long_name_are_told_apart(TestDatabase made) {
    VectorRepository<Paper> papers = papers("p".repeat(63));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      execute(owner, papers.partitionedTableSql());
      for (int tenant = 0; tenant < 2; tenant++) {
        UUID id = new UUID(0, 7 + tenant);
        owner.transaction(transaction -> execute(transaction, papers.partitionSql(id)));
        assertThat(papers.indexBuild(owner, id).run()).isEqualTo(Result.BUILT);
        assertThat(papers.indexBuild(owner, id).run()).isEqualTo(Result.UNCHANGED);
      }
    }
  }

  @Test
  void a_table_whose_own_name_the_server_cuts_is_refused() {
    assertThatThrownBy(() -> papers("é".repeat(32)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("PostgreSQL keeps 63 bytes");
  }

  @Test
  void names_that_are_fitted_keep_what_is_short_and_differ_where_they_are_long() {
    String longName = "😀".repeat(20);
    assertThat(FittedNames.of("papers_embedding_hnsw")).isEqualTo("papers_embedding_hnsw");
    assertThat(FittedNames.of(longName))
        .isNotEqualTo(FittedNames.of(longName + "x"))
        .satisfies(
            name -> assertThat(name.getBytes(StandardCharsets.UTF_8).length).isBetween(58, 63));
  }

  @Test
  void rows_without_an_embedding_make_no_lists(TestDatabase made) {
    VectorRepository<Paper> papers = papers("sparse").indexedBy(new IvfflatIndex(4));
    try (Database owner = TestSchema.connect(made, made.owner())) {
      execute(owner, papers.tableSql());
      execute(owner, "alter table sparse alter embedding drop not null");
      fill(owner, papers, 300, 250);
      assertThatThrownBy(() -> papers.indexBuild(owner).run())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("the index would hold fewer than 200 rows for 4 lists");
      assertThat(
              owner
                  .sql()
                  .fetchValues("select relname from pg_class where relname like 'sparse_emb%'"))
          .isEmpty();
      execute(owner, "update sparse set embedding = '[1,2,3,4,5,6,7,8]' where id <= 150");
      assertThat(papers.indexBuild(owner).run()).isEqualTo(Result.BUILT);
    }
  }
}
