package dev.tenon.core.outbox;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.internal.StorableText;
import dev.tenon.core.internal.StorableTimes;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an event must be before it is sent. */
final class EventChecks {

  static final int LONGEST_BODY = 1 << 20;
  private static final int LONGEST_HEADERS = 1 << 16;
  private static final int LONGEST_TYPE = 200;
  private static final int LONGEST_AGGREGATE = 500;

  /** Locations would keep the text of the body, and so does a detected duplicate of a key. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder().disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION).build();

  private EventChecks() {}

  /**
   * The event.
   *
   * @param where what the caller called
   */
  static Event require(Event event, String where) {
    requireText("type", event.type(), LONGEST_TYPE, where);
    requireText("aggregate id", event.aggregateId(), LONGEST_AGGREGATE, where);
    requireVersion(event, where);
    requireHeaders(event.headers(), where);
    StorableTimes.storable(event.createdAt());
    requireBody(event, where);
    return event;
  }

  private static void requireVersion(Event event, String where) {
    if (event.version() < 0) {
      throw new InvalidDataException(
          Problem.what("the version of an event is " + event.version())
              .where(where)
              .why("it is the one that the change gave to the aggregate, and these count up")
              .fix("pass the version of the aggregate after the change"));
    }
  }

  static void requireHeaders(Map<String, String> headers, String where) {
    long length = 0;
    for (Map.Entry<String, String> header : headers.entrySet()) {
      requireHeader(header.getKey(), header.getValue(), where);
      length += header.getKey().length() + header.getValue().length();
    }
    if (length > LONGEST_HEADERS) {
      throw new InvalidDataException(
          Problem.what("the headers of an event have " + length + " characters")
              .where(where)
              .why(
                  "they have at most "
                      + LONGEST_HEADERS
                      + " together, as a relay holds many events")
              .fix("put long values into the body"));
    }
  }

  private static void requireHeader(String name, String value, String where) {
    requireText("name of a header", name, LONGEST_TYPE, where);
    if (!StorableText.isStorable(value)) {
      throw new InvalidDataException(
          Problem.what("the header '" + Problem.excerpt(name) + "' cannot be stored")
              .where(where)
              .why("it holds a NUL character or half of a surrogate pair")
              .fix("remove the character"));
    }
  }

  private static void requireText(String what, String value, int longest, String where) {
    if (value.isBlank() || value.length() > longest) {
      throw new InvalidDataException(
          Problem.what("the " + what + " of an event has " + value.length() + " characters")
              .where(where)
              .why("it has 1 to " + longest + ", not all of them blank")
              .fix("name what happened, and the aggregate that it happened to"));
    }
    if (!StorableText.isStorable(value)) {
      throw new InvalidDataException(
          Problem.what("the " + what + " '" + Problem.excerpt(value) + "' cannot be stored")
              .where(where)
              .why("it holds a NUL character or half of a surrogate pair")
              .fix("remove the character"));
    }
  }

  private static void requireBody(Event event, String where) {
    String body = event.body();
    if (body.length() > LONGEST_BODY || (body.length() > LONGEST_BODY / 3 && isTooLong(body))) {
      throw invalidBody(
          event,
          where,
          "is longer than 1 MiB",
          "a relay holds many events at once",
          "store what is large in a table, and its key in the event",
          null);
    }
    try (JsonParser parser = MAPPER.createParser(body)) {
      JsonToken token = parser.nextToken();
      if (token == null) {
        throw invalidBody(
            event, where, "is empty", "a body is JSON text", "pass {} for none", null);
      }
      int depth = 0;
      do {
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        requireStorable(event, where, parser, token);
        token = parser.nextToken();
      } while (token != null && depth > 0);
      if (token != null) {
        throw invalidBody(
            event,
            where,
            "goes on after its end",
            "a body is one JSON value",
            "pass one value, such as an object",
            null);
      }
    } catch (StreamConstraintsException unread) {
      throw invalidBody(
          event,
          where,
          "is more than JSON libraries read",
          "it is nested deeper than 1,000, or has a number of more than 1,000 digits or a name of"
              + " more than 50,000 characters",
          "flatten it, or send it as a string",
          unread);
    } catch (IOException notJson) {
      throw invalidBody(
          event,
          where,
          "is not JSON",
          "the text breaks off or is malformed",
          "write it with a JSON library",
          notJson);
    }
  }

  private static void requireStorable(Event event, String where, JsonParser parser, JsonToken token)
      throws IOException {
    if ((token == JsonToken.FIELD_NAME || token == JsonToken.VALUE_STRING)
        && !StorableText.isStorable(parser.getText())) {
      throw invalidBody(
          event,
          where,
          "holds a NUL character (\\u0000) or half of a surrogate pair",
          "PostgreSQL stores neither in text or jsonb, so no consumer could use it",
          "remove the character",
          null);
    }
  }

  private static boolean isTooLong(String body) {
    long bytes = 0;
    for (int i = 0; i < body.length(); i++) {
      char unit = body.charAt(i);
      bytes += unit < 0x80 ? 1 : unit < 0x800 || Character.isSurrogate(unit) ? 2 : 3;
    }
    return bytes > LONGEST_BODY;
  }

  private static InvalidDataException invalidBody(
      Event event, String where, String what, String why, String fix, @Nullable IOException cause) {
    return new InvalidDataException(
        Problem.what("the body of the event '" + Problem.excerpt(event.type()) + "' " + what)
            .where(where + ", aggregate '" + Problem.excerpt(event.aggregateId()) + "'")
            .why(why)
            .fix(fix),
        cause);
  }
}
