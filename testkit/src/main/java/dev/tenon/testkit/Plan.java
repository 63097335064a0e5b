package dev.tenon.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What {@code EXPLAIN (FORMAT JSON)} says, its nodes in the order in which text would show them.
 */
final class Plan {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<PlanNode> nodes = new ArrayList<>();

  private Plan() {}

  static Plan parse(String json) {
    try {
      Plan plan = new Plan();
      JSON.readTree(json).forEach(statement -> plan.add(statement.path("Plan"), 0, false));
      return plan;
    } catch (JsonProcessingException error) {
      throw new IllegalArgumentException("not the plan of EXPLAIN (FORMAT JSON): " + json, error);
    }
  }

  private void add(JsonNode json, int depth, boolean belowLimit) {
    PlanNode node = new PlanNode(json, depth, belowLimit);
    nodes.add(node);
    json.path("Plans").forEach(child -> add(child, depth + 1, belowLimit || node.isLimit()));
  }

  List<PlanNode> nodes(Predicate<PlanNode> condition) {
    return nodes.stream().filter(condition).toList();
  }

  List<String> indexes() {
    return names(PlanNode::index);
  }

  List<String> relations() {
    return names(PlanNode::relation);
  }

  private List<String> names(Function<PlanNode, String> name) {
    return nodes.stream().map(name).filter(found -> !found.isEmpty()).distinct().toList();
  }

  @Override
  public String toString() {
    return nodes.stream()
        .map(node -> "  ".repeat(node.depth() + 1) + node)
        .collect(Collectors.joining("\n"));
  }
}
