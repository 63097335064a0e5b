package dev.tenon.core.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads drawings back by the letter of their languages, and refuses whatever else stands in them.
 */
final class DrawingReader {

  private static final String DOT_TEXT = "\"((?:[^\"\\\\\\n\\r]|\\\\.)*)\"";
  private static final Pattern DOT_NODE = Pattern.compile("  n(\\d+) \\[label=" + DOT_TEXT + "];");
  private static final Pattern DOT_EDGE =
      Pattern.compile("  n(\\d+) -> n(\\d+) \\[label=" + DOT_TEXT + "];");
  private static final Pattern DOT_ESCAPE =
      Pattern.compile("\\\\(?<letter>.)|&(?<entity>[^;]*);|(?<plain>[^\\\\&])");

  private static final String MERMAID_TEXT = "\"([^\"\\n\\r]+)\"";
  private static final Pattern MERMAID_NODE = Pattern.compile("  n(\\d+)\\[" + MERMAID_TEXT + "]");
  private static final Pattern MERMAID_EDGE =
      Pattern.compile("  n(\\d+) -->\\|" + MERMAID_TEXT + "\\| n(\\d+)");
  private static final Pattern MERMAID_ESCAPE =
      Pattern.compile("<br/>|#(?<number>\\d+);|(?<plain>[\\p{L}\\p{N} ._-])");

  private final List<String> nodeLabels = new ArrayList<>();
  private final List<String> edgeLabels = new ArrayList<>();
  private final List<List<Integer>> joins = new ArrayList<>();

  private DrawingReader() {}

  static DrawingReader dot(String text) {
    List<String> lines = lines(text, "digraph {");
    if (!lines.remove(lines.size() - 1).equals("}")) {
      throw new AssertionError("the drawing does not end: " + text);
    }
    DrawingReader read = new DrawingReader();
    for (String line : lines) {
      Matcher node = DOT_NODE.matcher(line);
      Matcher edge = DOT_EDGE.matcher(line);
      if (node.matches()) {
        read.node(node.group(1), fromDot(node.group(2)));
      } else if (edge.matches()) {
        read.edge(edge.group(1), edge.group(2), fromDot(edge.group(3)));
      } else {
        throw new AssertionError("neither node nor edge: " + line);
      }
    }
    return read;
  }

  static DrawingReader mermaid(String text) {
    DrawingReader read = new DrawingReader();
    for (String line : lines(text, "flowchart LR")) {
      Matcher node = MERMAID_NODE.matcher(line);
      Matcher edge = MERMAID_EDGE.matcher(line);
      if (node.matches()) {
        read.node(node.group(1), fromMermaid(node.group(2)));
      } else if (edge.matches()) {
        read.edge(edge.group(1), edge.group(3), fromMermaid(edge.group(2)));
      } else {
        throw new AssertionError("neither node nor edge: " + line);
      }
    }
    return read;
  }

  List<String> nodeLabels() {
    return nodeLabels;
  }

  List<String> edgeLabels() {
    return edgeLabels;
  }

  /** For each edge the places of the nodes that it joins. */
  List<List<Integer>> joins() {
    return joins;
  }

  private void node(String number, String label) {
    if (Integer.parseInt(number) != nodeLabels.size()) {
      throw new AssertionError("the node n" + number + " is out of place");
    }
    nodeLabels.add(label);
  }

  private void edge(String from, String to, String label) {
    joins.add(List.of(Integer.parseInt(from), Integer.parseInt(to)));
    edgeLabels.add(label);
  }

  /** Lines end at a line feed and nowhere else. */
  private static List<String> lines(String text, String first) {
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    if (!lines.remove(0).equals(first) || !lines.remove(lines.size() - 1).isEmpty()) {
      throw new AssertionError("the drawing does not begin or end: " + text);
    }
    return lines;
  }

  private static String fromDot(String text) {
    return decoded(
        DOT_ESCAPE,
        text,
        match -> {
          if (match.group("letter") != null) {
            return switch (match.group("letter")) {
              case "n" -> "\n";
              case "\\", "\"" -> match.group("letter");
              default -> throw new AssertionError("an escape that Graphviz replaces: " + text);
            };
          }
          if (match.group("entity") != null) {
            return switch (match.group("entity")) {
              case "amp" -> "&";
              case "#13" -> "\r";
              default -> throw new AssertionError("an entity that nobody wrote: " + text);
            };
          }
          return match.group("plain");
        });
  }

  private static String fromMermaid(String text) {
    return decoded(
        MERMAID_ESCAPE,
        text,
        match -> {
          if (match.group("number") != null) {
            return Character.toString(Integer.parseInt(match.group("number")));
          }
          return match.group().equals("<br/>") ? "\n" : match.group("plain");
        });
  }

  private static String decoded(Pattern escapes, String text, Decoding decoding) {
    StringBuilder plain = new StringBuilder();
    Matcher match = escapes.matcher(text);
    int end = 0;
    while (end < text.length()) {
      if (!match.find(end) || match.start() != end) {
        throw new AssertionError("a character that must not stand alone: " + text.substring(end));
      }
      plain.append(decoding.of(match));
      end = match.end();
    }
    return plain.toString();
  }

  private interface Decoding {
    String of(Matcher match);
  }
}
