package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.Required;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
   * @throws RetryableException if others replaced the document again and again meanwhile
   */
  public <X extends Exception> Replaced replace(
      Session session, UUID document, List<Piece> pieces, Embedder<X> model) throws X {
    String where = requireDocument(session, document, "replace");
    chunks.table().space().requireModel(model, where);
    List<HashedPiece> hashed = HashedPiece.of(pieces, where);
    Map<String, Embedding> made = new HashMap<>();
    for (int i = 0; i < TRIES; i++) {
      embedMissing(rows.hashes(session, document), hashed, model, made);
      Optional<Replaced> replaced =
          atomically(session, transaction -> replaced(transaction, document, hashed, made));
      if (replaced.isPresent()) {
        return replaced.get();
      }
    }
    throw new RetryableException(
        Problem.what("others replaced the document " + document + " meanwhile, " + TRIES + " times")
            .where(where)
            .why("texts that were there when it began are gone")
            .fix("try again, and let one replace a document at a time"));
  }

  /** All or nothing, also in a transaction of the caller's, whose other work stays. */
  private static <V> V atomically(Session session, Transaction.Work<V, RuntimeException> work) {
    return session instanceof Transaction transaction
        ? transaction.savepointResult(work)
        : session.transactionResult(work);
  }

  /** Where the operation is, for errors. */
  private String requireDocument(Session session, UUID document, String operation) {
    String where = chunks.table().place(operation);
    chunks.table().requireTenant(session, operation);
    Required.require(document, "document", where);
    return where;
  }

  private <X extends Exception> void embedMissing(
      Set<String> there, List<HashedPiece> pieces, Embedder<X> model, Map<String, Embedding> made)
      throws X {
    for (HashedPiece hashed : pieces) {
      if (!there.contains(hashed.hash()) && !made.containsKey(hashed.hash())) {
        float[] vector = model.embed(hashed.piece().text());
        made.put(hashed.hash(), embedded(vector, hashed.where()));
      }
    }
  }

  private Embedding embedded(float @Nullable [] vector, String where) {
    if (vector == null) {
      throw new InvalidDataException(
          Problem.what("the model gave no vector for a text")
              .where(where)
              .why("the vector is null")
              .fix("return a vector, or throw what went wrong"));
    }
    Embedding embedding = Embedding.of(vector);
    Object unused = chunks.table().checkVector(embedding, where);
    return embedding;
  }

  /** Empty, and nothing done, where a text is gone that was there before. */
  private Optional<Replaced> replaced(
      Transaction transaction,
      UUID document,
      List<HashedPiece> pieces,
      Map<String, Embedding> made) {
    transaction.lock("tenon document " + chunks.table().name() + " " + document);
    List<Chunk> before = rows.of(transaction, document);
    Map<String, Embedding> known = new HashMap<>(made);
    before.forEach(chunk -> known.put(chunk.hash(), chunk.embedding()));
    if (!pieces.stream().map(HashedPiece::hash).allMatch(known::containsKey)) {
      return Optional.empty();
    }
    List<Chunk> changed = changed(document, pieces, before, known);
    int removed = rows.removeFrom(transaction, document, pieces.size());
    long written = chunks.upsertAll(transaction, "replace", changed);
    return Optional.of(
        new Replaced(
            pieces.size() - changed.size(), Math.toIntExact(written), removed, made.size()));
  }

  /** The chunks that are to be written, each of which can be. */
  private List<Chunk> changed(
      UUID document, List<HashedPiece> pieces, List<Chunk> before, Map<String, Embedding> known) {
    Map<Integer, Chunk> byOrdinal =
        before.stream().collect(Collectors.toMap(Chunk::ordinal, chunk -> chunk));
    List<Chunk> changed = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i++) {
      HashedPiece hashed = pieces.get(i);
      Embedding embedding = Objects.requireNonNull(known.get(hashed.hash()));
      Chunk was = byOrdinal.get(i);
      Chunk is = ChunkRows.chunk(was, document, i, hashed.piece(), hashed.hash(), embedding);
      if (!ChunkRows.isUnchanged(is, was)) {
        Object unused = chunks.table().check(is, hashed.where());
        changed.add(is);
      }
    }
    return changed;
  }

  /** The chunks of a document in their order, none if there is no such document. One round trip. */
  public List<Chunk> find(Session session, UUID document) {
    String unused = requireDocument(session, document, "find");
    return rows.of(session, document);
  }

  /** Removes a document; how many chunks it had. */
  public int delete(Session session, UUID document) {
    String unused = requireDocument(session, document, "delete");
    return session.transactionResult(
        transaction -> {
          transaction.lock("tenon document " + chunks.table().name() + " " + document);
          return rows.removeFrom(transaction, document, 0);
        });
  }
}
