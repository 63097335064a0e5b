package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UsageException;
import dev.tenon.vector.ModelChangeTest.NewPage;
import dev.tenon.vector.ModelChangeTest.Page;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Models that no row can hold together. */
final class ModelChangeMisfitTest {

  private static final VectorRepository<Page> OLD =
      VectorRepository.of("pages", Page.class, VectorSpace.cosine(8));
  private static final VectorRepository<NewPage> NEW =
      VectorRepository.of("pages", NewPage.class, VectorSpace.l2(12).half());

  @Test
  void chunks_of_documents_are_refused() {
    DocumentRepository documents = DocumentRepository.of("passages", VectorSpace.cosine(8));
    assertThatThrownBy(() -> ModelChange.of(documents.chunks(), NEW, chunks -> List.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("chunks of documents");
  }

  @Test
  void repositories_that_do_not_share_a_row_are_refused() {
    assertThatThrownBy(() -> ModelChange.of(OLD, OLD, pages -> pages))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the column embedding is in both records");
    VectorRepository<NewPage> elsewhere =
        VectorRepository.of("other_pages", NewPage.class, VectorSpace.l2(12));
    assertThatThrownBy(() -> ModelChange.of(OLD, elsewhere, pages -> List.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the tables are");
  }
}
