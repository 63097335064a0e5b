package dev.tenon.core.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.internal.StorableText;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/**
 * The free JSON object that a node, an edge or a graph carries beside its own keys.
 *
 * <p>Parsed and checked once, numbers kept exactly. Equal if the same keys have the same values, in
 * whatever order. Immutable.
 */
public final class Attributes {

  static final Set<String> OF_NODE = Set.of("id");
  static final Set<String> OF_EDGE = Set.of("id", "from", "to", "confidence");
  static final Set<String> OF_GRAPH = Set.of("nodes", "edges");

  private static final Attributes NONE = new Attributes(Json.MAPPER.createObjectNode());
  private static final String WHERE = "Attributes.of";
  private static final int MAX_DEPTH = 100;

  /** Of one number, as Jackson reads them. */
  private static final int MAX_DIGITS = 1_000;

  private final ObjectNode object;

  private Attributes(ObjectNode object) {
    this.object = object;
  }

  /** No attributes. */
  public static Attributes none() {
    return NONE;
  }

  /**
   * Attributes from the text of a JSON object.
   *
   * @throws InvalidDataException if the text is no JSON object, has a key twice, is nested more
   *     than 100 levels deep, or holds text that PostgreSQL cannot store, or a number that takes
   *     more than 1000 digits
   */
  public static Attributes of(String json) {
    ObjectNode object = parse(json);
    checkStorable(object);
    return new Attributes(object);
  }

  /** The text under a key; empty if there is nothing, or something else than text. */
  public Optional<String> text(String key) {
    return Optional.ofNullable(object.path(key).textValue());
  }

  /** The JSON object. */
  public JSONB json() {
    return JSONB.valueOf(object.toString());
  }

  /** What is left of an object that the server gave, once the keys that Tenon owns are taken. */
  static Attributes rest(JsonNode element, Set<String> owned) {
    ((ObjectNode) element).remove(owned);
    return element.isEmpty() ? NONE : new Attributes((ObjectNode) element);
  }

  /** Refuses a key that would overwrite one that Tenon owns. */
  void requireWithout(Set<String> owned, Supplier<String> whose) {
    for (String key : owned) {
      if (object.has(key)) {
        String place = whose.get();
        throw new InvalidDataException(
            Problem.what("the attributes of " + place + " hold the key '" + key + "'")
                .where(place)
                .why("the document keeps its own '" + key + "' beside the attributes")
                .fix("rename the attribute"));
      }
    }
  }

  ObjectNode addTo(ObjectNode target) {
    return target.setAll(object);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Attributes attributes && object.equals(attributes.object);
  }

  @Override
  public int hashCode() {
    return object.hashCode();
  }

  @Override
  public String toString() {
    return object.toString();
  }

  private static ObjectNode parse(String json) {
    try {
      if (Json.MAPPER.readTree(json) instanceof ObjectNode object) {
        return object;
      }
    } catch (IOException notJson) {
      throw notAnObject(notJson);
    }
    throw notAnObject(null);
  }

  private static void checkStorable(ObjectNode root) {
    Deque<Level> open = new ArrayDeque<>();
    open.push(new Level(root, 1));
    while (!open.isEmpty()) {
      Level level = open.pop();
      if (level.depth > MAX_DEPTH) {
        throw new InvalidDataException(
            Problem.what("the attributes are nested more than " + MAX_DEPTH + " levels deep")
                .where(WHERE)
                .why("attributes this deep are hostile or a mistake")
                .fix("flatten them"));
      }
      level.node.properties().forEach(entry -> requireStorable(entry.getKey()));
      for (JsonNode child : level.node) {
        if (child.isTextual()) {
          requireStorable(child.textValue());
        } else if (child.isNumber()) {
          requireReadable(child.decimalValue());
        } else if (child.isContainerNode()) {
          open.push(new Level(child, level.depth + 1));
        }
      }
    }
  }

  private static void requireStorable(String text) {
    if (!StorableText.isStorable(text)) {
      throw new InvalidDataException(
          Problem.what("the attributes hold the text '" + Checks.shown(text) + "'")
              .where(WHERE)
              .why("it has a NUL character or half of a surrogate pair; jsonb refuses both")
              .fix("remove the character"));
    }
  }

  /** The server spells a number out, as no reader of JSON need read it. */
  private static void requireReadable(BigDecimal number) {
    long whole = Math.max(0, (long) number.precision() - number.scale());
    long fraction = Math.max(0, number.scale());
    if (whole > MAX_DIGITS || fraction > MAX_DIGITS || whole + fraction > MAX_DIGITS) {
      throw new InvalidDataException(
          Problem.what("the attributes hold a number of " + (whole + fraction) + " digits")
              .where(WHERE)
              .why(
                  "jsonb writes all of them out, and one of more than "
                      + MAX_DIGITS
                      + " is not read again")
              .fix("store it as a text"));
    }
  }

  private static InvalidDataException notAnObject(@Nullable IOException cause) {
    return new InvalidDataException(
        Problem.what("the attributes are not one JSON object")
            .where(WHERE)
            .why(
                "the text is no JSON, has a key twice, is an array or a single value, or holds a key"
                    + " of more than 50000 characters, a text of more than 20000000 or a number of"
                    + " more than 1000 digits")
            .fix("pass an object, e.g. {\"kind\": \"deploy\"}"),
        cause);
  }

  private record Level(JsonNode node, int depth) {}
}
