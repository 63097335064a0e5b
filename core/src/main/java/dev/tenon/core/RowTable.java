package dev.tenon.core;

import dev.tenon.core.internal.FramedSession;
import dev.tenon.core.internal.LocatedSqlException;
import dev.tenon.core.internal.Required;
import dev.tenon.core.internal.SqlStates;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of a repository share: its table, and how they address its rows and refuse.
 *
 * @param id the component that is the identifier
 * @param version the component that is the version, or -1
 */
record RowTable<T, I>(
    Table<?> table,
    RowMapping<T> rows,
    RowRoles<I> roles,
    int id,
    int version,
    RowRefusals refusals) {

  static <T, I> RowTable<T, I> of(Table<?> table, RowMapping<T> rows, RowRoles<I> roles) {
    return new RowTable<>(
        table,
        rows,
        roles,
        rows.require(roles.id(), "id"),
        roles.version() == null ? -1 : rows.require(roles.version(), "version"),
        RowRefusals.of(rows, table));
  }

  /** Runs work whose errors say what statement they ended. */
  <R> R run(Session session, String operation, Session.JdbcWork<R> work) {
    String statement = refusals.statement(operation);
    FramedSession.requireIdle(session, statement);
    return session.jdbc(LocatedSqlException.locating(statement, work));
  }

  /** Like {@link #run}, of work that counts versions on. */
  <R> R change(Session session, String operation, Session.JdbcWork<R> work) {
    try {
      return run(session, operation, work);
    } catch (InvalidDataException refused) {
      throw version >= 0 && SqlStates.isCounterOverflow(refused)
          ? refusals.lastVersion(operation, rows.type(version), refused)
          : refused;
    }
  }

  /** All or nothing, also in a transaction of the caller's, whose other work stays. */
  static <R> R atomically(Session session, Transaction.Work<R, RuntimeException> work) {
    return session instanceof Transaction transaction
        ? transaction.savepointResult(work)
        : session.transactionResult(work);
  }

  /** The row that a statement wrote and returned, if it did. */
  Optional<T> written(PreparedStatement statement, String operation) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      return row.next() ? Optional.of(readWritten(row, operation)) : Optional.empty();
    }
  }

  private T readWritten(ResultSet row, String operation) {
    try {
      return rows.read(row);
    } catch (SQLException | InvalidDataException refusal) {
      throw refusals.unreadable(operation, refusal);
    }
  }

  /** The rows that this tenant reads and changes. */
  Condition owned(@Nullable TenantId tenant) {
    return anyOwned(tenant).and(roles.live());
  }

  /** The rows of this tenant, those in the trash too. */
  Condition anyOwned(@Nullable TenantId tenant) {
    return roles.tenant() == null || tenant == null
        ? DSL.noCondition()
        : roles.tenant().eq(tenant.value());
  }

  @Nullable TenantId requireTenant(Session session, String operation) {
    require(session, "session", operation);
    return roles.tenant() == null
        ? null
        : session.tenant().orElseThrow(() -> refusals.withoutTenant(operation));
  }

  void require(@Nullable Object argument, String name, String operation) {
    Required.require(argument, name, refusals.place(operation));
  }

  /** The names of these columns, none of which may be null. */
  Set<String> names(Field<?>[] key, String operation) {
    require(key, "key", operation);
    Set<String> names = new LinkedHashSet<>();
    for (Field<?> column : key) {
      require(column, "column of the key", operation);
      names.add(column.getName());
    }
    return names;
  }

  /** The version of a record, which none of a table with versions may lack. */
  long requireVersion(T record, String operation) {
    if (version < 0) {
      return 0;
    }
    if (rows.value(record, version) instanceof Number number) {
      return number.longValue();
    }
    throw refusals.withoutVersion(operation, rows.value(record, id));
  }

  void requireSoftDelete(String operation) {
    if (roles.deletedAt() == null) {
      throw refusals.withoutTrash(operation);
    }
  }

  /** Whether a new row gets its identifier from its record, not from the database. */
  boolean isIdentifierGiven() {
    return !roles.isGenerated(roles.id());
  }

  int bindTenant(PreparedStatement statement, int first, @Nullable TenantId tenant)
      throws SQLException {
    if (tenant == null) {
      return first;
    }
    statement.setObject(first, tenant.value());
    return first + 1;
  }

  int bindKey(
      PreparedStatement statement, int first, @Nullable TenantId tenant, @Nullable Object key)
      throws SQLException {
    int next = bindTenant(statement, first, tenant);
    rows.bindValue(statement, next, key, id);
    return next + 1;
  }
}
