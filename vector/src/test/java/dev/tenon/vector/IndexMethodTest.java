package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One method indexes the vectors at a time: searches have the settings of theirs. */
@TenonTest(schema = VectorIndexBuildTest.Schema.class)
final class IndexMethodTest {

  private static final VectorRepository<VectorIndexBuildTest.Paper> GRAPH =
      VectorRepository.of("papers", VectorIndexBuildTest.Paper.class, VectorSpace.cosine(64));
  private static final VectorRepository<VectorIndexBuildTest.Paper> LISTS =
      GRAPH.indexedBy(IvfflatIndex.forRows(4_000));

  @Test
  void a_build_drops_the_index_of_the_other_method(TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      GRAPH.indexBuild(owner).run();
      LISTS.indexBuild(owner).run();
      assertThat(indexes(owner)).containsExactly("papers_embedding_ivfflat");
      GRAPH.indexBuild(owner).run();
      assertThat(indexes(owner)).containsExactly("papers_embedding_hnsw");
    }
  }

  private static List<String> indexes(Database owner) {
    return owner
        .sql()
        .fetch(
            """
            select c.relname
              from pg_index i join pg_class c on c.oid = i.indexrelid
             where i.indrelid = 'papers'::regclass and not i.indisprimary""")
        .getValues(0, String.class);
  }
}
