package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.Required;
import dev.tenon.vector.DocumentRepository.Piece;
import dev.tenon.vector.DocumentRepository.Replaced;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The replacement of a document's chunks, each with the embedding of one model or of two.
 *
 * @param where the operation, for errors
 */
record DocumentReplacement(Session session, UUID document, List<HashedPiece> pieces, String where) {

  private static final int TRIES = 3;

  static DocumentReplacement of(
      Session session, UUID document, List<Piece> pieces, VectorTable<Chunk> table) {
    String where = table.place("replace");
    table.requireTenant(session, "replace");
    Required.require(document, "document", where);
    return new DocumentReplacement(session, document, HashedPiece.of(pieces, where), where);
  }

  /**
   * Models are asked outside of a transaction, by what stood there before it; within it that may be
   * gone, and they are asked again.
   *
   * @param beside what the second model makes, null where there is one
   */
  <X extends Exception, Y extends Exception> Replaced run(
      TextEmbeddings<X> embeddings, @Nullable TextEmbeddings<Y> beside) throws X, Y {
    for (int attempt = 1; ; attempt++) {
      boolean isLast = attempt == TRIES;
      make(embeddings, isLast);
      if (beside != null) {
        make(beside, isLast);
      }
      Optional<Replaced> replaced = attempt(embeddings, beside);
      if (replaced.isPresent()) {
        return replaced.get();
      }
    }
  }

  /** Of all texts where others replaced the document again and again: none is missed then. */
  private <X extends Exception> void make(TextEmbeddings<X> embeddings, boolean ofAll) throws X {
    Set<String> there = ofAll ? Set.of() : embeddings.rows().hashes(session, document);
    embeddings.makeMissing(there, pieces, where);
  }

  /** Who wrote the document behind the snapshot of a repeatable transaction is met by the key. */
  private Optional<Replaced> attempt(
      TextEmbeddings<?> embeddings, @Nullable TextEmbeddings<?> beside) {
    try {
      return atomically(transaction -> replaced(transaction, embeddings, beside));
    } catch (InvalidDataException refused) {
      String key = embeddings.rows().key();
      if (refused.constraint().filter(key::equals).isPresent()) {
        throw new RetryableException(
            Problem.what("another transaction replaced the document " + document)
                .where(where)
                .why("its chunks are newer than what this repeatable transaction sees")
                .fix(
                    "run the transaction again: Transaction.Options.repeatable(Retry.conflicts(5))"),
            refused);
      }
      throw refused;
    }
  }

  /** All or nothing, also in a transaction of the caller's, whose other work stays. */
  private <V> V atomically(Transaction.Work<V, RuntimeException> work) {
    return session instanceof Transaction transaction
        ? transaction.savepointResult(work)
        : session.transactionResult(work);
  }

  /** Empty, and nothing done, where a text is gone that was there before. */
  private Optional<Replaced> replaced(
      Transaction transaction, TextEmbeddings<?> embeddings, @Nullable TextEmbeddings<?> beside) {
    ChunkRows rows = embeddings.rows();
    rows.lock(transaction, document);
    Optional<Known> known = Known.of(transaction, this, embeddings);
    Optional<Known> other = beside == null ? Optional.empty() : Known.of(transaction, this, beside);
    if (known.isEmpty() || (beside != null && other.isEmpty())) {
      return Optional.empty();
    }
    List<BulkRow<Chunk>> changed = changed(known.get(), other.orElse(null));
    int removed = rows.removeFrom(transaction, document, pieces.size());
    if (!changed.isEmpty()) {
      write(transaction, rows.table(), beside == null ? null : beside.rows().table(), changed);
    }
    int asked = embeddings.made().size() + (beside == null ? 0 : beside.made().size());
    return Optional.of(
        new Replaced(pieces.size() - changed.size(), changed.size(), removed, asked));
  }

  /** The chunks that are to be written, each of which can be. */
  private List<BulkRow<Chunk>> changed(Known known, @Nullable Known beside) {
    List<BulkRow<Chunk>> changed = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i++) {
      HashedPiece hashed = pieces.get(i);
      Chunk was = known.chunks().get(i);
      Chunk is =
          ChunkRows.chunk(
              was, document, i, hashed.piece(), hashed.hash(), known.embeddings().get(i));
      if (!is.equals(was) || (beside != null && !beside.isKept(i))) {
        Object vector = known.table().check(is, hashed.where());
        Object other =
            beside == null
                ? null
                : beside.table().checkVector(beside.embeddings().get(i), hashed.where());
        changed.add(new BulkRow<>(i, is, vector, other));
      }
    }
    return changed;
  }

  private static void write(
      Transaction transaction,
      VectorTable<Chunk> table,
      @Nullable VectorTable<Chunk> beside,
      List<BulkRow<Chunk>> changed) {
    Session writer =
        beside == null
            ? ModelChangeSql.written(transaction, table)
            : ModelChangeSql.bothWritten(transaction);
    BulkLoad<Chunk> bulk = new BulkLoad<>(table, beside);
    long unused = bulk.run(writer, "replace", bulk.sorted(changed.iterator()).iterator());
  }

  /**
   * What stands there within the transaction, and what is to.
   *
   * @param chunks by their ordinals
   * @param embeddings of the pieces, in their order
   */
  private record Known(
      VectorTable<Chunk> table, Map<Integer, Chunk> chunks, List<Embedding> embeddings) {

    static Optional<Known> of(
        Transaction transaction, DocumentReplacement replacement, TextEmbeddings<?> model) {
      List<Chunk> chunks = model.rows().of(transaction, replacement.document);
      Map<Integer, Chunk> byOrdinal =
          chunks.stream().collect(Collectors.toMap(Chunk::ordinal, chunk -> chunk));
      return model
          .of(replacement.pieces, chunks)
          .map(embeddings -> new Known(model.rows().table(), byOrdinal, embeddings));
    }

    boolean isKept(int ordinal) {
      Chunk chunk = chunks.get(ordinal);
      return chunk != null && embeddings.get(ordinal).equals(chunk.embedding());
    }
  }
}
