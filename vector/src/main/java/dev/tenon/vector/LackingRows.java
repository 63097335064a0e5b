package dev.tenon.vector;

import dev.tenon.core.Session;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a tenant that lack the new embedding, batch by batch: around, from one that is drawn
 * at random.
 */
final class LackingRows<O> {

  private final ModelWrites<O, ?> writes;
  private final Session session;
  private boolean isBegun;
  private @Nullable String behind;

  LackingRows(ModelWrites<O, ?> writes, Session session) {
    this.writes = writes;
    this.session = session;
  }

  /** Empty where no row lacks it. */
  ModelWrites.Batch<O> next(int rows) {
    if (!isBegun) {
      behind = writes.anyLacking(session).orElse(null);
      isBegun = true;
    }
    ModelWrites.Batch<O> batch = writes.lacking(session, behind, rows);
    if (batch.records().isEmpty() && behind != null) {
      batch = writes.lacking(session, null, rows);
    }
    behind = batch.lastId();
    return batch;
  }
}
