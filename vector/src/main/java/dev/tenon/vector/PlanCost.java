package dev.tenon.vector;

import java.sql.SQLException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the server expects of a plan, in its own units.
 *
 * @param beforeFirst what it costs before its first row comes
 * @param bytes of a row
 * @param isByIndex whether rows come in the order of their distance from an index
 */
record PlanCost(double beforeFirst, double total, double rows, double bytes, boolean isByIndex) {

  private static final Pattern COST =
      Pattern.compile("cost=([0-9.]+)\\.\\.([0-9.]+) rows=([0-9]+) width=([0-9]+)");

  /** What a scan in the order of the distance has in its plan, and no other. */
  private static final String BY_INDEX = "Order By: (";

  /**
   * @param lines of a plan as EXPLAIN prints it, or of a part of one
   */
  static PlanCost of(List<String> lines) throws SQLException {
    Matcher told = COST.matcher(lines.get(0));
    if (!told.find()) {
      throw new SQLException("a plan came without its cost: " + lines.get(0), "02000");
    }
    return new PlanCost(
        Double.parseDouble(told.group(1)),
        Double.parseDouble(told.group(2)),
        Double.parseDouble(told.group(3)),
        Double.parseDouble(told.group(4)),
        lines.stream().anyMatch(PlanCost::isByIndex));
  }

  /** Whether a plan, or a line of it, tells of such a scan. */
  static boolean isByIndex(String explained) {
    return explained.contains(BY_INDEX);
  }
}
