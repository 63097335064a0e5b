package dev.tenon.core;

import dev.tenon.core.internal.ArrayLiteral;
import dev.tenon.core.internal.FetchedRows;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jooq.Condition;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SortField;
import org.jspecify.annotations.Nullable;

/**
 * How rows are read as records, those of the repository or others.
 *
 * @param <T> the record type, which need not be that of the table
 */
final class RowReads<T, I> {

  private static final int FETCH_SIZE = 1_000;
  private static final int LONGEST_LIST = 10_000;

  private final RowTable<?, I> table;
  private final RowMapping<T> rows;
  private final ReadStatements statements;
  private final PlainPages<T> plainPages;
  private final String qualifiedName;

  RowReads(RowTable<?, I> table, RowMapping<T> rows) {
    this.table = table;
    this.rows = rows;
    this.statements = ReadStatements.render(table, rows.fields());
    this.plainPages = new PlainPages<>(table, rows);
    this.qualifiedName = table.table().getQualifiedName().toString();
  }

  Optional<T> find(String operation, Session session, I identifier) {
    TenantId tenant = table.requireTenant(session, operation);
    table.require(identifier, "identifier", operation);
    return row(session, operation, tenant, identifier, statements.find());
  }

  Optional<T> lock(Transaction transaction, I identifier) {
    TenantId tenant = table.requireTenant(transaction, "lock");
    table.require(identifier, "identifier", "lock");
    return row(transaction, "lock", tenant, identifier, statements.lock());
  }

