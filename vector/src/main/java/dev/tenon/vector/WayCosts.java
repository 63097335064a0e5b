package dev.tenon.vector;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What both ways of a filtered search cost: an exact comparison of the rows that match, and the
 * scan of the index, which goes on the longer the fewer they are.
 *
 * @param wanted how many rows the scan is to find
 * @param matching the plan that reads the rows that match
 * @param scan the plan that reads the wanted rows in the order of the index
 */
record WayCosts(IndexDefinition index, int wanted, PlanCost matching, PlanCost scan) {

  private static final String MEMBER = "  ->  ";

  /**
   * By how much a scan that goes on is dearer than the server believes, with its page costs by
   * default. Measured on 10,000 to 40,000 rows of 128 to 1,536 dimensions, where both ways took as
   * long for 1 % to 8 % of the rows, but the index found 0.87 to 0.98 of the nearest.
   */
  private static final double GRAPH_GOING_ON = 8;

  /**
   * The same of lists, with 1 for each thousand rows. Both ways took as long where it would be 1,
   * but what the lists found were 0.4 to 0.7 of the nearest where less than 5 % matched.
   */
  private static final double LISTS_GOING_ON = 4;

  /** What the distance to a row costs. */
  private static final double DISTANCE = 0.5;

  /** What the server leaves out: the parts that a long vector is stored in, outside its row. */
  private static final double PART = 1;

  private static final double BYTES_OF_PART = 2_000;

  /** Of the plan of both, one after the other; empty where the server sees that nothing matches. */
  static Optional<WayCosts> read(IndexDefinition index, int wanted, ResultSet plan)
      throws SQLException {
    List<List<String>> members = new ArrayList<>();
    while (plan.next()) {
      String line = plan.getString(1);
      if (line.startsWith(MEMBER)) {
        members.add(new ArrayList<>());
      }
      if (!members.isEmpty()) {
        members.get(members.size() - 1).add(line);
      }
    }
    return members.size() < 2
        ? Optional.empty()
        : Optional.of(
            new WayCosts(index, wanted, PlanCost.of(members.get(0)), PlanCost.of(members.get(1))));
  }

  /** Whether the index is there and serves such a search. */
  boolean canGoByIndex() {
    return scan.isByIndex();
  }

  /** Whether it is by the rows that the server expects to match. */
  boolean isCheaperByIndex() {
    return matching.rows() > mostForExact();
  }

  /**
   * Of how many rows on that match the index is cheaper: where {@code exact + rows * distance} is
   * {@code before the first row + going on * expected rows / rows}.
   */
  long mostForExact() {
    double spared = matching.total() - scan.beforeFirst();
    double goingOn =
        (scan.total() - scan.beforeFirst())
            * (index.index() instanceof HnswIndex ? GRAPH_GOING_ON : LISTS_GOING_ON)
            * Math.max(matching.rows(), wanted);
    double distance = distance();
    double most = (Math.sqrt(spared * spared + 4 * distance * goingOn) - spared) / (2 * distance);
    return (long) Math.min(most, Integer.MAX_VALUE);
  }

  private double distance() {
    VectorSpace space = index.table().space();
    double stored = space.element().bytes(space.dimensions());
    return matching.bytes() < stored / 2
        ? DISTANCE + PART * Math.ceil(stored / BYTES_OF_PART)
        : DISTANCE;
  }
}
