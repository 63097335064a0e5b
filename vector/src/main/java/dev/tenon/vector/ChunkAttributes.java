package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.internal.ColumnCodec;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jooq.JSONB;

/** What an application tells of a chunk. */
final class ChunkAttributes {

  /** No attributes. */
  static final JSONB NONE = JSONB.valueOf("{}");

  private static final ColumnCodec OBJECT = ColumnCodec.forComponent(Map.class, null);

  private ChunkAttributes() {}

  /** Refuses what is no JSON object, or not to be stored. */
  static void require(JSONB attributes) {
    try {
      String unused = OBJECT.text(parsed(attributes));
    } catch (InvalidDataException error) {
      throw new InvalidDataException(
          Problem.what("the attributes of a piece are not stored: " + error.problem().what())
              .where("DocumentRepository.Piece")
              .why("they are one JSON object, without the character U+0000")
              .fix("pass for example JSONB.valueOf(\"{\\\"language\\\": \\\"en\\\"}\")"),
          error);
    }
  }

  /**
   * By value, with all digits: neither the order of names nor blanks nor exponents count, as in the
   * column.
   */
  static boolean areEqual(JSONB one, JSONB other) {
    return one.data().equals(other.data()) || stored(parsed(one)).equals(stored(parsed(other)));
  }

  /** With each number as the column keeps it: without an exponent. */
  private static Object stored(Object value) {
    if (value instanceof Map<?, ?> object) {
      Map<Object, Object> members = new HashMap<>();
      object.forEach((name, member) -> members.put(name, stored(member)));
      return members;
    }
    if (value instanceof List<?> list) {
      return list.stream().map(ChunkAttributes::stored).toList();
    }
    return value instanceof Number number
        ? new BigDecimal(new BigDecimal(number.toString()).toPlainString())
        : value;
  }

  private static Object parsed(JSONB attributes) {
    return OBJECT.adopted(attributes).orElseThrow();
  }
}
