package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UsageException;
import org.junit.jupiter.api.Test;

/** What can be indexed, and how. */
class IndexDefinitionTest {

  record Dense(int id, Embedding embedding) {}

  record Bits(int id, BinaryEmbedding embedding) {}

  record Sparse(int id, SparseEmbedding embedding) {}

  private static void assertWithoutLists(Class<?> type, VectorSpace space) {
    assertThatThrownBy(() -> VectorRepository.of("x", type, space).indexedBy(new IvfflatIndex(10)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("IVFFlat was chosen for the space " + space)
        .hasMessageContaining("HnswIndex");
  }

  @Test
  void lists_are_refused_for_what_they_have_no_operator_class_for() {
    assertWithoutLists(Dense.class, VectorSpace.l1(8));
    assertWithoutLists(Sparse.class, VectorSpace.l2(8).sparse());
    assertWithoutLists(Bits.class, VectorSpace.jaccard(8));
    assertThat(
            VectorRepository.of("x", Bits.class, VectorSpace.hamming(8))
                .indexedBy(new IvfflatIndex(10))
                .indexSql())
        .contains("ivfflat (\"embedding\" bit_hamming_ops) with (lists = 10)");
  }

  @Test
  void as_many_lists_are_advised_as_pgvector_does() {
    assertThat(IvfflatIndex.forRows(0).lists()).isEqualTo(1);
    assertThat(IvfflatIndex.forRows(500_000)).isEqualTo(new IvfflatIndex(500));
    assertThat(IvfflatIndex.forRows(4_000_000).lists()).isEqualTo(2_000);
    assertThat(new IvfflatIndex(400).probes()).isEqualTo(20);
    assertThatThrownBy(() -> new IvfflatIndex(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> new IvfflatIndex(32_769)).isInstanceOf(UsageException.class);
  }
}
