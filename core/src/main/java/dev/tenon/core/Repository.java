package dev.tenon.core;

import dev.tenon.core.internal.FramedSession;
import dev.tenon.core.internal.LocatedSqlException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Cursor;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one table as immutable records.
 *
 * <p>Rows are owned by tenants unless the builder says {@link RepositoryBuilder#shared()}: the
 * tenant column is written from the session and is part of every key, and a session without a
 * tenant is refused before any I/O. The SQL of each operation is rendered once, when the repository
 * is built; columns are always listed. Immutable and safe for use by many threads.
 *
 * <p>All operations throw {@link InvalidDataException} where the database refuses a value or a
 * constraint, {@link AccessDeniedException} where row-level security refuses the row, {@link
 * ServerException} where a trigger or a rule silently kept the row from being written, and {@link
 * UsageException} for an argument that is null, before any I/O.
 *
 * @param <T> the record type
 * @param <I> the type of its identifier
 */
public final class Repository<T, I> {

  private static final int FETCH_SIZE = 1_000;

  private final Table<?> table;
  private final RowMapping<T> rows;
  private final @Nullable Field<UUID> tenantColumn;
  private final Field<I> idColumn;
  private final int id;
  private final int version;
  private final RepositoryStatements statements;
  private final RowRefusals refusals;

  Repository(
      Table<?> table,
      RowMapping<T> rows,
      @Nullable Field<UUID> tenantColumn,
      Field<I> idColumn,
      @Nullable Field<?> versionColumn) {
    this.table = table;
    this.rows = rows;
    this.tenantColumn = tenantColumn;
    this.idColumn = idColumn;
    this.id = rows.require(idColumn, "id");
    this.version = versionColumn == null ? -1 : rows.require(versionColumn, "version");
    this.statements =
        RepositoryStatements.render(table, rows, tenantColumn, idColumn, versionColumn);
    this.refusals = RowRefusals.of(rows, table);
  }

  /** Begins a repository over a jOOQ table, generated or declared by hand. */
  public static <T> RepositoryBuilder<T, ?> of(Table<?> table, Class<T> type) {
    return new RepositoryBuilder<>(
        Arguments.require(table, "table", "Repository.of"),
        Arguments.require(type, "type", "Repository.of"));
  }

  /** The row with this identifier, if the session sees one. One round trip. */
  public Optional<T> find(Session session, I identifier) {
    return find("find", session, identifier);
  }

  /**
   * The row with this identifier.
   *
   * @throws NotFoundException if the session sees none
   */
  public T get(Session session, I identifier) {
    return find("get", session, identifier).orElseThrow(() -> refusals.notFound("get", identifier));
  }

  private Optional<T> find(String operation, Session session, I identifier) {
    TenantId tenant = requireTenant(session, operation);
    require(identifier, "identifier", operation);
    return run(
        session,
        operation,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(statements.find())) {
            bindKey(statement, 1, tenant, identifier);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? Optional.of(rows.read(row)) : Optional.empty();
            }
          }
        });
  }

  /**
   * Writes a new row. One round trip.
   *
   * @throws ServerException if a trigger or a rule kept the row from being written
   */
  public void insert(Session session, T record) {
    TenantId tenant = requireTenant(session, "insert");
    require(record, "record", "insert");
    int written =
        run(
            session,
            "insert",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(statements.insert())) {
                bindRow(statement, tenant, record);
                return statement.executeUpdate();
              }
            });
    if (written != 1) {
      throw refusals.suppressed("insert");
    }
  }

  /**
   * Replaces a row, if nobody changed it since it was read.
   *
   * <p>With a version column the row must still have the record's version; the stored version is
   * one higher afterwards, and one that the component cannot hold is refused.
   *
   * @return the record as it is stored now, with its new version
   * @throws StaleVersionException if the row has another version
   * @throws NotFoundException if the session sees no such row
   * @throws UnreadableResultException if the row was written, but the record refuses what is stored
   */
  public T update(Session session, T record) {
    TenantId tenant = requireTenant(session, "update");
    require(record, "record", "update");
    Optional<T> stored =
        run(
            session,
            "update",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(statements.update())) {
                bindUpdate(statement, tenant, record);
                try (ResultSet row = statement.executeQuery()) {
                  return row.next() ? Optional.of(readWritten(row, "update")) : Optional.empty();
                }
              }
            });
    return stored.orElseThrow(() -> notUpdated(session, tenant, record));
  }

  /**
   * Writes a row, whether it exists or not; the last writer wins. One round trip.
   *
   * <p>An existing row keeps its version column counting: it becomes one higher, whatever the
   * record says, and one that the component cannot hold is refused.
   *
   * @return the row as it is stored now
   * @throws UnreadableResultException if the row was written, but the record refuses what is stored
   */
  public T upsert(Session session, T record) {
    TenantId tenant = requireTenant(session, "upsert");
    require(record, "record", "upsert");
    Optional<T> stored =
        run(
            session,
            "upsert",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(statements.upsert())) {
                bindRow(statement, tenant, record);
                try (ResultSet row = statement.executeQuery()) {
                  return row.next() ? Optional.of(readWritten(row, "upsert")) : Optional.empty();
                }
              }
            });
    return stored.orElseThrow(() -> refusals.suppressed("upsert"));
  }

  /**
   * Removes a row. One round trip, and a second one where there was nothing to remove.
   *
   * @return whether there was one
   * @throws ServerException if there is one and a trigger or a rule kept it
   */
  public boolean delete(Session session, I identifier) {
    TenantId tenant = requireTenant(session, "delete");
    require(identifier, "identifier", "delete");
    int deleted =
        run(
            session,
            "delete",
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(statements.delete())) {
                bindKey(statement, 1, tenant, identifier);
                return statement.executeUpdate();
              }
            });
    if (deleted == 0 && currentVersion(session, "delete", tenant, identifier).isPresent()) {
      throw refusals.suppressed("delete");
    }
    return deleted == 1;
  }

  /**
   * One page of rows, in a stable order; while others insert and delete, every row that stays is
   * met exactly once.
   *
   * <p>The identifier is appended to the order, so that ties are broken. Rows with nulls stand
   * where the order puts them, as in SQL: last in ascending and first in descending order, unless
   * it says {@code nullsFirst()} or {@code nullsLast()}. One round trip.
   *
   * @throws InvalidDataException if the cursor was made for another order
   * @throws UsageException if a sort column is null though its field is declared not null
   */
  public Page<T> page(Session session, Page.Request request) {
    TenantId tenant = requireTenant(session, "page");
    require(request, "request", "page");
    Keyset<T> keyset = Keyset.of(rows, request, idColumn);
    try (Cursor<Record> cursor = keyset.query(session.sql(), table, ownedBy(tenant)).fetchLazy()) {
      return keyset.page(FetchedRows.of(cursor, rows, refusals.statement("page")).all());
    }
  }

  /**
   * Hands all rows that match to a callback, in bounded memory: 1,000 rows are held at a time.
   *
   * <p>It runs in the session's transaction, or in one of its own; the stream is closed when the
   * callback returns. It cannot feed a COPY of the same transaction, whose connection is busy.
   *
   * @throws X what the callback throws
   */
  public <R, X extends Exception> R stream(
      Session session, Condition condition, StreamWork<T, R, X> work) throws X {
    TenantId tenant = requireTenant(session, "stream");
    require(condition, "condition", "stream");
    require(work, "work", "stream");
    return session.transactionResult(
        transaction -> {
          try (Cursor<Record> cursor =
              transaction
                  .sql()
                  .select(rows.fields())
                  .from(table)
                  .where(ownedBy(tenant).and(condition))
                  .fetchSize(FETCH_SIZE)
                  .fetchLazy()) {
            return work.run(
                FetchedRows.of(cursor, rows, refusals.statement("stream")).stream(transaction));
          }
        });
  }

  /** Runs work whose errors say what statement they ended. */
  private <R> R run(Session session, String operation, Session.JdbcWork<R> work) {
    String statement = refusals.statement(operation);
    FramedSession.requireIdle(session, statement);
    return session.jdbc(LocatedSqlException.locating(statement, work));
  }

  private T readWritten(ResultSet row, String operation) {
    try {
      return rows.read(row);
    } catch (SQLException | InvalidDataException refusal) {
      throw refusals.unreadable(operation, refusal);
    }
  }

  private Condition ownedBy(@Nullable TenantId tenant) {
    return tenantColumn == null || tenant == null
        ? DSL.noCondition()
        : tenantColumn.eq(tenant.value());
  }

  private @Nullable TenantId requireTenant(Session session, String operation) {
    require(session, "session", operation);
    return tenantColumn == null
        ? null
        : session.tenant().orElseThrow(() -> refusals.withoutTenant(operation));
  }

  private void require(@Nullable Object argument, String name, String operation) {
    Arguments.require(argument, name, refusals.place(operation));
  }

  private int bindTenant(PreparedStatement statement, int first, @Nullable TenantId tenant)
      throws SQLException {
    if (tenant == null) {
      return first;
    }
    statement.setObject(first, tenant.value());
    return first + 1;
  }

  private int bindKey(
      PreparedStatement statement, int first, @Nullable TenantId tenant, @Nullable Object key)
      throws SQLException {
    int next = bindTenant(statement, first, tenant);
    rows.bindValue(statement, next, key, id);
    return next + 1;
  }

  private void bindRow(PreparedStatement statement, @Nullable TenantId tenant, T record)
      throws SQLException {
    int next = bindTenant(statement, 1, tenant);
    for (int i = 0; i < rows.fields().size(); i++) {
      rows.bind(statement, next++, record, i);
    }
  }

  private void bindUpdate(PreparedStatement statement, @Nullable TenantId tenant, T record)
      throws SQLException {
    int next = 1;
    for (int i = 0; i < rows.fields().size(); i++) {
      if (i != id && i != version) {
        rows.bind(statement, next++, record, i);
      }
    }
    next = bindKey(statement, next, tenant, rows.value(record, id));
    if (version >= 0) {
      rows.bind(statement, next, record, version);
    }
  }

  private long versionOf(T record) {
    return rows.value(record, version) instanceof Number number ? number.longValue() : 0;
  }

  private TenonException notUpdated(Session session, @Nullable TenantId tenant, T record) {
    Object key = rows.value(record, id);
    Optional<Long> actual = currentVersion(session, "update", tenant, key);
    if (actual.isEmpty()) {
      return refusals.notFound("update", key);
    }
    return version < 0 || actual.get() == versionOf(record)
        ? refusals.suppressed("update")
        : refusals.stale(key, versionOf(record), actual.get());
  }

  private Optional<Long> currentVersion(
      Session session, String operation, @Nullable TenantId tenant, @Nullable Object key) {
    return run(
        session,
        operation,
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(statements.currentVersion())) {
            bindKey(statement, 1, tenant, key);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
            }
          }
        });
  }

  /**
   * What to do with a stream of rows, while it is open.
   *
   * @param <T> the record type
   * @param <R> the result
   * @param <X> what the work throws; it reaches the caller unwrapped
   */
  @FunctionalInterface
  public interface StreamWork<T, R, X extends Exception> {
    R run(Stream<T> rows) throws X;
  }
}
