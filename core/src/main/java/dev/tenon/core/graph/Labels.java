package dev.tenon.core.graph;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.util.Locale;
import java.util.function.Function;

/** What is written at nodes and edges, once it is known that every format can hold it. */
record Labels(Function<Node, String> nodeLabel, Function<Edge, String> edgeLabel) {

  String of(Node node) {
    String label = nodeLabel.apply(node);
    requirePortable(label, "the label of " + Checks.node(node.id()));
    return label;
  }

  String of(Edge edge) {
    String label = edgeLabel.apply(edge);
    requirePortable(label, "the label of " + Checks.edge(edge.id()));
    return label;
  }

  /** Refuses what XML 1.0 has no way to write, not even as a reference. */
  static void requirePortable(String text, String whose) {
    text.codePoints()
        .filter(point -> !isXml(point))
        .findFirst()
        .ifPresent(
            point -> {
              throw new InvalidDataException(
                  Problem.what(
                          whose
                              + " holds the character U+"
                              + String.format(Locale.ROOT, "%04X", point))
                      .where("GraphFormat")
                      .why("GraphML is XML and drawings become SVG, which cannot hold it")
                      .fix("export a graph, or write a label, without the character"));
            });
  }

  private static boolean isXml(int point) {
    return point == '\t'
        || point == '\n'
        || point == '\r'
        || (point >= 0x20 && point < 0xFFFE && !isSurrogate(point))
        || point > 0xFFFF;
  }

  private static boolean isSurrogate(int point) {
    return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
  }
}
