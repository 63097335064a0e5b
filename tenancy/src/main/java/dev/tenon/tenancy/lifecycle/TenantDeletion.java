package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.tenancy.AdminDatabase;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Deletes the rows of a tenant, in rounds, because triggers write new ones meanwhile. */
record TenantDeletion(AdminDatabase admin, TenantId tenant) {

  private static final int ROUNDS = 5;

  private static final String FOREIGN_KEY_VIOLATION = "23503";

  /** What one round deleted, and why it left a table to the next one. */
  private record Round(Map<OwnedTable, Long> deleted, @Nullable InvalidDataException refusal) {

    boolean deletedFrom(OwnedTable table) {
      return deleted.getOrDefault(table, 0L) > 0;
    }

    boolean deletedNothing() {
      return deleted.values().stream().allMatch(rows -> rows == 0);
    }
  }

  /**
   * The rows that were deleted from each table; all, unless somebody writes more than is deleted.
   *
   * @throws ServerException if a trigger or a rule keeps the rows
   */
  Map<OwnedTable, Long> run() {
    Map<OwnedTable, Long> deleted = new LinkedHashMap<>();
    List<List<OwnedTable>> all = across(OwnedTables::erasable);
    List<List<OwnedTable>> left = all;
    for (int number = 1; number <= ROUNDS && !left.isEmpty(); number++) {
      Round round = round(left);
      round.deleted().forEach((table, rows) -> deleted.merge(table, rows, Long::sum));
      left = withRows(all);
      if (number > 1) {
        requireNotKept(left, round);
      }
      if (round.refusal() != null && (round.deletedNothing() || number == ROUNDS)) {
        throw round.refusal();
      }
    }
    return deleted;
  }

  /** Rows that a trigger wrote into a table that was empty already may refer to the next one. */
  private Round round(List<List<OwnedTable>> groups) {
    Map<OwnedTable, Long> deleted = new LinkedHashMap<>();
    InvalidDataException refusal = null;
    for (List<OwnedTable> group : groups) {
      try {
        deleted.putAll(across(transaction -> delete(transaction, group)));
      } catch (InvalidDataException error) {
        if (!isForeignKeyViolation(error)) {
          throw error;
        }
        refusal = error;
      }
    }
    return new Round(deleted, refusal);
  }

  private static boolean isForeignKeyViolation(InvalidDataException error) {
    return error.getCause() instanceof SQLException cause
        && FOREIGN_KEY_VIOLATION.equals(cause.getSQLState());
  }

  private Map<OwnedTable, Long> delete(Transaction transaction, List<OwnedTable> group) {
    BoundTenant.bind(transaction, tenant);
    return unlimited(transaction)
        .jdbc(
            connection -> {
              Map<OwnedTable, Long> deleted = new LinkedHashMap<>();
              try (Statement statement = connection.createStatement()) {
                if (group.size() > 1) {
                  statement.execute("set constraints all deferred");
                }
                for (OwnedTable table : group) {
                  deleted.put(
                      table,
                      statement.executeLargeUpdate(
                          "delete from %s where %s".formatted(table.sql(), table.ownedBy(tenant))));
                }
                statement.execute("set constraints all immediate");
              }
              return deleted;
            });
  }

  private List<List<OwnedTable>> withRows(List<List<OwnedTable>> groups) {
    return across(
        transaction -> {
          List<List<OwnedTable>> left = new ArrayList<>();
          for (List<OwnedTable> group : groups) {
            if (group.stream().anyMatch(table -> hasRows(transaction, table))) {
              left.add(group);
            }
          }
          return left;
        });
  }

  private boolean hasRows(Transaction transaction, OwnedTable table) {
    return unlimited(transaction)
        .jdbc(
            connection -> {
              try (PreparedStatement statement =
                      connection.prepareStatement(
                          "select exists (select from %s where %s)"
                              .formatted(table.sql(), table.ownedBy(tenant)));
                  ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
              }
            });
  }

  /** A table that had rows before this round, which deleted none of them, and has rows. */
  private void requireNotKept(List<List<OwnedTable>> left, Round round) {
    for (List<OwnedTable> group : left) {
      for (OwnedTable table : group) {
        if (!round.deletedFrom(table)) {
          requireNothingKeeps(table);
        }
      }
    }
  }

  private void requireNothingKeeps(OwnedTable table) {
    String keepers = across(transaction -> keepers(transaction, table));
    if (!keepers.isEmpty() && across(transaction -> hasRows(transaction, table))) {
      throw new ServerException(
          Problem.what("rows of tenant " + tenant + " stay in " + table + " when they are deleted")
              .where("TenantErasure.erase")
              .why("a trigger or a rule of the table keeps them, as for a soft delete")
              .fix(
                  "switch it off as the owner, run the erasure again, and switch it on: "
                      + keepers));
    }
  }

  /** The statements that switch off what may do something else in place of a delete. */
  private static String keepers(Transaction transaction, OwnedTable table) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  """
                  with part (oid) as (
                      select to_regclass(?)::oid
                    union
                      select p.relid from pg_catalog.pg_partition_tree(to_regclass(?)) p
                  ), keeper (text) as (
                      select format('alter table %s disable trigger %I', t.tgrelid::regclass, t.tgname)
                        from part
                        join pg_catalog.pg_trigger t on t.tgrelid = part.oid
                       where not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & 11 = 11
                    union
                      select format('alter table %s disable rule %I', w.ev_class::regclass, w.rulename)
                        from part
                        join pg_catalog.pg_rewrite w on w.ev_class = part.oid
                       where w.ev_type = '4' and w.is_instead and w.ev_enabled <> 'D'
                  )
                  select coalesce(string_agg(text, '; ' order by text), '') from keeper
                  """)) {
            statement.setString(1, table.sql());
            statement.setString(2, table.sql());
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return row.getString(1);
            }
          }
        });
  }

  private <R> R across(Transaction.Work<R, RuntimeException> work) {
    return admin
        .admin("erase tenant " + tenant)
        .acrossTenantsResult(Transaction.Options.defaults(), work);
  }

  /** A table may take longer than any statement of an application should. */
  static Session unlimited(Transaction transaction) {
    return transaction.withSetting("statement_timeout", "0");
  }
}
