package dev.tenon.testkit;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One node of a plan.
 *
 * @param json what the server says of it
 * @param depth how many nodes are above it
 * @param belowLimit whether it may be stopped before it has all its rows
 */
record PlanNode(JsonNode json, int depth, boolean belowLimit) {

  private String type() {
    return text("Node Type");
  }

  String index() {
    return text("Index Name");
  }

  String relation() {
    return text("Relation Name");
  }

  boolean isSeqScan() {
    return type().equals("Seq Scan");
  }

  boolean isLimit() {
    return type().equals("Limit");
  }

  boolean isInitPlan() {
    return text("Parent Relationship").equals("InitPlan");
  }

  /** How many times too high or too low the estimate was; 1 where nothing can be said. */
  double misjudgedBy() {
    if (belowLimit || json.path("Actual Loops").asDouble() == 0) {
      return 1;
    }
    double estimated = Math.max(1, json.path("Plan Rows").asDouble());
    double actual = Math.max(1, json.path("Actual Rows").asDouble());
    return Math.max(estimated / actual, actual / estimated);
  }

  private String text(String field) {
    return json.path(field).asText("");
  }

  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(type());
    append(line, " using ", "Index Name");
    append(line, " on ", "Relation Name");
    append(line, ", rows ", "Plan Rows");
    append(line, ", actual rows ", "Actual Rows");
    append(line, ", ", "Subplan Name");
    append(line, ", index condition ", "Index Cond");
    append(line, ", filter ", "Filter");
    return line.toString();
  }

  private void append(StringBuilder line, String label, String field) {
    String value = text(field);
    if (!value.isEmpty()) {
      line.append(label).append(value);
    }
  }
}
