package dev.tenon.core;

import dev.tenon.core.internal.FramedSession;
import dev.tenon.core.internal.LocatedSqlException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** What the parts of a repository share: its table, and how they address its rows and refuse. */
record RowTable<T, I>(
    Table<?> table,
    RowMapping<T> rows,
    @Nullable Field<UUID> tenantColumn,
    Field<I> idColumn,
    int id,
    int version,
    RepositoryStatements statements,
    RowRefusals refusals) {

  static <T, I> RowTable<T, I> of(
      Table<?> table,
      RowMapping<T> rows,
      @Nullable Field<UUID> tenantColumn,
      Field<I> idColumn,
      @Nullable Field<?> versionColumn) {
    return new RowTable<>(
        table,
        rows,
        tenantColumn,
        idColumn,
        rows.require(idColumn, "id"),
        versionColumn == null ? -1 : rows.require(versionColumn, "version"),
        RepositoryStatements.render(table, rows, tenantColumn, idColumn, versionColumn),
        RowRefusals.of(rows, table));
  }

  /** Runs work whose errors say what statement they ended. */
  <R> R run(Session session, String operation, Session.JdbcWork<R> work) {
    String statement = refusals.statement(operation);
    FramedSession.requireIdle(session, statement);
    return session.jdbc(LocatedSqlException.locating(statement, work));
  }

  T readWritten(ResultSet row, String operation) {
    try {
      return rows.read(row);
    } catch (SQLException | InvalidDataException refusal) {
      throw refusals.unreadable(operation, refusal);
    }
  }

  Condition ownedBy(@Nullable TenantId tenant) {
    return tenantColumn == null || tenant == null
        ? DSL.noCondition()
        : tenantColumn.eq(tenant.value());
  }

  @Nullable TenantId requireTenant(Session session, String operation) {
    require(session, "session", operation);
    return tenantColumn == null
        ? null
        : session.tenant().orElseThrow(() -> refusals.withoutTenant(operation));
  }

  void require(@Nullable Object argument, String name, String operation) {
    Arguments.require(argument, name, refusals.place(operation));
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
