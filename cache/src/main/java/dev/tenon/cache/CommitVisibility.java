package dev.tenon.cache;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Tells whether transactions that the log shows as committed are visible to others.
 *
 * <p>The server writes a commit into its log first, and lets others see it afterwards: behind a
 * synchronous standby only when that has confirmed. A value that is forgotten in between would be
 * loaded again as it was before.
 */
final class CommitVisibility {

  private static final long HALF = 1L << 31;
  private static final long WHOLE = 1L << 32;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final String NEXT = "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint";

  private static final String ALL_VISIBLE =
      """
      select coalesce(bool_and(pg_visible_in_snapshot(x::text::xid8, s.s)), true)
        from (select pg_current_snapshot() as s) as s
       cross join unnest(?::bigint[]) as x
      """;

  private final Connection connection;
  private long next;

  CommitVisibility(Connection connection) throws SQLException {
    this.connection = connection;
    try (PreparedStatement statement = connection.prepareStatement(NEXT);
        ResultSet row = statement.executeQuery()) {
      row.next();
      this.next = row.getLong(1);
    }
  }

  /** The whole number of a transaction of which the log has the lower half. */
  long whole(int transaction) {
    long whole = (next & -WHOLE) | Integer.toUnsignedLong(transaction);
    if (whole - next > HALF) {
      whole -= WHOLE;
    } else if (next - whole > HALF) {
      whole += WHOLE;
    }
    next = Math.max(next, whole);
    return whole;
  }

  /** Waits until all of them are; false where it was told to stop before. */
  boolean await(Collection<Long> transactions, BooleanSupplier stopping) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(ALL_VISIBLE)) {
      statement.setArray(1, connection.createArrayOf("bigint", transactions.toArray()));
      while (!stopping.getAsBoolean()) {
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          if (row.getBoolean(1)) {
            return true;
          }
        }
        LockSupport.parkNanos(this, PAUSE_NANOS);
      }
      return false;
    }
  }
}
