package dev.tenon.vector;

import dev.tenon.core.internal.Required;
import java.util.Objects;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * A part of a document, as a row with its embedding. Its columns are named as the components, in
 * snake case; a filter of a search names them by the fields here.
 *
 * @param documentId whose part it is
 * @param ordinal its place among the parts, from 0
 * @param fromOffset where it begins in the document, as the caller counts
 * @param toOffset behind its last character
 * @param hash SHA-256 of the text in UTF-8, in hexadecimal digits
 * @param attributes what the application tells of it: a JSON object
 * @param embedding null while a {@linkplain DocumentModelChange change} of models has not made it
 */
public record Chunk(
    UUID id,
    UUID documentId,
    int ordinal,
    int fromOffset,
    int toOffset,
    String text,
    String hash,
    JSONB attributes,
    @Nullable Embedding embedding) {

  /** The column of {@link #documentId}. */
  public static final Field<UUID> DOCUMENT_ID =
      DSL.field(DSL.name("document_id"), SQLDataType.UUID);

  /**
   * The column of {@link #attributes}; {@code ATTRIBUTES.contains(JSONB.valueOf(…))} asks for
   * chunks whose attributes have all of these, e.g. a reader in a list of readers.
   */
  public static final Field<JSONB> ATTRIBUTES =
      DSL.field(DSL.name("attributes"), SQLDataType.JSONB);

  /**
   * Attributes are compared by their texts, with all digits: jOOQ rounds some and refuses others.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Chunk that
        && id.equals(that.id)
        && documentId.equals(that.documentId)
        && ordinal == that.ordinal
        && fromOffset == that.fromOffset
        && toOffset == that.toOffset
        && text.equals(that.text)
        && hash.equals(that.hash)
        && attributes.data().equals(that.attributes.data())
        && Objects.equals(embedding, that.embedding);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, ordinal, hash, attributes.data());
  }

  @Override
  public String toString() {
    return ("Chunk[id=%s, documentId=%s, ordinal=%d, fromOffset=%d, toOffset=%d, text=%s, hash=%s,"
            + " attributes=%s, embedding=%s]")
        .formatted(
            id,
            documentId,
            ordinal,
            fromOffset,
            toOffset,
            text,
            hash,
            attributes.data(),
            embedding);
  }

  /** The same chunk with the embedding of another model. */
  Chunk embeddedAs(Embedding other) {
    return new Chunk(id, documentId, ordinal, fromOffset, toOffset, text, hash, attributes, other);
  }

  /**
   * The text of one attribute, of a number or a list its JSON; null where a chunk has none. It also
   * tells a {@link dev.tenon.core.search.TextSearch} the language of a chunk, and what to count by.
   */
  public static Field<String> attribute(String name) {
    return DSL.jsonbGetAttributeAsText(
        ATTRIBUTES, Required.require(name, "name", "Chunk.attribute"));
  }
}
