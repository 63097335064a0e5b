package dev.tenon.timeseries;

import dev.tenon.timeseries.Aggregate.Fill;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of a range that have no rows, for each group that has any.
 *
 * @param starts all buckets, those of the look back too
 * @param groups how many values after the start tell a group
 * @param fills what stands for each aggregate
 */
record GapFill(List<Instant> starts, int groups, List<Fill> fills) {

  /**
   * The rows of all buckets, by bucket and then by group.
   *
   * @param found those that there are, by group and then by bucket: start, groups, aggregates
   * @param from the first bucket that is wanted
   */
  List<@Nullable Object[]> filled(List<@Nullable Object[]> found, Instant from) {
    Map<List<@Nullable Object>, Map<Instant, @Nullable Object[]>> byGroup = new LinkedHashMap<>();
    for (@Nullable Object[] row : found) {
      byGroup
          .computeIfAbsent(Arrays.asList(row).subList(1, 1 + groups), any -> new LinkedHashMap<>())
          .put((Instant) row[0], row);
    }
    List<List<@Nullable Object[]>> series = new ArrayList<>();
    byGroup.forEach((group, rows) -> series.add(filled(group, rows)));
    List<@Nullable Object[]> all = new ArrayList<>();
    for (int bucket = 0; bucket < starts.size(); bucket++) {
      if (!starts.get(bucket).isBefore(from)) {
        for (List<@Nullable Object[]> rows : series) {
          all.add(rows.get(bucket));
        }
      }
    }
    return all;
  }

  /** A row for each bucket of one group. */
  private List<@Nullable Object[]> filled(
      List<@Nullable Object> group, Map<Instant, @Nullable Object[]> rows) {
    List<@Nullable Object[]> all = new ArrayList<>(starts.size());
    for (Instant start : starts) {
      @Nullable Object[] row = rows.get(start);
      all.add(row == null ? empty(start, group) : row);
    }
    for (int i = 0; i < fills.size(); i++) {
      switch (fills.get(i)) {
        case CARRIED -> carry(all, 1 + groups + i);
        case INTERPOLATED -> interpolate(all, 1 + groups + i);
        default -> {}
      }
    }
    return all;
  }

  private @Nullable Object[] empty(Instant start, List<@Nullable Object> group) {
    @Nullable Object[] row = new Object[1 + groups + fills.size()];
    row[0] = start;
    for (int i = 0; i < groups; i++) {
      row[1 + i] = group.get(i);
    }
    for (int i = 0; i < fills.size(); i++) {
      row[1 + groups + i] = fills.get(i) == Fill.ZERO ? (Object) 0L : null;
    }
    return row;
  }

  private static void carry(List<@Nullable Object[]> rows, int column) {
    @Nullable Object last = null;
    for (@Nullable Object[] row : rows) {
      if (row[column] == null) {
        row[column] = last;
      }
      last = row[column];
    }
  }

  /** On the line between the values before and after, by the starts of their buckets. */
  private static void interpolate(List<@Nullable Object[]> rows, int column) {
    int before = -1;
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i)[column] instanceof Double after) {
        if (before >= 0) {
          line(rows, column, before, i, after);
        }
        before = i;
      }
    }
  }

  private static void line(
      List<@Nullable Object[]> rows, int column, int before, int behind, double after) {
    if (rows.get(before)[column] instanceof Double first) {
      double slope = (after - first) / micros(rows.get(before), rows.get(behind));
      for (int i = before + 1; i < behind; i++) {
        rows.get(i)[column] = first + slope * micros(rows.get(before), rows.get(i));
      }
    }
  }

  private static double micros(@Nullable Object[] from, @Nullable Object[] to) {
    if (from[0] instanceof Instant first && to[0] instanceof Instant last) {
      return Timestamps.micros(first, last);
    }
    throw new IllegalStateException("a row has no bucket");
  }
}
