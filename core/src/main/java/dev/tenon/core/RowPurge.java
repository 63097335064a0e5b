package dev.tenon.core;

import dev.tenon.core.internal.ArrayLiteral;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/** How a repository removes the rows whose grace is over. */
final class RowPurge {

  private static final int AT_ONCE = 5_000;
  private static final String REFERRED_TO = "23503";

  private final RowTable<?, ?> table;
  private final String purge;
  private final String purgeable;
  private final String remove;

  RowPurge(RowTable<?, ?> table) {
    Field<?> deletedAt = table.roles().deletedAt();
    BulkStatements statements = BulkStatements.of(table);
    this.table = table;
    this.purge = deletedAt == null ? "" : statements.purge(deletedAt);
    this.purgeable = deletedAt == null ? "" : statements.purgeable(deletedAt);
    this.remove = statements.remove();
  }

  long purge(Session session) {
    TenantId tenant = table.requireTenant(session, "purge");
    table.requireSoftDelete("purge");
    long purged = 0;
    try {
      long last;
      do {
        last =
            session instanceof Transaction transaction
                ? transaction.savepointResult(unit -> purgeSome(unit, tenant))
                : purgeSome(session, tenant);
        purged += last;
      } while (last == AT_ONCE);
      return purged;
    } catch (InvalidDataException refused) {
      return new Rest(session, tenant, purged, requireReference(refused)).purge();
    }
  }

  private static InvalidDataException requireReference(InvalidDataException refused) {
    if (refused.sqlState().filter(REFERRED_TO::equals).isEmpty()) {
      throw refused;
    }
    return refused;
  }

  private long purgeSome(Session session, @Nullable TenantId tenant) {
    return table.run(
        session,
        "purge",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(purge)) {
            int next = table.bindTenant(statement, table.bindTenant(statement, 1, tenant), tenant);
            bindGrace(statement, next);
            statement.setInt(next + 1, AT_ONCE);
            return statement.executeLargeUpdate();
          }
        });
  }

  private void bindGrace(PreparedStatement statement, int parameter) throws SQLException {
    statement.setDouble(parameter, table.roles().grace().toMillis() / 1_000.0);
  }

  /** What is left where other rows refer to some: those are found by halves, and stay. */
  private final class Rest {

    private final Session session;
    private final @Nullable TenantId tenant;
    private final List<String> kept = new ArrayList<>();
    private long purged;
    private InvalidDataException refused;

    Rest(Session session, @Nullable TenantId tenant, long purged, InvalidDataException refused) {
      this.session = session;
      this.tenant = tenant;
      this.purged = purged;
      this.refused = refused;
    }

    long purge() {
      int found;
      do {
        found = RowTable.atomically(session, this::purgeOnce);
      } while (found == AT_ONCE);
      if (kept.isEmpty()) {
        return purged;
      }
      throw table.refusals().referred(purged, kept, refused);
    }

    private int purgeOnce(Transaction transaction) {
      List<String> identifiers = identifiers(transaction);
      purgeAll(transaction, identifiers);
      return identifiers.size();
    }

    private void purgeAll(Transaction transaction, List<String> identifiers) {
      if (identifiers.isEmpty()) {
        return;
      }
      try {
        purged += transaction.savepointResult(unit -> remove(unit, identifiers));
      } catch (InvalidDataException error) {
        refused = requireReference(error);
        int half = identifiers.size() / 2;
        if (half == 0) {
          kept.addAll(identifiers);
        } else {
          purgeAll(transaction, identifiers.subList(0, half));
          purgeAll(transaction, identifiers.subList(half, identifiers.size()));
        }
      }
    }

    private List<String> identifiers(Transaction transaction) {
      return table.run(
          transaction,
          "purge",
          connection -> {
            try (PreparedStatement statement = connection.prepareStatement(purgeable)) {
              int next = table.bindTenant(statement, 1, tenant);
              bindGrace(statement, next);
              statement.setString(next + 1, array(kept));
              statement.setInt(next + 2, AT_ONCE);
              List<String> identifiers = new ArrayList<>();
              try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                  identifiers.add(row.getString(1));
                }
              }
              return identifiers;
            }
          });
    }

    private long remove(Transaction transaction, List<String> identifiers) {
      return table.run(
          transaction,
          "purge",
          connection -> {
            try (PreparedStatement statement = connection.prepareStatement(remove)) {
              statement.setString(1, array(identifiers));
              table.bindTenant(statement, 2, tenant);
              return statement.executeLargeUpdate();
            }
          });
    }

    private static String array(List<String> identifiers) {
      ArrayLiteral array = new ArrayLiteral(identifiers.size());
      identifiers.forEach(identifier -> array.add(false, identifier));
      return array.end();
    }
  }
}
