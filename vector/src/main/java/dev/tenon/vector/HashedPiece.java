package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.internal.Required;
import dev.tenon.vector.DocumentRepository.Piece;
import java.util.ArrayList;
import java.util.List;

/**
 * A piece that can be stored, and what its text is known by.
 *
 * @param where the operation and the place of the piece among those given, for errors
 */
record HashedPiece(Piece piece, String hash, String where) {

  /** All of them, in their order; refuses the first that the server could not store. */
  static List<HashedPiece> of(List<Piece> pieces, String where) {
    List<HashedPiece> hashed = new ArrayList<>();
    for (Piece piece : Required.require(pieces, "list of pieces", where)) {
      hashed.add(of(piece, where + ", piece " + hashed.size()));
    }
    return hashed;
  }

  private static HashedPiece of(Piece piece, String where) {
    try {
      String text = Required.require(piece, "piece", where).text();
      return new HashedPiece(piece, ChunkRows.hash(text), where);
    } catch (InvalidDataException unfit) {
      throw new InvalidDataException(unfit.problem().where(where), unfit.getCause());
    }
  }
}
