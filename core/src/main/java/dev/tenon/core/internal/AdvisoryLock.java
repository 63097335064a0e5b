package dev.tenon.core.internal;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.sql.PreparedStatement;
import java.sql.ResultSet;

/** Locks on names, which end with the transaction; a tenant's names are its own. */
final class AdvisoryLock {

  private AdvisoryLock() {}

  static void wait(Session transaction, String name) {
    ask(transaction, name, "select pg_advisory_xact_lock(hashtextextended(?, 0)), true");
  }

  static boolean tryNow(Session transaction, String name) {
    return ask(transaction, name, "select null, pg_try_advisory_xact_lock(hashtextextended(?, 0))");
  }

  private static boolean ask(Session transaction, String name, String sql) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(
                1,
                transaction.tenant().map(TenantId::toString).orElse("")
                    + ' '
                    + ColumnCodec.requireEncodable(name));
            try (ResultSet row = statement.executeQuery()) {
              return row.next() && row.getBoolean(2);
            }
          }
        });
  }
}
