package dev.tenon.vector;

/**
 * Whether an index scan goes on when its filter left too few of the first {@code ef_search}
 * candidates.
 *
 * <p>Needs pgvector 0.8.0.
 */
public enum IterativeScan {
  /** It does not: rows that match can be missing, and the result says so. */
  OFF("off"),
  /** It goes on and may meet rows out of order; the hits are sorted again. The default. */
  RELAXED("relaxed_order"),
  /**
   * It goes on and passes over each row that is nearer than one before: where few rows pass a
   * filter it misses more of the nearest than {@link #RELAXED}, in the same time.
   */
  STRICT("strict_order");

  private final String setting;

  IterativeScan(String setting) {
    this.setting = setting;
  }

  String setting() {
    return setting;
  }
}
