package dev.tenon.core.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.jooq.JSONB;
import org.jspecify.annotations.Nullable;

/** The free JSON object beside the keys that Tenon owns. */
final class Attributes {

  static final JSONB NONE = JSONB.valueOf("{}");
  static final Set<String> OF_NODE = Set.of("id");
  static final Set<String> OF_EDGE = Set.of("id", "from", "to", "confidence");
  static final Set<String> OF_GRAPH = Set.of("nodes", "edges");

  private static final int MAX_DEPTH = 100;

  private Attributes() {}

  /** Refuses what the server would refuse, and what would overwrite a key that Tenon owns. */
  static void check(JSONB attributes, String place, Set<String> owned) {
    if (attributes.data().equals("{}")) {
      return;
    }
    ObjectNode object = parse(attributes, place);
    for (String key : owned) {
      if (object.has(key)) {
        throw invalid(
            "the attributes of " + place + " hold the key '" + key + "'",
            place,
            "the document keeps its own '" + key + "' beside the attributes",
            "rename the attribute",
            null);
      }
    }
    checkStorable(object, place);
  }

  static ObjectNode parse(JSONB attributes, String place) {
    try {
      if (Json.MAPPER.readTree(attributes.data()) instanceof ObjectNode object) {
        return object;
      }
    } catch (IOException notJson) {
      throw notAnObject(place, notJson);
    }
    throw notAnObject(place, null);
  }

  private static void checkStorable(ObjectNode root, String place) {
    Deque<Level> open = new ArrayDeque<>();
    open.push(new Level(root, 1));
    while (!open.isEmpty()) {
      Level level = open.pop();
      if (level.depth > MAX_DEPTH) {
        throw invalid(
            "the attributes of " + place + " are nested more than " + MAX_DEPTH + " levels deep",
            place,
            "a document this deep is hostile or a mistake",
            "flatten the attributes",
            null);
      }
      level.node.properties().forEach(entry -> requireStorable(entry.getKey(), place));
      for (JsonNode child : level.node) {
        if (child.isTextual()) {
          requireStorable(child.textValue(), place);
        } else if (child.isContainerNode()) {
          open.push(new Level(child, level.depth + 1));
        }
      }
    }
  }

  private static void requireStorable(String text, String place) {
    if (!Checks.isStorable(text)) {
      throw invalid(
          "the attributes of " + place + " hold text that cannot be stored",
          place,
          "'" + Checks.shown(text) + "' has a NUL character or half of a surrogate pair",
          "remove the character",
          null);
    }
  }

  private static InvalidDataException notAnObject(String place, @Nullable IOException cause) {
    return invalid(
        "the attributes of " + place + " are not one JSON object",
        place,
        "the text is no JSON, has a key twice, or is a JSON array or a single value",
        "pass an object, e.g. {\"kind\": \"deploy\"}",
        cause);
  }

  private static InvalidDataException invalid(
      String what, String where, String why, String fix, @Nullable IOException cause) {
    return new InvalidDataException(Problem.what(what).where(where).why(why).fix(fix), cause);
  }

  private record Level(JsonNode node, int depth) {}
}
