package dev.tenon.core;

import java.sql.PreparedStatement;
import org.jooq.Field;

/** How a repository removes the rows whose grace is over. */
final class RowPurge {

  private static final int AT_ONCE = 5_000;

  private final RowTable<?, ?> table;
  private final String purge;

  RowPurge(RowTable<?, ?> table) {
    Field<?> deletedAt = table.roles().deletedAt();
    this.table = table;
    this.purge = deletedAt == null ? "" : BulkStatements.of(table).purge(deletedAt);
  }

  long purge(Session session) {
    TenantId tenant = table.requireTenant(session, "purge");
    table.requireSoftDelete("purge");
    long purged = 0;
    int last;
    do {
      last =
          table.run(
              session,
              "purge",
              connection -> {
                try (PreparedStatement statement = connection.prepareStatement(purge)) {
                  int next =
                      table.bindTenant(statement, table.bindTenant(statement, 1, tenant), tenant);
                  statement.setDouble(next, table.roles().grace().toMillis() / 1_000.0);
                  statement.setInt(next + 1, AT_ONCE);
                  return statement.executeUpdate();
                }
              });
      purged += last;
    } while (last == AT_ONCE);
    return purged;
  }
}
