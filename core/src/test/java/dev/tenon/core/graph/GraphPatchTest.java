package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import org.junit.jupiter.api.Test;

class GraphPatchTest {

  @Test
  void refuses_to_be_empty() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> GraphPatch.builder().build())
        .withMessageContaining("the patch is empty");
  }

  @Test
  void refuses_to_change_and_remove_one_edge() {
    GraphPatch.Builder patch = GraphPatch.builder().changeConfidence("e1", 0.5);

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> patch.removeEdge("e1"))
        .withMessageContaining("names the edge 'e1' twice");
  }

  @Test
  void refuses_to_remove_and_add_one_edge() {
    GraphPatch.Builder patch = GraphPatch.builder().removeEdge("e1");

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> patch.addEdge(Edge.of("e1", "a", "b", 1)))
        .withMessageContaining("names the edge 'e1' twice");
  }

  @Test
  void refuses_to_add_one_node_twice() {
    GraphPatch.Builder patch = GraphPatch.builder().addNode(Node.of("a"));

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> patch.addNode(Node.of("a")))
        .withMessageContaining("the node 'a' is there twice");
  }

  @Test
  void refuses_a_confidence_that_is_no_number() {
    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> GraphPatch.builder().changeConfidence("e1", Double.NaN))
        .withMessageContaining("the edge 'e1'");
  }

  @Test
  void refuses_to_move_an_edge_through_its_attributes() {
    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(
            () -> GraphPatch.builder().changeAttributes("e1", Attributes.of("{\"to\":\"c\"}")))
        .withMessageContaining("the key 'to'");
  }
}
