package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import dev.tenon.vector.DocumentRepository.Piece;
import dev.tenon.vector.DocumentRepository.Replaced;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The way of documents from one embedding model to another: each chunk holds both embeddings, and
 * {@link #replace} writes both. All else, from the migration to the switch, is that of the {@link
 * #chunks}.
 *
 * <p>Immutable and safe for use by many threads.
 *
 * @param <X> what the new model throws; it reaches the caller unwrapped
 */
public final class DocumentModelChange<X extends Exception> {

  private final DocumentRepository from;
  private final DocumentRepository to;
  private final Embedder<X> model;
  private final ModelChange<Chunk, Chunk, X> chunks;

  private DocumentModelChange(
      DocumentRepository from,
      DocumentRepository to,
      Embedder<X> model,
      ModelChange<Chunk, Chunk, X> chunks) {
    this.from = from;
    this.to = to;
    this.model = model;
    this.chunks = chunks;
  }

  /**
   * A change between two embeddings of the same chunks; no I/O.
   *
   * @param to {@link DocumentRepository#embeddedIn} of the documents that it is from
   * @param model the new one, of the space of {@code to}
   * @throws UsageException if they are over two tables or one column, or the space of {@code to} is
   *     of another {@linkplain Embedder#model model}
   */
  public static <X extends Exception> DocumentModelChange<X> of(
      DocumentRepository from, DocumentRepository to, Embedder<X> model) {
    String place = "DocumentModelChange.of";
    VectorRepository<Chunk> before = Required.require(from, "documents", place).chunks();
    VectorRepository<Chunk> after =
        Required.require(to, "documents of the new model", place).chunks();
    after.table().space().requireModel(Required.require(model, "model", place), place);
    return new DocumentModelChange<>(
        from, to, model, ModelChange.between(before, after, read -> embedded(read, model)));
  }

  private static <X extends Exception> List<Chunk> embedded(List<Chunk> chunks, Embedder<X> model)
      throws X {
    String where = "DocumentModelChange.backfill";
    List<String> texts = chunks.stream().map(Chunk::text).toList();
    List<Embedding> embeddings =
        TextEmbeddings.embedded(model, texts, i -> BulkLoad.position(where, i), where);
    List<Chunk> embedded = new ArrayList<>();
    for (int i = 0; i < chunks.size(); i++) {
      embedded.add(chunks.get(i).embeddedAs(embeddings.get(i)));
    }
    return embedded;
  }

  /**
   * The change of the chunks as rows: its migration, back-fill, overlap, switch, way back and end.
   */
  public ModelChange<Chunk, Chunk, X> chunks() {
    return chunks;
  }

  /**
   * Makes these the chunks of a document with both embeddings, in their order; none removes it.
   *
   * <p>Each model is given the texts of which no chunk of the document has its embedding: so it
   * also gives a document the embeddings that it lacks, the old ones before {@link
   * ModelChange#rollBack} too. Otherwise as {@link DocumentRepository#replace}.
   *
   * @param oldModel of the space of the documents that the change is from
   * @return of which {@code embedded} counts the texts that were given to either model
   * @throws X what the new model throws; nothing is written then
   * @throws Y what the old model throws; nothing is written then
   * @throws InvalidDataException as {@link DocumentRepository#replace}
   */
  public <Y extends Exception> Replaced replace(
      Session session, UUID document, List<Piece> pieces, Embedder<Y> oldModel) throws X, Y {
    DocumentReplacement replacement =
        DocumentReplacement.of(session, document, pieces, from.chunks().table());
    try {
      return replacement.run(from.embeddings(oldModel), to.embeddings(model));
    } catch (UsageException error) {
      throw new ModelChangeFaults(from.chunks().table(), to.chunks().table())
          .explained("replace", error);
    }
  }
}
