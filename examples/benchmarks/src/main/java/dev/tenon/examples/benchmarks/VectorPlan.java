package dev.tenon.examples.benchmarks;

import java.time.Duration;
import java.util.List;

/**
 * How much is loaded and searched, and for how long.
 *
 * @param rounds how often each way is measured, after one round that does not count
 * @param loaded how many passages are loaded in a round
 * @param questions how many are asked in turn
 * @param efSearch the candidates of an index scan to look at, rising
 * @param threads that ask at the same time, beside one
 * @param turn for how long a way is measured in a round
 */
record VectorPlan(
    int rounds,
    PassageCorpus corpus,
    int loaded,
    int questions,
    List<Integer> efSearch,
    List<Integer> threads,
    Duration turn) {

  private static final List<Integer> GRID = List.of(20, 40, 60, 80, 120, 160, 240, 320);
  private static final List<Integer> THREADS = List.of(2, 4, 8);

  /** What a small model embeds. */
  static VectorPlan small(boolean full) {
    return new VectorPlan(
        full ? 5 : 3,
        new PassageCorpus(100_000, 384),
        20_000,
        500,
        GRID,
        THREADS,
        Duration.ofSeconds(full ? 3 : 1));
  }

  /** What a large model embeds. */
  static VectorPlan large(boolean full) {
    return new VectorPlan(
        full ? 5 : 3,
        new PassageCorpus(20_000, 1_536),
        5_000,
        500,
        GRID,
        THREADS,
        Duration.ofSeconds(full ? 3 : 1));
  }
}
