package dev.tenon.timeseries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DownsamplingTest {

  record Point(Instant time, double value) {}

  private static final Downsampling<Point> CHART = Downsampling.of(Point::time, Point::value);

  private static List<Point> walk(int points) {
    Random random = new Random(3);
    List<Point> all = new ArrayList<>();
    double value = 0;
    for (int i = 0; i < points; i++) {
      value += random.nextGaussian();
      all.add(new Point(Instant.EPOCH.plusSeconds(i * 10L + random.nextInt(10)), value));
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 7, 100, 999, 1_000, 1_001})
  void gives_at_most_so_many_of_the_points_in_their_order_with_both_ends(int most) {
    List<Point> all = walk(1_000);
    List<Point> line = CHART.largestTriangles(all, most);
    assertThat(line).hasSize(Math.min(most, 1_000)).isSubsetOf(all).doesNotHaveDuplicates();
    assertThat(line).isSortedAccordingTo((a, b) -> a.time().compareTo(b.time()));
    assertThat(line.get(0)).isEqualTo(all.get(0));
    assertThat(line.get(line.size() - 1)).isEqualTo(all.get(999));
    List<Point> extremes = CHART.extremes(all, most);
    assertThat(extremes).hasSizeLessThanOrEqualTo(most).isSubsetOf(all).doesNotHaveDuplicates();
    assertThat(extremes).isSortedAccordingTo((a, b) -> a.time().compareTo(b.time()));
  }

  /** The triangle of the point chosen before, the point, and the mean of the next bucket. */
  @Test
  void chooses_the_largest_triangles() {
    double[] values = {0, 1, 9, 2, 1, -8, 0, 3, 1};
    List<Point> all = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      all.add(new Point(Instant.EPOCH.plusSeconds(i), values[i]));
    }
    assertThat(CHART.largestTriangles(all, 4))
        .extracting(Point::value)
        .containsExactly(0d, 9d, -8d, 1d);
  }

  @Test
  void loses_no_peak() {
    List<Point> all = walk(10_000);
    all.set(5_123, new Point(all.get(5_123).time(), 1e9));
    all.set(5_124, new Point(all.get(5_124).time(), -1e9));
    assertThat(CHART.extremes(all, 50)).extracting(Point::value).contains(1e9, -1e9);
    assertThat(CHART.largestTriangles(all, 50))
        .extracting(point -> Math.abs(point.value()))
        .contains(1e9);
  }

  @Test
  void leaves_out_what_is_no_number() {
    List<Point> all = List.of(new Point(Instant.EPOCH, Double.NaN), new Point(Instant.MAX, 1));
    assertThat(CHART.largestTriangles(all, 3)).containsExactly(all.get(1));
    assertThat(CHART.extremes(List.of(), 2)).isEmpty();
  }

  @Test
  void refuses_points_out_of_order() {
    List<Point> all = List.of(new Point(Instant.MAX, 1), new Point(Instant.EPOCH, 1));
    assertThatThrownBy(() -> CHART.largestTriangles(all, 3))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("a point at 1970-01-01T00:00:00Z follows one");
    assertThatThrownBy(() -> CHART.extremes(all, 2)).isInstanceOf(InvalidDataException.class);
  }

  @Test
  void refuses_fewer_points_than_a_line_has() {
    assertThatThrownBy(() -> CHART.largestTriangles(walk(5), 2))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("at most 2 points");
    assertThatThrownBy(() -> CHART.extremes(walk(5), 1)).isInstanceOf(UsageException.class);
  }
}
