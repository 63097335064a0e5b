package dev.tenon.core.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.io.IOException;

/** JSON text that is on its way to a column. */
final class DocumentText {

  private static final String ESCAPED_ZERO = "u0000";

  private static final int HALF = 6;
  private static final int PAIR = 2 * HALF;

  private DocumentText() {}

  /**
   * The text itself, which jsonb can hold.
   *
   * @throws InvalidDataException if a text or a name in it contains U+0000, naming its place, or
   *     half of a surrogate pair
   */
  static String requireStorable(String json) {
    int escape = json.indexOf('\\');
    while (escape >= 0) {
      if (json.startsWith(ESCAPED_ZERO, escape + 1)) {
        throw new InvalidDataException(
            Problem.what("the document contains the character U+0000" + place(json))
                .where("record mapping")
                .why("PostgreSQL stores no such character in a text")
                .fix("remove it, or keep bytes as Base64"));
      }
      escape = json.indexOf('\\', isPair(json, escape) ? escape + PAIR : escape + 2);
    }
    return ColumnCodec.requireEncodable(json);
  }

  /** Whether an escaped surrogate begins here and its other half follows. */
  private static boolean isPair(String json, int escape) {
    char first = escaped(json, escape);
    if (!Character.isSurrogate(first)) {
      return false;
    }
    if (!Character.isSurrogatePair(first, escaped(json, escape + HALF))) {
      throw ColumnCodec.halfPair("the document", escape);
    }
    return true;
  }

  /** The character that is escaped here by its number; 0 where none is. */
  private static char escaped(String json, int escape) {
    if (!json.startsWith("\\u", escape) || json.length() < escape + HALF) {
      return 0;
    }
    try {
      return (char) Integer.parseInt(json, escape + 2, escape + HALF, 16);
    } catch (NumberFormatException noJson) {
      return 0;
    }
  }

  private static String place(String json) {
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        boolean isText = token == JsonToken.VALUE_STRING || token == JsonToken.FIELD_NAME;
        if (isText && parser.getText().indexOf(0) >= 0) {
          return ", at " + Problem.excerpt("$" + parser.getParsingContext().pathAsPointer());
        }
      }
      return "";
    } catch (IOException noJson) {
      return "";
    }
  }
}
