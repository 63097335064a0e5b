package dev.tenon.timeseries;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The ranges of time that an append touches, in whole grains. Bounded: past 1,000 ranges the grain
 * doubles, which tells of more than was touched and never of less.
 */
final class ChangedTimes {

  static final int MOST_RANGES = 1_000;

  private final TreeMap<Long, Long> ends = new TreeMap<>();
  private long grain;
  private long start;
  private long end;

  ChangedTimes(Duration grain) {
    this.grain = grain.toNanos() / 1_000;
  }

  /** Notes a time, in microseconds since 2000-01-01 UTC. */
  void note(long micros) {
    if (micros >= start && micros < end) {
      return;
    }
    start = grainOf(micros);
    end = start + grain;
    add(start, end);
    while (ends.size() > MOST_RANGES) {
      coarsen();
    }
  }

  private long grainOf(long micros) {
    return Timestamps.ORIGIN_MICROS
        + Math.floorDiv(micros - Timestamps.ORIGIN_MICROS, grain) * grain;
  }

  private void add(long from, long to) {
    Map.Entry<Long, Long> before = ends.floorEntry(from);
    long first = before != null && before.getValue() >= from ? before.getKey() : from;
    long last = before != null && before.getValue() > to ? before.getValue() : to;
    for (Map.Entry<Long, Long> next = ends.ceilingEntry(from);
        next != null && next.getKey() <= last;
        next = ends.higherEntry(next.getKey())) {
      last = Math.max(last, next.getValue());
      ends.remove(next.getKey());
    }
    ends.put(first, last);
  }

  private void coarsen() {
    Map<Long, Long> finer = new TreeMap<>(ends);
    ends.clear();
    grain *= 2;
    finer.forEach((from, to) -> add(grainOf(from), grainOf(to - 1) + grain));
    start = 0;
    end = 0;
  }

  /** What was noted, in order; none touches another. */
  List<TimeRange> ranges() {
    List<TimeRange> ranges = new ArrayList<>();
    ends.forEach((from, to) -> ranges.add(new TimeRange(storable(from), storable(to))));
    return ranges;
  }

  private static Instant storable(long micros) {
    Instant time = Timestamps.instant(micros);
    if (time.isBefore(Timestamps.FIRST_ROW)) {
      return Timestamps.FIRST_ROW;
    }
    return time.isAfter(Timestamps.AFTER_LAST_ROW) ? Timestamps.AFTER_LAST_ROW : time;
  }
}
