package dev.tenon.timeseries;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import java.util.ArrayList;
import java.util.List;

/** Compares what rollups keep with what they are made from, whatever the log tells. */
record RollupVerification(Session session, TenantId tenant, Hypertable<?> hypertable) {

  /** Carries what was found out of a transaction that is rolled back. */
  private static final class Found extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient RemadeBuckets written;

    Found(RemadeBuckets written) {
      super(null, null, false, false);
      this.written = written;
    }
  }

  /** Makes the buckets anew, counts what that changes, and undoes it. */
  List<RollupRefresh.Difference> differences(TimeRange range) {
    List<RollupRefresh.Difference> all = new ArrayList<>();
    for (Rollup rollup : hypertable.rollups()) {
      try {
        session.transaction(
            transaction -> {
              throw new Found(remade(transaction, rollup, range));
            });
      } catch (Found found) {
        all.add(
            new RollupRefresh.Difference(
                rollup.name(), found.written.stored(), found.written.removed()));
      }
    }
    return all;
  }

  private RemadeBuckets remade(Transaction transaction, Rollup rollup, TimeRange range) {
    RollupStatements statements =
        new RollupStatements(hypertable, new RollupTable(hypertable, rollup));
    statements.lock(transaction);
    TimeRange whole = statements.widened(transaction, range);
    return whole.from().equals(whole.to())
        ? RemadeBuckets.NOTHING
        : statements.remake(transaction, tenant, List.of(whole));
  }

  /** Tells every rollup of a range, as if all of it had changed. */
  void tell(TimeRange range) {
    session.transaction(
        transaction -> {
          for (Rollup rollup : hypertable.rollups()) {
            new RollupStatements(hypertable, new RollupTable(hypertable, rollup))
                .putBack(transaction, tenant, List.of(range));
          }
        });
  }
}
