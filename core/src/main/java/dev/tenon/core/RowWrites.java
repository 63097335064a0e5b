package dev.tenon.core;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a repository writes one row. */
final class RowWrites<T, I> {

  private final RowTable<T, I> table;
  private final RepositoryStatements statements;
  private final int[] given;
  private final int[] changed;

  RowWrites(RowTable<T, I> table, RepositoryStatements statements) {
    this.table = table;
    this.statements = statements;
    this.given = table.roles().given(table.rows());
    this.changed = table.roles().changed(table.rows());
  }

  void insert(Session session, T record) {
    TenantId tenant = table.requireTenant(session, "insert");
    table.require(record, "record", "insert");
    requireIdentifier(record, "insert");
    table.requireVersion(record, "insert");
    int written =
        table.run(
            session,
            "insert",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(statements.insert())) {
                bindRow(statement, tenant, record);
                return statement.executeUpdate();
              }
            });
    if (written != 1) {
      throw table.refusals().suppressed("insert");
    }
  }

  private void requireIdentifier(T record, String operation) {
    if (table.isIdentifierGiven() && table.rows().value(record, table.id()) == null) {
      throw table.refusals().withoutIdentifier(operation);
    }
  }

  T insertReturning(Session session, T record) {
    TenantId tenant = table.requireTenant(session, "insertReturning");
    table.require(record, "record", "insertReturning");
    requireIdentifier(record, "insertReturning");
    table.requireVersion(record, "insertReturning");
    return table
        .run(
            session,
            "insertReturning",
            connection -> {
              try (PreparedStatement statement =
                  connection.prepareStatement(statements.insertReturning())) {
                bindRow(statement, tenant, record);
                return table.written(statement, "insertReturning");
              }
            })
        .orElseThrow(() -> table.refusals().suppressed("insertReturning"));
  }

  T update(Session session, T record) {
    TenantId tenant = table.requireTenant(session, "update");
    table.require(record, "record", "update");
    table.require(table.rows().value(record, table.id()), "identifier of the record", "update");
    long version = table.requireVersion(record, "update");
    Optional<T> stored =
        table.change(
            session,
            "update",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(statements.update())) {
                bindUpdate(statement, tenant, record);
                return table.written(statement, "update");
              }
            });
    return stored.orElseThrow(
        () ->
            notWritten(
                session,
                "update",
                tenant,
                table.rows().value(record, table.id()),
                table.version() < 0 ? OptionalLong.empty() : OptionalLong.of(version)));
  }

  /** The SQL of an upsert, or a refusal of a key that was not declared. */
  static String upsert(RowTable<?, ?> table, Map<Set<String>, String> upserts, Set<String> key) {
    String sql = upserts.get(key);
    if (sql == null) {
      throw table.refusals().unknownKey("upsert", key);
    }
    return sql;
  }

  T upsert(Session session, T record, Set<String> key) {
    TenantId tenant = table.requireTenant(session, "upsert");
    table.require(record, "record", "upsert");
    requireIdentifier(record, "upsert");
    table.requireVersion(record, "upsert");
    String sql = upsert(table, statements.upserts(), key);
    Optional<T> stored =
        table.change(
            session,
            "upsert",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(sql)) {
                bindRow(statement, tenant, record);
                return table.written(statement, "upsert");
              }
            });
    return stored.orElseThrow(
        () -> {
          Object id = table.rows().value(record, table.id());
          return isTrashed(session, "upsert", tenant, id)
              ? table.refusals().trashed("upsert", id)
              : table.refusals().suppressed("upsert");
        });
  }

  boolean delete(Session session, I identifier) {
    TenantId tenant = table.requireTenant(session, "delete");
    table.require(identifier, "identifier", "delete");
    int deleted =
        table.change(
            session,
            "delete",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(statements.delete())) {
                table.bindKey(statement, 1, tenant, identifier);
                return statement.executeUpdate();
              }
            });
    if (deleted == 0 && currentVersion(session, "delete", tenant, identifier).isPresent()) {
      throw table.refusals().suppressed("delete");
    }
    return deleted == 1;
  }

  T restore(Session session, I identifier) {
    TenantId tenant = table.requireTenant(session, "restore");
    table.require(identifier, "identifier", "restore");
    table.requireSoftDelete("restore");
    try {
      return table
          .change(
              session,
              "restore",
              connection -> {
                try (PreparedStatement statement =
                    connection.prepareStatement(statements.restore())) {
                  table.bindKey(statement, 1, tenant, identifier);
                  return table.written(statement, "restore");
                }
              })
          .orElseThrow(
              () ->
                  isTrashed(session, "restore", tenant, identifier)
                      ? table.refusals().suppressed("restore")
                      : table.refusals().notTrashed(identifier));
    } catch (InvalidDataException refused) {
      throw refused.sqlState().filter("23505"::equals).isPresent()
          ? table.refusals().taken(identifier, refused)
          : refused;
    }
  }

  private void bindRow(PreparedStatement statement, @Nullable TenantId tenant, T record)
      throws SQLException {
    int next = table.bindTenant(statement, 1, tenant);
    for (int component : given) {
      table.rows().bind(statement, next++, record, component);
    }
  }

  private void bindUpdate(PreparedStatement statement, @Nullable TenantId tenant, T record)
      throws SQLException {
    int next = 1;
    for (int component : changed) {
      table.rows().bind(statement, next++, record, component);
    }
    next = table.bindKey(statement, next, tenant, table.rows().value(record, table.id()));
    if (table.version() >= 0) {
      table.rows().bind(statement, next, record, table.version());
    }
  }

  /** Why a row that was to change did not. */
  TenonException notWritten(
      Session session,
      String operation,
      @Nullable TenantId tenant,
      @Nullable Object key,
      OptionalLong expected) {
    Optional<Long> actual = currentVersion(session, operation, tenant, key);
    if (actual.isEmpty()) {
      return table.refusals().notFound(operation, key);
    }
    return expected.isEmpty() || actual.get() == expected.getAsLong()
        ? table.refusals().suppressed(operation)
        : table.refusals().stale(operation, key, expected.getAsLong(), actual.get(), "");
  }

  private Optional<Long> currentVersion(
      Session session, String operation, @Nullable TenantId tenant, @Nullable Object key) {
    return number(session, operation, tenant, key, statements.currentVersion());
  }

  private boolean isTrashed(
      Session session, String operation, @Nullable TenantId tenant, @Nullable Object key) {
    return number(session, operation, tenant, key, statements.isTrashed()).isPresent();
  }

  private Optional<Long> number(
      Session session,
      String operation,
      @Nullable TenantId tenant,
      @Nullable Object key,
      String sql) {
    return table.run(
        session,
        operation,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            table.bindKey(statement, 1, tenant, key);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
            }
          }
        });
  }
}
