package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.internal.Required;
import java.util.List;
import java.util.UUID;
import org.jooq.JSONB;
import org.jooq.Table;
import org.jooq.impl.DSL;

/**
 * Documents that are cut into chunks, each a row with its embedding; cutting is the caller's.
 *
 * <p>The chunks of a document are replaced as a whole. What a chunk is made of is known by the hash
 * of its text, so a text that is there already is not given to the model again. They are searched
 * by {@link #chunks}. Immutable and safe for use by many threads.
 */
public final class DocumentRepository {

  private final VectorRepository<Chunk> chunks;
  private final ChunkRows rows;

  /**
   * A part of a document before it is stored.
   *
   * <p>Where it stands is in the caller's own measure, characters, bytes or pages, and is not
   * compared with the text: that may have a heading before it, or be cleaned.
   *
   * @param from where it begins, 0 or more
   * @param to behind its end
   * @param text what the model is given
   * @param attributes what a search may filter by, e.g. language, source, readers: a JSON object
   */
  public record Piece(int from, int to, String text, JSONB attributes) {

    private static final String PLACE = "DocumentRepository.Piece";

    /**
     * @throws InvalidDataException if it ends before it begins, has no text, or its attributes are
     *     no JSON object
     */
    public Piece {
      text = Required.require(text, "text", PLACE);
      ChunkAttributes.require(Required.require(attributes, "attributes", PLACE));
      if (from < 0 || to < from || text.isEmpty()) {
        throw new InvalidDataException(
            Problem.what(
                    "a piece from " + from + " to " + to + ", of " + text.length() + " characters")
                .where(PLACE)
                .why("a piece is a text and where it stands in its document")
                .fix("leave empty pieces out"));
      }
    }

    /** A piece without attributes. */
    public Piece(int from, int to, String text) {
      this(from, to, text, ChunkAttributes.NONE);
    }

    /** The same piece with these attributes, in place of others. */
    public Piece withAttributes(JSONB other) {
      return new Piece(from, to, text, other);
    }

    /**
     * What stands there in a document, in characters of Java.
     *
     * @throws InvalidDataException if the document is shorter, or has half of a surrogate pair
     *     there
     */
    public static Piece of(String document, int from, int to) {
      int length = Required.require(document, "document", PLACE + ".of").length();
      if (from < 0 || to < from || to > length) {
        throw refused(
            from,
            to,
            "the document has " + length + " characters",
            "end the last piece at its length");
      }
      if (isWithinPair(document, from) || isWithinPair(document, to)) {
        throw refused(from, to, "it would have half of a surrogate pair", "move that end by one");
      }
      return new Piece(from, to, document.substring(from, to));
    }

    private static boolean isWithinPair(String document, int place) {
      return place > 0
          && place < document.length()
          && Character.isSurrogatePair(document.charAt(place - 1), document.charAt(place));
    }

    private static InvalidDataException refused(int from, int to, String why, String fix) {
      return new InvalidDataException(
          Problem.what("the document has no piece from character " + from + " to " + to)
              .where(PLACE + ".of")
              .why(why)
              .fix(fix));
    }
  }

  /**
   * What a replacement did.
   *
   * @param unchanged chunks that are as they were
   * @param written chunks that are new, or have another text, place or attributes
   * @param removed chunks of which there is none any more at their place
   * @param embedded texts that were given to the model
   */
  public record Replaced(int unchanged, int written, int removed, int embedded) {}

  private DocumentRepository(VectorRepository<Chunk> chunks) {
    this.chunks = chunks;
    this.rows = new ChunkRows(chunks.table());
  }

  /**
   * Documents whose chunks are the rows of a table of this name, found by the search path of the
   * role; no I/O.
   *
   * @throws dev.tenon.core.UsageException if the space is not made of numbers
   */
  public static DocumentRepository of(String table, VectorSpace space) {
    return of(DSL.table(DSL.name(table)), space);
  }

