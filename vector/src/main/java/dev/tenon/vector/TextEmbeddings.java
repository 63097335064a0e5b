package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * What one model makes of the texts of a document that is replaced: of each text once, and of none
 * that a chunk has.
 *
 * @param rows in which the embeddings of this model stand
 * @param made by the hash of the text
 */
record TextEmbeddings<X extends Exception>(
    ChunkRows rows, Embedder<X> model, Map<String, Embedding> made) {

  /**
   * @throws dev.tenon.core.UsageException if the space is of another model
   */
  static <X extends Exception> TextEmbeddings<X> of(
      ChunkRows rows, Embedder<X> model, String where) {
    rows.table().space().requireModel(model, where);
    return new TextEmbeddings<>(rows, model, new HashMap<>());
  }

  /** Asks the model for what it was not asked for and no chunk has. */
  void makeMissing(Set<String> there, List<HashedPiece> pieces, String where) throws X {
    Map<String, HashedPiece> missing = new LinkedHashMap<>();
    for (HashedPiece piece : pieces) {
      if (!there.contains(piece.hash()) && !made.containsKey(piece.hash())) {
        missing.putIfAbsent(piece.hash(), piece);
      }
    }
    List<HashedPiece> left = List.copyOf(missing.values());
    List<String> texts = left.stream().map(hashed -> hashed.piece().text()).toList();
    List<Embedding> embeddings = embedded(model, texts, i -> left.get(i).where(), where);
    for (int i = 0; i < left.size(); i++) {
      Object unused = rows.table().checkVector(embeddings.get(i), left.get(i).where());
      made.put(left.get(i).hash(), embeddings.get(i));
    }
  }

  /**
   * What a model makes of texts, which it is given some at a time.
   *
   * @param place of a text, for errors
   * @throws InvalidDataException if it gave none for one
   */
  static <X extends Exception> List<Embedding> embedded(
      Embedder<X> model, List<String> texts, IntFunction<String> place, String where) throws X {
    List<Embedding> embedded = new ArrayList<>();
    while (embedded.size() < texts.size()) {
      int first = embedded.size();
      int last = Math.min(texts.size(), first + Embedder.MOST_TEXTS);
      List<float[]> vectors = model.embedAll(texts.subList(first, last));
      if (vectors == null || vectors.size() != last - first) {
        throw refused(
            "the model gave %s vectors for %d texts"
                .formatted(vectors == null ? "no" : vectors.size(), last - first),
            where,
            "there is one for each text");
      }
      for (float[] vector : vectors) {
        if (vector == null) {
          String at = place.apply(embedded.size());
          throw refused("the model gave no vector for a text", at, "the vector is null");
        }
        embedded.add(Embedding.of(vector));
      }
    }
    return embedded;
  }

  private static InvalidDataException refused(String what, String where, String why) {
    return new InvalidDataException(
        Problem.what(what)
            .where(where)
            .why(why)
            .fix("return a vector for each text, in their order, or throw what went wrong"));
  }

  /**
   * The embedding of each piece, in their order: that of a chunk with its text, or what was made.
   * Empty where a text is gone that a chunk had before.
   */
  Optional<List<Embedding>> of(List<HashedPiece> pieces, List<Chunk> chunks) {
    Map<String, Embedding> known = new HashMap<>(made);
    for (Chunk chunk : chunks) {
      Embedding embedding = chunk.embedding();
      if (embedding != null) {
        known.put(chunk.hash(), embedding);
      }
    }
    List<Embedding> embeddings = new ArrayList<>();
    for (HashedPiece piece : pieces) {
      Embedding embedding = known.get(piece.hash());
      if (embedding == null) {
        return Optional.empty();
      }
      embeddings.add(embedding);
    }
    return Optional.of(embeddings);
  }
}
