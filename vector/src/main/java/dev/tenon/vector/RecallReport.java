package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What part of the rows that an exact search finds a search by index finds, for each setting that
 * was tried.
 *
 * @param queries how many searches each figure is the mean of
 * @param top how many rows each asked for
 * @param points by setting, the least first
 */
public record RecallReport(int queries, int top, List<Point> points) {

  /**
   * One setting.
   *
   * @param setting {@code candidates} of a quantized index, {@code efSearch} of another HNSW index,
   *     {@code probes} of IVFFlat
   * @param recall the mean of all queries, 0 to 1; a row as near as the last exact one counts
   * @param low where the interval begins that holds the true mean with 95 % confidence
   * @param high where it ends
   * @param byIndex whether the planner had the index serve the searches. Where it did not, for a
   *     tenant of few rows or a table without statistics, they compared all rows, and the recall is
   *     not that of the index
   * @param truncated how many searches came out short although more rows matched
   * @param median how long a search took, its round trip included
   */
  public record Point(
      int setting,
      double recall,
      double low,
      double high,
      boolean byIndex,
      int truncated,
      Duration median) {}

  public RecallReport {
    points = List.copyOf(points);
  }

  /**
   * The least setting whose recall is surely as good: whose whole interval is not below the target.
   * Settings with which the index did not serve the searches are passed over.
   *
   * @param target 0 to 1; the more queries, the nearer to 1 it can be shown: 0.9 by 35, 0.95 by 73
   *     and 0.99 by 381 of which none misses a row
   * @throws UsageException if so few queries cannot show it, whatever they find
   */
  public Optional<Point> smallest(double target) {
    long fewest = ShareInterval.fewestFor(target);
    if (queries < fewest) {
      throw new UsageException(
          Problem.what("the least setting with a recall of " + target + " was asked for")
              .where("RecallReport.smallest")
              .why("the interval of " + queries + " queries begins below, also if all find all")
              .fix(
                  target < 1
                      ? "measure by sample(…) of at least " + fewest
                      : "ask for less than 1, which no number of queries can show"));
    }
    return points.stream().filter(point -> point.byIndex() && point.low() >= target).findFirst();
  }
}
