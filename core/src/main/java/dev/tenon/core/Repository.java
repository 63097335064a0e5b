package dev.tenon.core;

import dev.tenon.core.internal.FramedSession;
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
 * constraint, and {@link AccessDeniedException} where row-level security refuses the row.
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
        RepositoryStatements.render(table, rows.fields(), tenantColumn, idColumn, versionColumn);
  }

  /** Begins a repository over a jOOQ table, generated or declared by hand. */
  public static <T> RepositoryBuilder<T, ?> of(Table<?> table, Class<T> type) {
    return new RepositoryBuilder<>(table, type);
  }

  /** The row with this identifier, if the session sees one. One round trip. */
  public Optional<T> find(Session session, I identifier) {
    TenantId tenant = requireTenant(session, "find");
    return FramedSession.run(
        session,
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
   * The row with this identifier.
   *
   * @throws NotFoundException if the session sees none
   */
  public T get(Session session, I identifier) {
    return find(session, identifier).orElseThrow(() -> notFound(identifier));
  }

  /** Writes a new row. One round trip. */
  public void insert(Session session, T record) {
    TenantId tenant = requireTenant(session, "insert");
    FramedSession.run(
        session,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(statements.insert())) {
            bindRow(statement, tenant, record);
            return statement.executeUpdate();
          }
        });
  }

  /**
   * Replaces a row, if nobody changed it since it was read.
   *
   * <p>With a version column the row must still have the record's version; the stored version is
   * one higher afterwards.
   *
   * @return the record as it is stored now, with its new version
   * @throws StaleVersionException if the row has another version
   * @throws NotFoundException if the session sees no such row
   */
  public T update(Session session, T record) {
    TenantId tenant = requireTenant(session, "update");
    Optional<T> stored =
        FramedSession.run(
            session,
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(statements.update())) {
                bindUpdate(statement, tenant, record);
                try (ResultSet row = statement.executeQuery()) {
                  return row.next() ? Optional.of(rows.read(row)) : Optional.empty();
                }
              }
            });
    return stored.orElseThrow(() -> notUpdated(session, tenant, record));
  }

  /**
   * Writes a row, whether it exists or not; the last writer wins. One round trip.
   *
   * <p>An existing row keeps its version column counting: it becomes one higher, whatever the
   * record says.
   *
   * @return the row as it is stored now
   */
  public T upsert(Session session, T record) {
    TenantId tenant = requireTenant(session, "upsert");
    return FramedSession.run(
        session,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(statements.upsert())) {
            bindRow(statement, tenant, record);
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return rows.read(row);
            }
          }
        });
  }

  /**
   * Removes a row. One round trip.
   *
   * @return whether there was one
   */
  public boolean delete(Session session, I identifier) {
    TenantId tenant = requireTenant(session, "delete");
    return FramedSession.run(
        session,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(statements.delete())) {
            bindKey(statement, 1, tenant, identifier);
            return statement.executeUpdate() == 1;
          }
        });
  }

  /**
   * One page of rows, in a stable order; while others insert and delete, every row that stays is
   * met exactly once.
   *
   * <p>The identifier is appended to the order, so that ties are broken. One round trip.
   *
   * @throws InvalidDataException if the cursor was made for another order
   * @throws UsageException if a sort column is null in the last row, from where no page could go on
   */
  public Page<T> page(Session session, Page.Request request) {
    TenantId tenant = requireTenant(session, "page");
    Keyset<T> keyset = Keyset.of(rows, request, idColumn);
    return keyset.page(keyset.query(session.sql(), table, ownedBy(tenant)).fetch(rows::read));
  }

  /**
   * Hands all rows that match to a callback, in bounded memory: 1,000 rows are held at a time.
   *
   * <p>It runs in the session's transaction, or in one of its own; the stream is closed when the
   * callback returns.
   *
   * @throws X what the callback throws
   */
  public <R, X extends Exception> R stream(
      Session session, Condition condition, StreamWork<T, R, X> work) throws X {
    TenantId tenant = requireTenant(session, "stream");
    return session.transactionResult(
        transaction -> {
          try (Cursor<Record> cursor =
                  transaction
                      .sql()
                      .select(rows.fields())
                      .from(table)
                      .where(ownedBy(tenant).and(condition))
                      .fetchSize(FETCH_SIZE)
                      .fetchLazy();
              Stream<T> stream = cursor.stream().map(rows::read)) {
            return work.run(stream);
          }
        });
  }

  private Condition ownedBy(@Nullable TenantId tenant) {
    return tenantColumn == null || tenant == null
        ? DSL.noCondition()
        : tenantColumn.eq(tenant.value());
  }

  private @Nullable TenantId requireTenant(Session session, String operation) {
    if (tenantColumn == null) {
      return null;
    }
    return session
        .tenant()
        .orElseThrow(
            () ->
                new UsageException(
                    Problem.what("a session without a tenant was given")
                        .where("Repository of " + rows.name() + "." + operation)
                        .why("the rows of " + table.getName() + " are owned by tenants")
                        .fix("pass tenants.as(tenantId), or declare the repository shared()")));
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
    rows.codec(id).bind(statement, next, key);
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
    Optional<Long> actual =
        FramedSession.run(
            session,
            connection -> {
              try (PreparedStatement statement =
                  connection.prepareStatement(statements.currentVersion())) {
                bindKey(statement, 1, tenant, key);
                try (ResultSet row = statement.executeQuery()) {
                  return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
                }
              }
            });
    if (actual.isEmpty()) {
      return notFound(key);
    }
    return new StaleVersionException(
        Problem.what(
                rows.name()
                    + " "
                    + Problem.excerpt(String.valueOf(key))
                    + " has version "
                    + actual.get()
                    + ", not "
                    + versionOf(record))
            .where("Repository of " + rows.name() + ".update")
            .why("somebody else changed it since it was read")
            .fix("read it again, apply the change to what it is now, and update that"),
        versionOf(record),
        actual.get());
  }

  private NotFoundException notFound(@Nullable Object key) {
    return new NotFoundException(
        Problem.what("there is no " + rows.name() + " " + Problem.excerpt(String.valueOf(key)))
            .where("Repository of " + rows.name())
            .why("it was never written, was deleted, or belongs to another tenant")
            .fix("check the identifier and the tenant of the session"));
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
