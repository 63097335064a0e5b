package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/**
 * Documents that are cut into chunks, each a row with its embedding; cutting is the caller's.
 *
 * <p>The chunks of a document are replaced as a whole. What a chunk is made of is known by the hash
 * of its text, so a text that is there already is not given to the model again. They are searched
 * by {@link #chunks}. Immutable and safe for use by many threads.
 */
public final class DocumentRepository {

  private static final int TRIES = 3;

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

    /**
     * @throws InvalidDataException if it ends before it begins, has no text, or its attributes are
     *     no JSON object
     */
    public Piece {
      ChunkAttributes.require(attributes);
      if (from < 0 || to < from || text.isEmpty()) {
        throw new InvalidDataException(
            Problem.what(
                    "a piece from " + from + " to " + to + ", of " + text.length() + " characters")
                .where("DocumentRepository.Piece")
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
     * @throws IndexOutOfBoundsException if the document is shorter
     */
    public static Piece of(String document, int from, int to) {
      return new Piece(from, to, document.substring(from, to));
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
   * The table of the chunks as SQL for a migration, as {@link VectorRepository#tableSql}, with a
   * unique key of tenant, document and ordinal.
   */
  public String tableSql() {
    return chunks.tableSql() + rows.keySql();
  }

  /**
   * Attributes for a table that was made before chunks had any, as SQL for a migration of the
   * owner; {@link #tableSql} has them. Behind a fence the declaration of the fence follows it
   * again.
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
   * a search finds the chunks of one or the other.
   *
   * @throws X what the model throws; nothing is written then
   * @throws dev.tenon.core.UsageException if the space is of another {@linkplain Embedder#model
   *     model}
   * @throws RetryableException if others replaced the document again and again meanwhile
   */
  public <X extends Exception> Replaced replace(
      Session session, UUID document, List<Piece> pieces, Embedder<X> model) throws X {
    chunks.table().requireTenant(session, "replace");
    chunks.table().space().requireModel(model, chunks.table().place("replace"));
    Map<String, Embedding> made = new HashMap<>();
    for (int i = 0; i < TRIES; i++) {
      embedMissing(rows.hashes(session, document), pieces, model, made);
      Optional<Replaced> replaced =
          session.transactionResult(transaction -> replaced(transaction, document, pieces, made));
      if (replaced.isPresent()) {
        return replaced.get();
      }
    }
    throw new RetryableException(
        Problem.what("others replaced the document " + document + " meanwhile, " + TRIES + " times")
            .where(chunks.table().place("replace"))
            .why("texts that were there when it began are gone")
            .fix("try again, and let one replace a document at a time"));
  }

  private <X extends Exception> void embedMissing(
      Set<String> there, List<Piece> pieces, Embedder<X> model, Map<String, Embedding> made)
      throws X {
    Map<String, String> missing = new LinkedHashMap<>();
    for (Piece piece : pieces) {
      String hash = ChunkRows.hash(piece.text());
      if (!there.contains(hash) && !made.containsKey(hash)) {
        missing.put(hash, piece.text());
      }
    }
    for (Map.Entry<String, String> text : missing.entrySet()) {
      made.put(text.getKey(), embedded(model.embed(text.getValue())));
    }
  }

  private Embedding embedded(float @Nullable [] vector) {
    if (vector == null) {
      throw new InvalidDataException(
          Problem.what("the model gave no vector for a text")
              .where(chunks.table().place("replace"))
              .why("the vector is null")
              .fix("return a vector, or throw what went wrong"));
    }
    return Embedding.of(vector);
  }

  /** Empty, and nothing done, where a text is gone that was there before. */
  private Optional<Replaced> replaced(
      Transaction transaction, UUID document, List<Piece> pieces, Map<String, Embedding> made) {
    transaction.lock("tenon document " + chunks.table().name() + " " + document);
    List<Chunk> before = rows.of(transaction, document);
    Map<String, Embedding> known =
        before.stream()
            .collect(Collectors.toMap(Chunk::hash, Chunk::embedding, (one, other) -> one));
    Map<Integer, Chunk> byOrdinal =
        before.stream().collect(Collectors.toMap(Chunk::ordinal, chunk -> chunk));
    List<Chunk> changed = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i++) {
      String hash = ChunkRows.hash(pieces.get(i).text());
      Embedding embedding = known.getOrDefault(hash, made.get(hash));
      if (embedding == null) {
        return Optional.empty();
      }
      Chunk was = byOrdinal.get(i);
      Chunk is = ChunkRows.chunk(was, document, i, pieces.get(i), hash, embedding);
      if (!ChunkRows.isUnchanged(is, was)) {
        changed.add(is);
      }
    }
    int removed = rows.removeFrom(transaction, document, pieces.size());
    chunks.upsertAll(transaction, changed);
    return Optional.of(
        new Replaced(pieces.size() - changed.size(), changed.size(), removed, made.size()));
  }

  /** The chunks of a document in their order, none if there is no such document. One round trip. */
  public List<Chunk> find(Session session, UUID document) {
    return rows.of(session, document);
  }

  /** Removes a document; how many chunks it had. */
  public int delete(Session session, UUID document) {
    chunks.table().requireTenant(session, "delete");
    return session.transactionResult(
        transaction -> {
          transaction.lock("tenon document " + chunks.table().name() + " " + document);
          return rows.removeFrom(transaction, document, 0);
        });
  }
}
