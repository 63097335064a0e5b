package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import java.sql.PreparedStatement;
import java.sql.ResultSet;

/**
 * Keeps apart what works on the rows of one tenant as a whole, until the end of a transaction.
 *
 * <p>An advisory lock, because a lock on the tenant's row would hold up its suspension.
 */
final class TenantLock {

  private TenantLock() {}

  /**
   * For a restore, and for the step that begins an erasure.
   *
   * @throws RetryableException if other work on the tenant runs
   */
  static void take(Transaction transaction, TenantId tenant, String where) {
    lock(
        transaction,
        "select pg_try_advisory_xact_lock(hashtextextended('tenon.tenant ' || ?, 0))",
        tenant,
        where);
  }

  /**
   * For an export.
   *
   * @throws RetryableException if work runs that changes them
   */
  static void share(Transaction transaction, TenantId tenant, String where) {
    lock(
        transaction,
        "select pg_try_advisory_xact_lock_shared(hashtextextended('tenon.tenant ' || ?, 0))",
        tenant,
        where);
  }

  private static void lock(Transaction transaction, String sql, TenantId tenant, String where) {
    boolean free =
        transaction.jdbc(
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, tenant.toString());
                try (ResultSet row = statement.executeQuery()) {
                  row.next();
                  return row.getBoolean(1);
                }
              }
            });
    if (!free) {
      throw new RetryableException(
          Problem.what("tenant " + tenant + " is being exported, restored or erased")
              .where(where)
              .why("a restore or an erasure must have the tenant for itself")
              .fix("run it again when that has ended; tenon.admin_log says who does it"));
    }
  }
}
