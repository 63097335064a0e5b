package dev.tenon.vector;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.internal.DocumentText;
import java.util.Optional;
import java.util.OptionalLong;
import org.jooq.JSONB;

/**
 * Tells which document the server refused: its own error names neither the record nor the column.
 *
 * <p>Documents are looked at behind a refusal only, for to read each before it is sent would cost
 * every write.
 */
final class DocumentFaults {

  private static final String BAD_VALUE = "22";

  private DocumentFaults() {}

  /**
   * What names the document, if the record has one that is no JSON and the server refused a value.
   *
   * @param where the record
   */
  static <T> Optional<InvalidDataException> of(
      RecordColumns<T> columns, T record, String where, InvalidDataException refused) {
    if (refused.sqlState().filter(state -> state.startsWith(BAD_VALUE)).isEmpty()) {
      return Optional.empty();
    }
    for (int i = 0; i < columns.size(); i++) {
      if (columns.value(record, i) instanceof JSONB document) {
        OptionalLong fault = DocumentText.fault(document.data());
        if (fault.isPresent()) {
          String place = where + ", column " + columns.names().get(i);
          return Optional.of(explained(fault.getAsLong(), place, refused));
        }
      }
    }
    return Optional.empty();
  }

  private static InvalidDataException explained(
      long character, String place, InvalidDataException refused) {
    return new InvalidDataException(
        Problem.what("a document is no JSON that jsonb holds, at character " + character)
            .where(place)
            .why("the server says: " + refused.problem().what())
            .fix("correct the document; nothing was written"),
        refused.getCause());
  }
}
