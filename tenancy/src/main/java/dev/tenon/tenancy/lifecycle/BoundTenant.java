package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import java.sql.PreparedStatement;

/** For whom triggers and defaults write, while a role works that sees the rows of all tenants. */
final class BoundTenant {

  private BoundTenant() {}

  /** Until the end of the transaction. */
  static void bind(Transaction transaction, TenantId tenant) {
    transaction.jdbc(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement("select set_config(?, ?, true)")) {
            statement.setString(1, TenantId.SETTING);
            statement.setString(2, tenant.toString());
            return statement.execute();
          }
        });
  }
}
