package dev.tenon.tenancy;

import dev.tenon.core.Database;
import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.internal.StorableText;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;

/**
 * Work across tenants, on a role and a pool of its own, with a reason on record.
 *
 * <p>What lifts the fence is the role (BYPASSRLS), never a setting: no SQL that the application's
 * role can send opens it. Give it to the code that needs it, and the {@link TenantDatabase} to all
 * other code. Safe for use by many threads; owns nothing that must be closed.
 *
 * <pre>{@code
 * admin.admin("ticket-4711: refund audit").acrossTenants(transaction -> …);
 * }</pre>
 */
public final class AdminDatabase {

  private final Database database;

  private AdminDatabase(Database database) {
    this.database = database;
  }

  /**
   * Takes a database that is connected as a role with BYPASSRLS, such as {@link
   * DatabaseRoles#admin}.
   *
   * @throws ServerException if the role is bound by row-level security, is a superuser, or may not
   *     write the record
   */
  public static AdminDatabase on(Database database) {
    requireAdmin(database);
    return new AdminDatabase(database);
  }

  /**
   * A scope of work with its reason, which is written to {@code tenon.admin_log}.
   *
   * @throws UsageException if the reason is blank, or holds a NUL character or half of a surrogate
   *     pair, which no text does
   */
  public Scope admin(String reason) {
    if (reason.isBlank()) {
      throw new UsageException(
          Problem.what("no reason was given")
              .where("AdminDatabase.admin")
              .why("work across tenants is put on record")
              .fix("say why, e.g. by the number of a ticket"));
    }
    if (!StorableText.is(reason)) {
      throw new UsageException(
          Problem.what("the reason holds a NUL character or half of a surrogate pair")
              .where("AdminDatabase.admin")
              .why("PostgreSQL keeps no text with one, and work across tenants is put on record")
              .fix("leave the character out"));
    }
    return new Scope(reason);
  }

  /** Work across tenants for one reason. */
  public final class Scope {

    private final String reason;

    private Scope(String reason) {
      this.reason = reason;
    }

    /** Like {@link #acrossTenantsResult}, for a callback without a result. */
    public <X extends Exception> void acrossTenants(Transaction.Action<X> action) throws X {
      acrossTenantsResult(
          Transaction.Options.defaults(),
          transaction -> {
            action.run(transaction);
            return Boolean.TRUE;
          });
    }

    /**
     * Runs a callback in a transaction that sees the rows of every tenant.
     *
     * <p>The reason is the transaction's first row, so nothing is committed without it. When the
     * callback fails, the reason is written all the same, as {@code ROLLED_BACK}: what it has read,
     * it has read; on a thread that was interrupted too, whose flag is set again afterwards.
     *
     * @throws X what the callback throws, after the rollback
     * @throws UsageException if the options are read-only, which the row would not be
     */
    public <R, X extends Exception> R acrossTenantsResult(
        Transaction.Options options, Transaction.Work<R, X> work) throws X {
      if (options.readOnly()) {
        throw new UsageException(
            Problem.what("a read-only transaction across tenants was asked for")
                .where("AdminDatabase.Scope.acrossTenantsResult")
                .why("its reason is a row of the same transaction")
                .fix("leave asReadOnly() out"));
      }
      UUID id = UuidV7.next();
      try {
        return database.transactionResult(
            options,
            transaction -> {
              record(transaction, id, "COMMITTED");
              return work.run(transaction);
            });
      } catch (Exception | Error failure) {
        recordFailure(id, failure);
        throw failure;
      }
    }

    /** An interrupted thread gets no connection, and a virtual one would lose it. */
    private void recordFailure(UUID id, Throwable failure) {
      boolean interrupted = Thread.interrupted();
      try {
        record(database, id, "ROLLED_BACK");
      } catch (RuntimeException unrecorded) {
        failure.addSuppressed(unrecorded);
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    /** A row that is there already stays: the commit went through, only its reply was lost. */
    private void record(Session session, UUID id, String outcome) {
      session.jdbc(
          connection -> {
            try (PreparedStatement statement =
                connection.prepareStatement(
                    """
                    insert into tenon.admin_log (id, reason, outcome) values (?, ?, ?)
                    on conflict (id) do nothing
                    """)) {
              statement.setObject(1, id);
              statement.setString(2, reason);
              statement.setString(3, outcome);
              return statement.executeUpdate();
            }
          });
    }
  }

  private static void requireAdmin(Database database) {
    database.jdbc(
        connection -> {
          try (PreparedStatement statement =
                  connection.prepareStatement(
                      """
                      select rolname, rolsuper, rolbypassrls, quote_ident(rolname),
                             c.oid is not null,
                             pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
                               and pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT')
                               and pg_catalog.has_table_privilege(r.oid, c.oid, 'INSERT')
                        from pg_catalog.pg_roles r
                        left join pg_catalog.pg_namespace n on n.nspname = 'tenon'
                        left join pg_catalog.pg_class c
                          on c.relnamespace = n.oid and c.relname = 'admin_log'
                       where r.rolname = session_user
                      """);
              ResultSet role = statement.executeQuery()) {
            role.next();
            if (role.getBoolean(2)) {
              throw refused(
                  "role " + role.getString(1) + " is a superuser",
                  "an admin works with rows; a superuser can also undo the record of it");
            }
            if (!role.getBoolean(3)) {
              throw refused(
                  "role " + role.getString(1) + " has no BYPASSRLS",
                  "it would see the rows of no tenant");
            }
            requireRecord(role);
          }
          return Boolean.TRUE;
        });
  }

  /** Its first row would be refused, long after the start. */
  private static void requireRecord(ResultSet role) throws SQLException {
    boolean mayWrite = role.getBoolean(6);
    if (!mayWrite) {
      Problem problem =
          Problem.what("role " + role.getString(1) + " cannot write tenon.admin_log")
              .where("AdminDatabase.on");
      String name = role.getString(4);
      throw new ServerException(
          role.getBoolean(5)
              ? problem
                  .why("the reason of work across tenants is put on record there")
                  .fix(
                      "connect as the admin role of DatabaseRoles; or, as the owner: grant usage on"
                          + " schema tenon to %1$s; grant select, insert on tenon.admin_log to %1$s"
                              .formatted(name)
                          + "; and grant it the tables that it is to work on")
              : problem
                  .why("the migrations of tenancy did not run in this database")
                  .fix("run, as the owner: database.migrate(TenancyMigrations.all())"));
    }
  }

  private static ServerException refused(String what, String why) {
    return new ServerException(
        Problem.what(what)
            .where("AdminDatabase.on")
            .why(why)
            .fix(
                "connect as the admin role of DatabaseRoles, or: create role admin login bypassrls;"
                    + " and grant it the tables that it is to work on"));
  }
}
