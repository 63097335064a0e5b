package dev.tenon.vector;

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
   * @param setting {@code efSearch} of an HNSW index, {@code probes} of IVFFlat
   * @param recall the mean of all queries, 0 to 1; a row as near as the last exact one counts
   * @param low where the interval begins that holds the true mean with 95 % confidence
   * @param high where it ends
   * @param truncated how many searches came out short although more rows matched
   * @param median how long a search took, its round trip included
   */
  public record Point(
      int setting, double recall, double low, double high, int truncated, Duration median) {}

  public RecallReport {
    points = List.copyOf(points);
  }

  /**
   * The least setting whose recall is surely as good: whose whole interval is not below the target.
   *
   * @param target 0 to 1; the more queries, the nearer to 1 it can be shown
   */
  public Optional<Point> smallest(double target) {
    return points.stream().filter(point -> point.low() >= target).findFirst();
  }
}
