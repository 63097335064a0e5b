package dev.tenon.core;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How a repository writes one row. */
final class RowWrites<T, I> {

  private final RowTable<T, I> table;

  RowWrites(RowTable<T, I> table) {
    this.table = table;
  }

  void insert(Session session, T record) {
    TenantId tenant = table.requireTenant(session, "insert");
    table.require(record, "record", "insert");
    int written =
        table.run(
            session,
            "insert",
            connection -> {
              try (PreparedStatement statement =
                  connection.prepareStatement(table.statements().insert())) {
                bindRow(statement, tenant, record);
                return statement.executeUpdate();
              }
            });
    if (written != 1) {
      throw table.refusals().suppressed("insert");
    }
  }

  T update(Session session, T record) {
    TenantId tenant = table.requireTenant(session, "update");
    table.require(record, "record", "update");
    Optional<T> stored =
        table.run(
            session,
            "update",
            connection -> {
              try (PreparedStatement statement =
                  connection.prepareStatement(table.statements().update())) {
                bindUpdate(statement, tenant, record);
                return written(statement, "update");
              }
            });
    return stored.orElseThrow(() -> notUpdated(session, tenant, record));
  }

  T upsert(Session session, T record) {
    TenantId tenant = table.requireTenant(session, "upsert");
    table.require(record, "record", "upsert");
    Optional<T> stored =
        table.run(
            session,
            "upsert",
            connection -> {
              try (PreparedStatement statement =
                  connection.prepareStatement(table.statements().upsert())) {
                bindRow(statement, tenant, record);
                return written(statement, "upsert");
              }
            });
    return stored.orElseThrow(() -> table.refusals().suppressed("upsert"));
  }

  boolean delete(Session session, I identifier) {
    TenantId tenant = table.requireTenant(session, "delete");
    table.require(identifier, "identifier", "delete");
    int deleted =
        table.run(
            session,
            "delete",
            connection -> {
              try (PreparedStatement statement =
                  connection.prepareStatement(table.statements().delete())) {
                table.bindKey(statement, 1, tenant, identifier);
                return statement.executeUpdate();
              }
            });
    if (deleted == 0 && currentVersion(session, "delete", tenant, identifier).isPresent()) {
      throw table.refusals().suppressed("delete");
    }
    return deleted == 1;
  }

  private Optional<T> written(PreparedStatement statement, String operation) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      return row.next() ? Optional.of(table.readWritten(row, operation)) : Optional.empty();
    }
  }

  private void bindRow(PreparedStatement statement, @Nullable TenantId tenant, T record)
      throws SQLException {
    int next = table.bindTenant(statement, 1, tenant);
    for (int i = 0; i < table.rows().fields().size(); i++) {
      table.rows().bind(statement, next++, record, i);
    }
  }

  private void bindUpdate(PreparedStatement statement, @Nullable TenantId tenant, T record)
      throws SQLException {
    int next = 1;
    for (int i = 0; i < table.rows().fields().size(); i++) {
      if (i != table.id() && i != table.version()) {
        table.rows().bind(statement, next++, record, i);
      }
    }
    next = table.bindKey(statement, next, tenant, table.rows().value(record, table.id()));
    if (table.version() >= 0) {
      table.rows().bind(statement, next, record, table.version());
    }
  }

  private long versionOf(T record) {
    return table.rows().value(record, table.version()) instanceof Number number
        ? number.longValue()
        : 0;
  }

  private TenonException notUpdated(Session session, @Nullable TenantId tenant, T record) {
    Object key = table.rows().value(record, table.id());
    Optional<Long> actual = currentVersion(session, "update", tenant, key);
    if (actual.isEmpty()) {
      return table.refusals().notFound("update", key);
    }
    return table.version() < 0 || actual.get() == versionOf(record)
        ? table.refusals().suppressed("update")
        : table.refusals().stale(key, versionOf(record), actual.get());
  }

  private Optional<Long> currentVersion(
      Session session, String operation, @Nullable TenantId tenant, @Nullable Object key) {
    return table.run(
        session,
        operation,
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(table.statements().currentVersion())) {
            table.bindKey(statement, 1, tenant, key);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
            }
          }
        });
  }
}
