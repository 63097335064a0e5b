package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.tenon.core.InvalidDataException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GraphTest {

  private static final Node A = Node.of("a");
  private static final Node B = Node.of("b");

  @Test
  void names_edge_and_node_when_an_edge_leads_to_a_missing_node() {
    Edge edge = Edge.of("e1", "a", "ghost", 0.5);

    refused(() -> Graph.of(List.of(A, B), List.of(edge)))
        .withMessageContaining("the edge 'e1' from 'a' to 'ghost'")
        .withMessageContaining("missing node 'ghost'");
  }

  @Test
  void names_edge_and_node_when_an_edge_leaves_a_missing_node() {
    Edge edge = Edge.of("e1", "ghost", "b", 0.5);

    refused(() -> Graph.of(List.of(A, B), List.of(edge)))
        .withMessageContaining("'e1'")
        .withMessageContaining("missing node 'ghost'");
  }

  @Test
  void refuses_two_nodes_of_one_id() {
    refused(() -> Graph.of(List.of(A, B, Node.of("a")), List.of()))
        .withMessageContaining("the node 'a' is there twice");
  }

  @Test
  void refuses_two_edges_of_one_id() {
    List<Edge> edges = List.of(Edge.of("e1", "a", "b", 0.5), Edge.of("e1", "b", "a", 0.5));

    refused(() -> Graph.of(List.of(A, B), edges))
        .withMessageContaining("the edge 'e1' is there twice");
  }

  @Test
  void takes_parallel_edges() {
    List<Edge> edges = List.of(Edge.of("e1", "a", "b", 0.5), Edge.of("e2", "a", "b", 0.7));

    assertThat(Graph.of(List.of(A, B), edges).edge("e2")).contains(edges.get(1));
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {
        0,
        -0.0,
        -0.1,
        1.0000000000000002,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY
      })
  void refuses_a_confidence_outside_0_to_1(double confidence) {
    refused(() -> Edge.of("e1", "a", "b", confidence))
        .withMessageContaining("the edge 'e1' from 'a' to 'b'")
        .withMessageContaining("outside (0, 1]");
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.MIN_VALUE, 0.5, 1})
  void takes_a_confidence_up_to_the_ends_of_its_range(double confidence) {
    assertThatNoException().isThrownBy(() -> Edge.of("e1", "a", "b", confidence));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\u0000b", "\uD83D", "\uDE00x", "x\uD83Dy"})
  void refuses_an_id_that_the_server_would_refuse(String id) {
    refused(() -> Node.of(id)).withMessageContaining("id");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no json",
        "[]",
        "1",
        "null",
        "{} {}",
        "{\"a\": 1, \"a\": 2}",
        "{\"a\": NaN}",
        "{\"a\": \"x\\u0000\"}",
        "{\"a\\u0000\": 1}",
        "{\"a\": [\"\\uD83D\"]}"
      })
  void refuses_attributes_that_the_server_would_refuse(String attributes) {
    refused(() -> Attributes.of(attributes)).withMessageContaining("the attributes");
  }

  @Test
  void refuses_attributes_that_are_nested_too_deep() {
    String deep = "{\"a\":".repeat(101) + "1" + "}".repeat(101);

    refused(() -> Attributes.of(deep)).withMessageContaining("100 levels");
  }

  @Test
  void compares_attributes_whatever_the_order_of_their_keys() {
    Attributes attributes = Attributes.of("{\"kind\": \"deploy\", \"n\": [1, null]}");

    assertThat(attributes)
        .isEqualTo(Attributes.of("{\"n\":[1,null],\"kind\":\"deploy\"}"))
        .isNotEqualTo(Attributes.of("{\"n\":[1],\"kind\":\"deploy\"}"));
    assertThat(attributes.text("kind")).contains("deploy");
    assertThat(attributes.text("n")).isEmpty();
    assertThat(attributes.text("missing")).isEmpty();
  }

  @Test
  void refuses_an_attribute_that_would_overwrite_an_end_of_the_edge() {
    refused(() -> Edge.of("e1", "a", "b", 1).withAttributes(Attributes.of("{\"to\": \"c\"}")))
        .withMessageContaining("'to'");
  }

  @Test
  void keeps_unknown_keys_and_exact_numbers_through_its_document() {
    Attributes attributes =
        Attributes.of("{\"big\":123456789012345678901234567890,\"exact\":1.10,\"none\":null}");
    Graph graph =
        new Graph(
            List.of(new Node("a", attributes), B),
            List.of(new Edge("e1", "a", "b", 0.1, attributes)),
            attributes);

    Graph read = Json.read(Json.write(graph), "the test");

    assertThat(read.attributes().toString()).isEqualTo(attributes.toString());
    assertThat(read.node("a").orElseThrow().attributes().toString())
        .isEqualTo(attributes.toString());
    assertThat(read.edge("e1").orElseThrow().attributes().toString())
        .isEqualTo(attributes.toString());
    assertThat(read.edge("e1").orElseThrow().confidence()).isEqualTo(0.1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"nodes\": []}",
        "{\"nodes\": {}, \"edges\": []}",
        "{\"nodes\": [1], \"edges\": []}",
        "{\"nodes\": [{\"id\": 1}], \"edges\": []}",
        "{\"nodes\": [{\"id\": \"a\"}], \"edges\": [{\"id\": \"e\", \"from\": \"a\", \"to\": \"a\"}]}",
        "{\"nodes\": [], \"edges\": [{\"id\": \"e\", \"from\": \"a\", \"to\": \"b\","
            + " \"confidence\": 1}]}"
      })
  void names_the_place_of_a_stored_document_that_is_no_graph(String document) {
    refused(() -> Json.read(document, "graph 7 of some_table"))
        .withMessageContaining("graph 7 of some_table");
  }

  private static org.assertj.core.api.ThrowableAssertAlternative<InvalidDataException> refused(
      ThrowingCallable call) {
    return assertThatExceptionOfType(InvalidDataException.class).isThrownBy(call);
  }
}