  private Optional<T> row(
      Session session, String operation, @Nullable TenantId tenant, I identifier, String sql) {
    return table.run(
        session,
        operation,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            table.bindKey(statement, 1, tenant, identifier);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? Optional.of(rows.read(row)) : Optional.empty();
            }
          }
        });
  }

  boolean exists(Session session, I identifier) {
    TenantId tenant = table.requireTenant(session, "exists");
    table.require(identifier, "identifier", "exists");
    return table.run(
        session,
        "exists",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(statements.exists())) {
            table.bindKey(statement, 1, tenant, identifier);
            try (ResultSet row = statement.executeQuery()) {
              return row.next();
            }
          }
        });
  }

  long count(Session session, Condition condition) {
    TenantId tenant = table.requireTenant(session, "count");
    table.require(condition, "condition", "count");
    return session
        .sql()
        .selectCount()
        .from(table.table())
        .where(table.owned(tenant).and(condition))
        .fetchSingle()
        .value1();
  }

  List<T> list(Session session, Condition condition, SortField<?>... order) {
    List<T> found = some(session, "list", LONGEST_LIST + 1, condition, order);
    if (found.size() > LONGEST_LIST) {
      throw table.refusals().tooMany("list", LONGEST_LIST);
    }
    return found;
  }

  List<T> top(Session session, int limit, Condition condition, SortField<?>... order) {
    if (limit < 1 || limit > LONGEST_LIST) {
      throw table.refusals().outside("limit", limit, LONGEST_LIST, "top");
    }
    return some(session, "top", limit, condition, order);
  }

  private List<T> some(
      Session session, String operation, int limit, Condition condition, SortField<?>... order) {
    TenantId tenant = table.requireTenant(session, operation);
    table.require(condition, "condition", operation);
    table.require(order, "order", operation);
    List<SortField<?>> complete = new ArrayList<>();
    for (SortField<?> column : order) {
      table.require(column, "column of the order", operation);
      complete.add(column);
    }
    complete.add(table.roles().id().asc());
    return List.copyOf(
        all(
            session
                .sql()
                .select(rows.fields())
                .from(table.table())
                .where(table.owned(tenant).and(condition))
                .orderBy(complete)
                .limit(limit),
            operation));
  }

  List<T> findAll(Session session, Collection<? extends I> identifiers) {
    TenantId tenant = table.requireTenant(session, "findAll");
    Collection<? extends I> each = required(identifiers, "findAll");
    Set<@Nullable Object> seen = new TreeSet<>(KeyOrder.ASCENDING);
    ArrayLiteral asked = new ArrayLiteral(each.size());
    boolean bare = table.rows().codec(table.id()).isBare();
    for (I identifier : each) {
      if (seen.add(table.rows().stored(identifier, table.id()))) {
        asked.add(bare, table.rows().text(identifier, table.id()));
      }
    }
    if (each.isEmpty()) {
      return List.of();
    }
    String identifierArray = asked.end();
    return table.run(
        session,
        "findAll",
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(statements.findAll())) {
            statement.setString(1, identifierArray);
            table.bindTenant(statement, 2, tenant);
            return List.copyOf(rows.all(statement, seen.size()));
          }
        });
  }

  private Collection<? extends I> required(Collection<? extends I> identifiers, String operation) {
    table.require(identifiers, "identifiers", operation);
    int place = 0;
    for (I identifier : identifiers) {
      table.require(identifier, "identifier " + place++, operation);
    }
    return identifiers;
  }

  List<T> claim(Transaction transaction, Condition condition, int limit) {
    TenantId tenant = table.requireTenant(transaction, "claim");
    table.require(condition, "condition", "claim");
    if (limit < 1 || limit > LONGEST_LIST) {
      throw table.refusals().outside("limit", limit, LONGEST_LIST, "claim");
    }
    return List.copyOf(
        all(
            transaction
                .sql()
                .select(rows.fields())
                .from(table.table())
                .where(table.owned(tenant).and(condition))
                .orderBy(table.roles().id())
                .limit(limit)
                .forUpdate()
                .skipLocked(),
            "claim"));
  }

  Page<T> page(Session session, Page.Request request) {
    TenantId tenant = table.requireTenant(session, "page");
    table.require(request, "request", "page");
    return page(session, request, tenant, table.roles().live(), "page");
  }

  Page<T> trash(Session session, Page.Request request) {
    TenantId tenant = table.requireTenant(session, "trash");
    table.require(request, "request", "trash");
    table.requireSoftDelete("trash");
    return page(session, request, tenant, table.roles().trashed(), "trash");
  }

  private Page<T> page(
      Session session,
      Page.Request request,
      @Nullable TenantId tenant,
      Condition state,
      String operation) {
    DSLContext sql = session.sql();
    Keyset<T> keyset =
        Keyset.of(
            rows,
            request,
            table.roles().id(),
            PageCursors.of(sql.configuration(), operation, qualifiedName, rows.name(), tenant));
    Condition owned = table.anyOwned(tenant).and(state);
    Optional<List<Object>> last = keyset.plain();
    List<T> found =
        last.isPresent()
            ? plainPages.read(session, operation, tenant, state, keyset, last.get())
            : all(keyset.query(sql, table.table(), owned), operation);
    List<SortKey> trusted = keyset.trusted(found);
    if (!trusted.isEmpty()) {
      keyset.requireNoneNull(sql, table.table(), owned, trusted);
    }
    return keyset.page(found);
  }

  private List<T> all(ResultQuery<Record> query, String operation) {
    try (Cursor<Record> cursor = query.fetchLazy()) {
      return fetched(cursor, operation).all();
    }
  }

  <R, X extends Exception> R stream(
      Session session,
      Condition condition,
      List<? extends SortField<?>> order,
      Repository.StreamWork<T, R, X> work)
      throws X {
    TenantId tenant = table.requireTenant(session, "stream");
    table.require(condition, "condition", "stream");
    table.require(order, "order", "stream");
    table.require(work, "work", "stream");
    return session.transactionResult(
        transaction -> {
          try (Cursor<Record> cursor =
              transaction
                  .sql()
                  .select(rows.fields())
                  .from(table.table())
                  .where(table.owned(tenant).and(condition))
                  .orderBy(order)
                  .fetchSize(FETCH_SIZE)
                  .fetchLazy()) {
            return work.run(fetched(cursor, "stream").stream(transaction));
          }
        });
  }

  private FetchedRows<T> fetched(Cursor<?> cursor, String operation) {
    return FetchedRows.of(cursor, rows::read, table.refusals().statement(operation));
  }
}
