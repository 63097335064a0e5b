package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tenon.core.InvalidDataException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GraphFormatTest {

  private static final List<String> HOSTILE =
      List.of(
          "plain",
          "\"",
          "\\",
          "a\\",
          "a\\\\",
          "a\\\"",
          "\\N \\G \\n \\l",
          "line\nbreak",
          "line\r\nbreak\r",
          "\ttab ",
          " ",
          "]]>",
          "<b>&amp;</b>",
          "&lt;",
          "&#65;",
          "#35;",
          "#quot;",
          "style a:b#35;",
          "%%{init: {}}%%",
          "\"`markdown`\"",
          "n0",
          "n1 -> n0",
          "end",
          "|pipe|",
          "[\"x\"]",
          "};",
          "<br/>",
          "😀 grün 日本",
          "\u2028\u0085\u007F",
          "ﬂ°°35¶ß",
          "-->");

  /** Each hostile text is the id of a node, of an edge, and stands in an attribute of both. */
  private static Graph hostile() {
    List<Node> nodes = new ArrayList<>();
    List<Edge> edges = new ArrayList<>();
    for (int i = 0; i < HOSTILE.size(); i++) {
      String to = HOSTILE.get((i * 7 + 3) % HOSTILE.size());
      Attributes attributes = attributes(HOSTILE.get(i));
      nodes.add(new Node(HOSTILE.get(i), attributes));
      edges.add(new Edge(HOSTILE.get(i), HOSTILE.get(i), to, 1.0 / (i + 1), attributes));
    }
    return new Graph(nodes, edges, attributes(HOSTILE.get(1)));
  }

  private static Attributes attributes(String text) {
    return Attributes.of(Json.MAPPER.createObjectNode().put(text, text).put("n", 1.10).toString());
  }

  @Test
  void graphml_holds_the_whole_graph() throws Exception {
    Graph graph = hostile();

    GraphMlReader read = new GraphMlReader(GraphFormat.GRAPHML.write(graph));

    assertThat(read.graph()).isEqualTo(graph);
    assertThat(read.nodeLabels()).isEqualTo(HOSTILE);
  }

  @Test
  void graphml_holds_labels_of_the_caller() throws Exception {
    Graph graph = hostile();

    GraphMlReader read =
        new GraphMlReader(GraphFormat.GRAPHML.write(graph, node -> node.id() + "\r]]>", Edge::id));

    assertThat(read.nodeLabels()).isEqualTo(HOSTILE.stream().map(id -> id + "\r]]>").toList());
    assertThat(read.edgeLabels()).isEqualTo(HOSTILE);
  }

  @Test
  void dot_keeps_nodes_and_labels_apart() {
    assertIsDrawn(DrawingReader.dot(GraphFormat.DOT.write(hostile(), Node::id, Edge::id)));
  }

  @Test
  void mermaid_keeps_nodes_and_labels_apart() {
    assertIsDrawn(DrawingReader.mermaid(GraphFormat.MERMAID.write(hostile(), Node::id, Edge::id)));
  }

  private static void assertIsDrawn(DrawingReader read) {
    assertThat(read.nodeLabels()).isEqualTo(HOSTILE);
    assertThat(read.edgeLabels()).isEqualTo(HOSTILE);
    assertThat(read.joins())
        .isEqualTo(
            IntStream.range(0, HOSTILE.size())
                .mapToObj(i -> List.of(i, (i * 7 + 3) % HOSTILE.size()))
                .toList());
  }

  @Test
  void any_text_comes_back_from_every_format_or_is_refused() throws Exception {
    Random random = new Random(11);
    int read = 0;
    for (int i = 0; i < 2_000; i++) {
      String label = text(random);
      Graph graph = Graph.of(List.of(Node.of("a")), List.of());
      String xml;
      try {
        xml = GraphFormat.GRAPHML.write(graph, node -> label, Edge::id);
      } catch (InvalidDataException refused) {
        assertThat(label)
            .matches("(?s).*[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\uD800-\\uDFFF\\uFFFE\\uFFFF].*");
        continue;
      }
      read++;
      String dot = GraphFormat.DOT.write(graph, node -> label, Edge::id);
      String mermaid = GraphFormat.MERMAID.write(graph, node -> label, Edge::id);
      assertThat(new GraphMlReader(xml).nodeLabels()).containsExactly(label);
      assertThat(DrawingReader.dot(dot).nodeLabels()).containsExactly(label);
      assertThat(DrawingReader.mermaid(mermaid).nodeLabels()).containsExactly(label);
    }
    assertThat(read).isBetween(500, 1_990);
  }

  /** Some characters, many of them of those that mean something somewhere. */
  private static String text(Random random) {
    String marks = "\"\\\n\r\t&<>#;%`'|[]{}()/-: nG\uD83D\uDE00";
    return IntStream.rangeClosed(0, random.nextInt(6))
        .map(
            i ->
                random.nextInt(8) == 0
                    ? random.nextInt(0x10000)
                    : marks.charAt(random.nextInt(marks.length())))
        .mapToObj(unit -> Character.toString((char) unit))
        .collect(Collectors.joining());
  }

  @ParameterizedTest
  @EnumSource(GraphFormat.class)
  void a_text_that_xml_cannot_hold_is_refused_by_name(GraphFormat format) {
    Graph graph = Graph.of(List.of(Node.of("bell\u0007")), List.of());

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> format.write(graph))
        .withMessageContaining("of the node 'bell")
        .withMessageContaining("U+0007");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uD83D", "x\uDE00", "\u0000", "\uFFFE", "\u001F"})
  void a_label_that_xml_cannot_hold_is_refused(String label) {
    Graph graph = RandomGraphs.chain(1, 0.5);

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> GraphFormat.DOT.write(graph, Node::id, edge -> label))
        .withMessageContaining("the label of the edge 'e0'");
  }

  @Test
  void an_attribute_that_xml_cannot_hold_is_refused_in_graphml_alone() {
    Graph graph = Graph.of(List.of(new Node("a", Attributes.of("{\"k\": \"\uFFFF\"}"))), List.of());

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> GraphFormat.GRAPHML.write(graph))
        .withMessageContaining("an attribute of the node 'a'");
    assertThat(GraphFormat.DOT.write(graph)).contains("label=\"a\"");
  }

  @ParameterizedTest
  @EnumSource(GraphFormat.class)
  void an_empty_graph_is_written_too(GraphFormat format) {
    assertThat(format.write(Graph.of(List.of(), List.of()))).isNotBlank();
  }

  @Test
  void an_empty_label_is_written_so_that_mermaid_reads_it() {
    assertThat(GraphFormat.MERMAID.write(RandomGraphs.chain(1, 0.5), node -> "", edge -> ""))
        .isEqualTo("flowchart LR\n  n0[\" \"]\n  n1[\" \"]\n  n0 -->|\" \"| n1\n");
  }

  @Test
  void the_confidence_stands_at_an_edge_unless_another_label_is_given() {
    assertThat(GraphFormat.DOT.write(RandomGraphs.chain(1, 0.5)))
        .isEqualTo(
            """
            digraph {
              n0 [label="n0"];
              n1 [label="n1"];
              n0 -> n1 [label="0.5"];
            }
            """);
  }
}
