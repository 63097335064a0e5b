package dev.tenon.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one call of updateAll found so far. Not safe for use by many threads. */
final class BulkUpdate<T, I> {

  private final RowTable<T, I> table;
  private final OnStale onStale;
  private final List<BulkResult.Stale<I>> stale = new ArrayList<>();
  private final List<I> missing = new ArrayList<>();
  private long written;

  BulkUpdate(RowTable<T, I> table, OnStale onStale) {
    this.table = table;
    this.onStale = onStale;
  }

  /**
   * The records whose rows are as they were read.
   *
   * @param versions of the rows that are there, by the places of their records
   * @param more whether these records are not the last ones
   */
  List<T> fresh(List<? extends T> records, Map<Integer, Long> versions, boolean more) {
    List<T> fresh = new ArrayList<>(records.size());
    for (int i = 0; i < records.size(); i++) {
      T record = records.get(i);
      @Nullable Long actual = versions.get(i);
      long expected = table.requireVersion(record, "updateAll");
      if (actual == null) {
        missing.add(identifier(record));
      } else if (actual != expected) {
        stale.add(new BulkResult.Stale<>(identifier(record), expected, actual));
      } else {
        fresh.add(record);
      }
    }
    if (onStale == OnStale.FAIL_ALL) {
      requireNone(more);
    }
    written += fresh.size();
    return fresh;
  }

  private void requireNone(boolean more) {
    if (!stale.isEmpty()) {
      BulkResult.Stale<I> first = stale.get(0);
      throw table
          .refusals()
          .stale("updateAll", first.id(), first.expected(), first.actual(), others(more));
    }
    if (!missing.isEmpty()) {
      throw table.refusals().notFound("updateAll", missing.get(0));
    }
  }

  /** The rows that were not looked at may be stale too. */
  private String others(boolean more) {
    int others = stale.size() - 1;
    return others == 0 ? "" : ", and " + (more ? "at least " : "") + others + " more are stale";
  }

  @SuppressWarnings("unchecked")
  private I identifier(T record) {
    Object identifier = table.rows().value(record, table.id());
    if (identifier == null) {
      throw new IllegalStateException("a record without an identifier was sorted");
    }
    return (I) identifier;
  }

  BulkResult<I> result() {
    return new BulkResult<>(written, stale, missing);
  }
}