  /**
   * Documents whose chunks are the rows of a jOOQ table; no I/O.
   *
   * @throws dev.tenon.core.UsageException if the space is not made of numbers
   */
  public static DocumentRepository of(Table<?> table, VectorSpace space) {
    return new DocumentRepository(VectorRepository.of(table, Chunk.class, space));
  }

  /** The chunks as rows, to search them, to index them, and to measure what the index finds. */
  public VectorRepository<Chunk> chunks() {
    return chunks;
  }

  /** The same documents, with their chunks indexed in this way. */
  public DocumentRepository indexedBy(VectorIndex index) {
    return new DocumentRepository(chunks.indexedBy(index));
  }

  /**
   * The same chunks by the embeddings of another model, which stand in a column of their own;
   * {@link DocumentModelChange} adds it, and leads from the one to the other. Indexed as by
   * default.
   *
   * @throws dev.tenon.core.UsageException if the chunks have another column of this name
   */
  public DocumentRepository embeddedIn(String column, VectorSpace space) {
    String where = chunks.table().place("embeddedIn");
    return new DocumentRepository(
        chunks.embeddedIn(
            Required.require(column, "column", where), Required.require(space, "space", where)));
  }

  /**
   * The table of the chunks as SQL for a migration, as {@link VectorRepository#tableSql}, with a
   * unique key of tenant, document and ordinal.
   */
  public String tableSql() {
    return chunks.tableSql() + rows.keySql();
  }

  /**
   * What a table lacks that was made by an older {@link #tableSql}, as SQL for a migration of the
   * owner: attributes, and that document, text and hash are not null. Behind a fence the
   * declaration of the fence follows it again.
   *
   * <p>It fails where a chunk is of no document, which nothing here finds or removes: delete those
   * before, {@code where document_id is null}.
   */
  public String upgradeSql() {
    return rows.upgradeSql();
  }

  /**
   * Makes these the chunks of a document, in their order; none removes it.
   *
   * <p>Texts that no chunk of the document has are given to the model first, outside of any
   * transaction; attributes are not. Then one transaction writes what is new and removes what is
   * gone, under a lock of the document: of two replacements at once one comes after the other, and
   * a search finds the chunks of one or the other. Where it is refused, the document is as it was,
   * and so is a transaction that it runs in, which goes on.
   *
   * @throws X what the model throws; nothing is written then
   * @throws InvalidDataException if a text cannot be stored, or its vector is not of the space: it
   *     names the piece by its position, from 0
   * @throws dev.tenon.core.UsageException if the space is of another {@linkplain Embedder#model
   *     model}
   * @throws dev.tenon.core.RetryableException if it runs in a repeatable transaction, and another
   *     replaced the document meanwhile
   */
  public <X extends Exception> Replaced replace(
      Session session, UUID document, List<Piece> pieces, Embedder<X> model) throws X {
    DocumentReplacement replacement =
        DocumentReplacement.of(session, document, pieces, chunks.table());
    return replacement.<X, RuntimeException>run(embeddings(model), null);
  }

  <X extends Exception> TextEmbeddings<X> embeddings(Embedder<X> model) {
    return TextEmbeddings.of(rows, model, chunks.table().place("replace"));
  }

  private void requireDocument(Session session, UUID document, String operation) {
    chunks.table().requireTenant(session, operation);
    Required.require(document, "document", chunks.table().place(operation));
  }

  /** The chunks of a document in their order, none if there is no such document. One round trip. */
  public List<Chunk> find(Session session, UUID document) {
    requireDocument(session, document, "find");
    return rows.of(session, document);
  }

  /** Removes a document; how many chunks it had. */
  public int delete(Session session, UUID document) {
    requireDocument(session, document, "delete");
    return session.transactionResult(
        transaction -> {
          rows.lock(transaction, document);
          return rows.removeFrom(transaction, document, 0);
        });
  }
}
