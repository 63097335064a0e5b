package dev.tenon.cache;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.UUID;
import java.util.function.Function;

/**
 * Writes identifiers as text and reads them back from the messages of other processes.
 *
 * @param <K> the identifiers; the text of two different ones differs
 */
record IdentifierFormat<K>(Function<K, String> write, Function<String, K> read) {

  @SuppressWarnings("unchecked")
  static <K> IdentifierFormat<K> of(Class<K> type) {
    Object format;
    if (type == UUID.class) {
      format = new IdentifierFormat<>(UUID::toString, UUID::fromString);
    } else if (type == String.class) {
      format = new IdentifierFormat<String>(text -> text, text -> text);
    } else if (type == Long.class) {
      format = new IdentifierFormat<>(Object::toString, Long::valueOf);
    } else if (type == Integer.class) {
      format = new IdentifierFormat<>(Object::toString, Integer::valueOf);
    } else {
      throw new UsageException(
          Problem.what("identifiers of type " + type.getTypeName() + " are not supported")
              .where("Cache.entity")
              .why("an identifier is written into keys and read back from messages")
              .fix("use UUID, String, Long or Integer"));
    }
    return (IdentifierFormat<K>) format;
  }
}
