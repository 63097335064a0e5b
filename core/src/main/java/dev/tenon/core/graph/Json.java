package dev.tenon.core.graph;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Graphs as JSON text and back, numbers exact and unknown keys kept. */
final class Json {

  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(
              DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
              DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private Json() {}

  static String write(Graph graph) {
    ObjectNode document = MAPPER.createObjectNode();
    document.set("nodes", nodes(graph.nodes()));
    document.set("edges", edges(graph.edges()));
    return graph.attributes().addTo(document).toString();
  }

  static ArrayNode nodes(Collection<Node> nodes) {
    ArrayNode array = MAPPER.createArrayNode();
    for (Node node : nodes) {
      ObjectNode object = MAPPER.createObjectNode().put("id", node.id());
      array.add(node.attributes().addTo(object));
    }
    return array;
  }

  static ArrayNode edges(Collection<Edge> edges) {
    ArrayNode array = MAPPER.createArrayNode();
    for (Edge edge : edges) {
      ObjectNode object =
          MAPPER
              .createObjectNode()
              .put("id", edge.id())
              .put("from", edge.from())
              .put("to", edge.to())
              .put("confidence", edge.confidence());
      array.add(edge.attributes().addTo(object));
    }
    return array;
  }

  /**
   * Reads a stored document, which somebody else may have written.
   *
   * @throws InvalidDataException if it is no graph
   */
  static Graph read(String text, String where) {
    try {
      JsonNode document = MAPPER.readTree(text);
      List<Node> nodes = new ArrayList<>();
      for (JsonNode node : elements(document, "nodes", where)) {
        nodes.add(new Node(text(node, "id", where), Attributes.rest(node, Attributes.OF_NODE)));
      }
      List<Edge> edges = new ArrayList<>();
      for (JsonNode edge : elements(document, "edges", where)) {
        edges.add(edge(edge, where));
      }
      return new Graph(nodes, edges, Attributes.rest(document, Attributes.OF_GRAPH));
    } catch (IOException notJson) {
      throw new InvalidDataException(
          Problem.what("the stored document cannot be read")
              .where(where)
              .why(
                  "a text in it is too long, or a number has too many digits: the cause says which")
              .fix("correct the document with SQL"),
          notJson);
    } catch (InvalidDataException invalid) {
      throw new InvalidDataException(
          Problem.what(invalid.problem().what())
              .where(where)
              .why("the stored document is no valid graph: it was not written through Tenon")
              .fix("correct the document with SQL"),
          invalid);
    }
  }

  private static Edge edge(JsonNode edge, String where) {
    JsonNode confidence = edge.path("confidence");
    String id = text(edge, "id", where);
    if (!confidence.isNumber()) {
      throw malformed(Checks.edge(id) + " has no number 'confidence'", where);
    }
    return new Edge(
        id,
        text(edge, "from", where),
        text(edge, "to", where),
        confidence.doubleValue(),
        Attributes.rest(edge, Attributes.OF_EDGE));
  }

  private static JsonNode elements(JsonNode document, String key, String where) {
    JsonNode array = document.path(key);
    if (!array.isArray()) {
      throw malformed("the document has no array '" + key + "'", where);
    }
    return array;
  }

  private static String text(JsonNode object, String key, String where) {
    String value = object.path(key).textValue();
    if (value == null) {
      throw malformed("a node or an edge has no text '" + key + "'", where);
    }
    return value;
  }

  private static InvalidDataException malformed(String what, String where) {
    return new InvalidDataException(Problem.what(what).where(where));
  }

  static String changes(Map<String, GraphPatch.Change> changes) {
    ObjectNode object = MAPPER.createObjectNode();
    changes.forEach(
        (id, change) -> {
          ObjectNode set = object.putObject(id);
          change.confidence().ifPresent(value -> set.put("confidence", value));
          change.attributes().ifPresent(more -> more.addTo(set));
        });
    return object.toString();
  }
}
