package dev.tenon.core;

import dev.tenon.core.internal.ArrayLiteral;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/**
 * How a repository removes the rows whose grace is over: all of some thousands at once, or where
 * others refer to one of them, by halves until only those are left.
 */
final class RowPurge {

  private static final int AT_ONCE = 5_000;

  /** Of a foreign key that restricts, before PostgreSQL 18 and since. */
  private static final Set<String> REFERRED_TO = Set.of("23503", "23001");

  private final RowTable<?, ?> table;
  private final String purgeable;
  private final String remove;

  RowPurge(RowTable<?, ?> table) {
    Field<?> deletedAt = table.roles().deletedAt();
    BulkStatements statements = BulkStatements.of(table);
    this.table = table;
    this.purgeable = deletedAt == null ? "" : statements.purgeable(deletedAt);
    this.remove = deletedAt == null ? "" : statements.remove();
  }

  long purge(Session session) {
    TenantId tenant = table.requireTenant(session, "purge");
    table.requireSoftDelete("purge");
    Run run = new Run(tenant);
    int found;
    do {
      found = RowTable.atomically(session, run::purgeSome);
    } while (found == AT_ONCE);
    if (run.refusal != null) {
      throw table.refusals().referred(run.purged, run.kept, run.refusal);
    }
    return run.purged;
  }

  /** One purge: what is gone, and what stays as other rows refer to it. */
  private final class Run {

    private final @Nullable TenantId tenant;
    private final List<String> kept = new ArrayList<>();
    private @Nullable InvalidDataException refusal;
    private long purged;

    Run(@Nullable TenantId tenant) {
      this.tenant = tenant;
    }

    int purgeSome(Transaction transaction) {
      List<String> identifiers = purgeable(transaction);
      if (!identifiers.isEmpty()) {
        purge(transaction, identifiers);
      }
      return identifiers.size();
    }

    private void purge(Transaction transaction, List<String> identifiers) {
      try {
        purged += transaction.savepointResult(unit -> requireAll(unit, identifiers));
      } catch (InvalidDataException refused) {
        if (refused.sqlState().filter(REFERRED_TO::contains).isEmpty()) {
          throw refused;
        }
        int half = identifiers.size() / 2;
        if (half == 0) {
          refusal = refused;
          kept.addAll(identifiers);
        } else {
          purge(transaction, identifiers.subList(0, half));
          purge(transaction, identifiers.subList(half, identifiers.size()));
        }
      }
    }

    private List<String> purgeable(Transaction transaction) {
      return table.run(
          transaction,
          "purge",
          connection -> {
            try (PreparedStatement statement = connection.prepareStatement(purgeable)) {
              int next = table.bindTenant(statement, 1, tenant);
              statement.setDouble(next, table.roles().grace().toMillis() / 1_000.0);
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

    /** They are locked, so that nothing but the table itself can keep one. */
    private long requireAll(Transaction transaction, List<String> identifiers) {
      long removed = remove(transaction, identifiers);
      if (removed != identifiers.size()) {
        throw table.refusals().suppressed("purge", removed, identifiers.size());
      }
      return removed;
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
