package dev.tenon.core.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.OptionalLong;

/** JSON text that is on its way to a column. */
public final class DocumentText {

  private static final String ESCAPED_ZERO = "u0000";

  private static final int HALF = 6;
  private static final int PAIR = 2 * HALF;

  private static final JsonFactory UNBOUNDED =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

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

  /**
   * Where a text stops to be JSON, or has a number that jsonb does not hold, as the place of a
   * character, from 0. It costs a walk over the text: meant for one that the server refused.
   */
  public static OptionalLong fault(String json) {
    try (JsonParser parser = UNBOUNDED.createParser(json)) {
      return fault(parser);
    } catch (JsonParseException noJson) {
      return OptionalLong.of(noJson.getLocation().getCharOffset());
    } catch (IOException unread) {
      return OptionalLong.empty();
    }
  }

  private static OptionalLong fault(JsonParser parser) throws IOException {
    for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
      if (token.isNumeric() && !isStorable(parser.getText())) {
        return at(parser);
      }
      if (parser.getParsingContext().inRoot()) {
        return parser.nextToken() == null ? OptionalLong.empty() : at(parser);
      }
    }
    return OptionalLong.of(0);
  }

  private static boolean isStorable(String number) {
    try {
      BigDecimal unused = StorableNumbers.storable(new BigDecimal(number));
      return true;
    } catch (NumberFormatException | InvalidDataException none) {
      return false;
    }
  }

  private static OptionalLong at(JsonParser parser) {
    return OptionalLong.of(parser.currentTokenLocation().getCharOffset());
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
