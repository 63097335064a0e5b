package dev.tenon.core.graph;

import dev.tenon.core.InvalidDataException;
import java.util.function.Function;

/**
 * A text that other programs read a graph from.
 *
 * <p>Nodes are named by their place, {@code n0}, {@code n1}, …, and whatever the graph holds stands
 * in quoted or escaped text, so that no id can end a text, add an element or meet another id.
 * Linear in the size of the graph, of which the text is a copy in memory. Thread-safe.
 */
public enum GraphFormat {
  /**
   * GraphML (graphml.graphdrawing.org), the whole graph: ids as {@code name}, labels as {@code
   * label}, confidences as {@code confidence}, attributes as {@code attributes} in JSON. To be
   * saved as UTF-8.
   */
  GRAPHML {
    @Override
    String write(Graph graph, Labels labels) {
      return new GraphMl(labels).write(graph);
    }
  },
  /** The language of Graphviz: a drawing with labels, without attributes. */
  DOT {
    @Override
    String write(Graph graph, Labels labels) {
      return Drawings.dot(graph, labels);
    }
  },
  /** A Mermaid flowchart from left to right: a drawing with labels, without attributes. */
  MERMAID {
    @Override
    String write(Graph graph, Labels labels) {
      return Drawings.mermaid(graph, labels);
    }
  };

  /**
   * The graph with the ids of its nodes and the confidences of its edges as labels.
   *
   * @throws InvalidDataException if a text holds a character that XML 1.0 cannot hold
   */
  public String write(Graph graph) {
    return write(graph, Node::id, edge -> Double.toString(edge.confidence()));
  }

  /**
   * The graph with labels of the caller's.
   *
   * @throws InvalidDataException if a text holds a character that XML 1.0 cannot hold: a control
   *     character but tab and line breaks, half of a surrogate pair, U+FFFE or U+FFFF
   */
  public String write(
      Graph graph, Function<Node, String> nodeLabel, Function<Edge, String> edgeLabel) {
    return write(graph, new Labels(nodeLabel, edgeLabel));
  }

  abstract String write(Graph graph, Labels labels);
}
