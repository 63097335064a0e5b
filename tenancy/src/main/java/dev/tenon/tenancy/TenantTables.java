package dev.tenon.tenancy;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.audit.Finding;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.Name;

/**
 * The isolation of all tables of an application, as SQL for its migrations.
 *
 * <p>The SQL is made to be read: put it into a Flyway script, or pass it to {@link
 * dev.tenon.core.Migrations#script}. It may run again, and needs {@link TenancyMigrations} before
 * it. Immutable.
 */
public final class TenantTables {

  private final List<TenantTable> tables;

  private TenantTables(List<TenantTable> tables) {
    this.tables = tables;
  }

  /**
   * The tables, in the order in which their SQL is to stand.
   *
   * @throws UsageException if a table is declared twice
   */
  public static TenantTables of(TenantTable... tables) {
    Set<Name> names = new HashSet<>();
    for (TenantTable table : tables) {
      if (!names.add(table.name())) {
        throw new UsageException(
            Problem.what("the table " + table.name() + " is declared twice")
                .where("TenantTables.of")
                .fix("declare its isolation once"));
      }
    }
    return new TenantTables(List.of(tables));
  }

  /**
   * The statements, ended by semicolons; may run again.
   *
   * <p>Tables that cannot be isolated as declared are refused before anything is changed. Fences
   * and keys of every table come first, then the foreign keys between them, then the policies. A
   * table that has such a key already keeps it, under its own name.
   */
  public String sql() {
    return all(IsolationSql::check)
        + all(IsolationSql::placement)
        + all(IsolationSql::keys)
        + all(IsolationSql::foreignKeys)
        + all(IsolationSql::guard);
  }

  /**
   * What the database has otherwise than declared here: missing tables, another isolation, missing
   * keys and indexes, policies and views that were edited by hand. Empty if {@link #sql} ran and
   * nothing was changed since; running it again closes what it can.
   *
   * <p>One read-only transaction; a session that is a transaction is joined.
   *
   * @throws dev.tenon.core.ServerException if {@link TenancyMigrations} did not run
   */
  public List<Finding> diff(Session session) {
    return new DeclarationDiff(tables).of(session);
  }

  List<TenantTable> all() {
    return tables;
  }

  private String all(Function<TenantTable, String> part) {
    return tables.stream().map(part).collect(Collectors.joining());
  }
}
