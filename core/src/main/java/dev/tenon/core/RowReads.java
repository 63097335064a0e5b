package dev.tenon.core;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.Cursor;
import org.jooq.Record;

/** How a repository reads rows. */
final class RowReads<T, I> {

  private static final int FETCH_SIZE = 1_000;

  private final RowTable<T, I> table;

  RowReads(RowTable<T, I> table) {
    this.table = table;
  }

  Optional<T> find(String operation, Session session, I identifier) {
    TenantId tenant = table.requireTenant(session, operation);
    table.require(identifier, "identifier", operation);
    return table.run(
        session,
        operation,
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(table.statements().find())) {
            table.bindKey(statement, 1, tenant, identifier);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? Optional.of(table.rows().read(row)) : Optional.empty();
            }
          }
        });
  }

  Page<T> page(Session session, Page.Request request) {
    TenantId tenant = table.requireTenant(session, "page");
    table.require(request, "request", "page");
    Keyset<T> keyset = Keyset.of(table.rows(), request, table.idColumn());
    try (Cursor<Record> cursor =
        keyset.query(session.sql(), table.table(), table.ownedBy(tenant)).fetchLazy()) {
      return keyset.page(fetched(cursor, "page").all());
    }
  }

  <R, X extends Exception> R stream(
      Session session, Condition condition, Repository.StreamWork<T, R, X> work) throws X {
    TenantId tenant = table.requireTenant(session, "stream");
    table.require(condition, "condition", "stream");
    table.require(work, "work", "stream");
    return session.transactionResult(
        transaction -> {
          try (Cursor<Record> cursor =
              transaction
                  .sql()
                  .select(table.rows().fields())
                  .from(table.table())
                  .where(table.ownedBy(tenant).and(condition))
                  .fetchSize(FETCH_SIZE)
                  .fetchLazy()) {
            return work.run(fetched(cursor, "stream").stream(transaction));
          }
        });
  }

  private FetchedRows<T> fetched(Cursor<?> cursor, String operation) {
    return FetchedRows.of(cursor, table.rows(), table.refusals().statement(operation));
  }
}
