package dev.tenon.timeseries;

import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jooq.impl.DSL;

/**
 * What is removed from rollups that are kept for a time.
 *
 * <p>Nothing is removed that has rows yet. A rollup that is made from one whose buckets go is not
 * made anew from before there any more; a bucket of it that reaches over the place is complete, and
 * cannot change, because its rows are gone.
 *
 * @param floorOfRows before which no row is, or comes
 */
record RollupRetention(Hypertable<?> hypertable, Instant now, Instant floorOfRows) {

  /** Those that are kept for a time. */
  List<Rollup> rollups() {
    return hypertable.rollups().stream().filter(rollup -> rollup.retention().isPresent()).toList();
  }

  /** Before it the buckets of a rollup go. */
  Instant floor(Rollup rollup) {
    Instant kept = now.minus(rollup.retention().orElseThrow());
    Instant floor = rollup.bucket().startOf(kept.isBefore(floorOfRows) ? kept : floorOfRows);
    for (Rollup coarser : coarser(rollup)) {
      if (seal(coarser, floor).isAfter(floorOfRows)) {
        floor = coarser.bucket().startOf(floor);
      }
    }
    return floor;
  }

  /** From where on rollups are made anew from what is left of those that they are made from. */
  Map<String, Instant> seals() {
    Map<String, Instant> seals = new HashMap<>();
    for (Rollup rollup : rollups()) {
      Instant floor = floor(rollup);
      coarser(rollup).forEach(coarser -> seals.put(coarser.name(), seal(coarser, floor)));
    }
    return seals;
  }

  private static Instant seal(Rollup coarser, Instant floor) {
    Instant start = coarser.bucket().startOf(floor);
    return start.equals(floor) ? start : coarser.bucket().next(start);
  }

  private List<Rollup> coarser(Rollup source) {
    return hypertable.rollups().stream().filter(rollup -> rollup.source() == source).toList();
  }

  /** Removes buckets of one tenant; says how many rows of rollups. */
  long removeFromAll(Session tenant) {
    return rollups().stream().mapToLong(rollup -> remove(tenant, rollup)).sum();
  }

  /**
   * Removes buckets of one rollup. A step that makes another rollup from them sees all of them or
   * the seal: both take the lock.
   */
  private long remove(Session tenant, Rollup rollup) {
    return Statements.explained(
        hypertable,
        "retention",
        () ->
            tenant.transactionResult(
                transaction -> {
                  coarser(rollup).forEach(coarser -> lock(transaction, coarser));
                  return (long)
                      transaction
                          .sql()
                          .deleteFrom(new RollupTable(hypertable, rollup).table())
                          .where(RollupTable.BUCKET.lt(DSL.val(floor(rollup), TimeBinding.TYPE)))
                          .execute();
                }));
  }

  private void lock(Transaction transaction, Rollup rollup) {
    transaction.lock(new RollupStep(hypertable, new RollupTable(hypertable, rollup)).lockName());
  }
}
