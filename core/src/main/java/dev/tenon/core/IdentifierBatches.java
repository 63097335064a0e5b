package dev.tenon.core;

import dev.tenon.core.internal.ArrayLiteral;
import java.util.List;

/** Identifiers as the arrays of bulk statements, 5,000 at a time. */
final class IdentifierBatches<I> {

  private static final int MOST = 5_000;

  private final RowTable<?, I> table;
  private final List<I> identifiers;
  private int next;

  IdentifierBatches(RowTable<?, I> table, List<I> identifiers) {
    this.table = table;
    this.identifiers = identifiers;
  }

  boolean hasNext() {
    return next < identifiers.size();
  }

  String next() {
    int end = Math.min(next + MOST, identifiers.size());
    ArrayLiteral batch = new ArrayLiteral(end - next);
    while (next < end) {
      I identifier = identifiers.get(next++);
      batch.add(table.rows().codec(table.id()).isBare(), table.rows().text(identifier, table.id()));
    }
    return batch.end();
  }
}
