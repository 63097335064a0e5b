package dev.tenon.core.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Graphs in the languages of Graphviz and Mermaid. */
final class Drawings {

  private Drawings() {}

  static String dot(Graph graph, Labels labels) {
    StringBuilder text = new StringBuilder("digraph {\n");
    for (int i = 0; i < graph.nodes().size(); i++) {
      String label = dotText(labels.of(graph.nodes().get(i)));
      text.append("  n").append(i).append(" [label=\"").append(label).append("\"];\n");
    }
    Map<String, Integer> places = places(graph.nodes());
    for (Edge edge : graph.edges()) {
      text.append("  n").append(places.get(edge.from()));
      text.append(" -> n").append(places.get(edge.to()));
      text.append(" [label=\"").append(dotText(labels.of(edge))).append("\"];\n");
    }
    return text.append("}\n").toString();
  }

  static String mermaid(Graph graph, Labels labels) {
    StringBuilder text = new StringBuilder("flowchart LR\n");
    for (int i = 0; i < graph.nodes().size(); i++) {
      String label = mermaidText(labels.of(graph.nodes().get(i)));
      text.append("  n").append(i).append("[\"").append(label).append("\"]\n");
    }
    Map<String, Integer> places = places(graph.nodes());
    for (Edge edge : graph.edges()) {
      String label = mermaidText(labels.of(edge));
      text.append("  n").append(places.get(edge.from()));
      text.append(" -->|\"").append(label).append("\"| n");
      text.append(places.get(edge.to())).append('\n');
    }
    return text.toString();
  }

  static Map<String, Integer> places(List<Node> nodes) {
    Map<String, Integer> places = new HashMap<>(nodes.size() * 2);
    for (Node node : nodes) {
      places.put(node.id(), places.size());
    }
    return places;
  }

  /** Graphviz reads a quoted label as escapes, and as entities of HTML within them. */
  private static String dotText(String label) {
    return label
        .replace("&", "&amp;")
        .replace("\\", "\\\\")
        .replace("\"", "\\\"")
        .replace("\n", "\\n")
        .replace("\r", "&#13;");
  }

  /**
   * Mermaid looks for directives, comments, styles and Markdown before it looks for quotes, so what
   * is no letter, digit or harmless mark is written by its number. An empty text is no text to it.
   */
  private static String mermaidText(String label) {
    StringBuilder text = new StringBuilder();
    label
        .codePoints()
        .forEach(
            point -> {
              if (point == '\n') {
                text.append("<br/>");
              } else if (Character.isLetterOrDigit(point) || " .-_".indexOf(point) >= 0) {
                text.appendCodePoint(point);
              } else {
                text.append('#').append(point).append(';');
              }
            });
    return text.isEmpty() ? " " : text.toString();
  }
}
