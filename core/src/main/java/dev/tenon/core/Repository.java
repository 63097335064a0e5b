package dev.tenon.core;

import dev.tenon.core.internal.Required;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.SortField;
import org.jooq.Table;

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

  private final RowTable<T, I> table;
  private final RowReads<T, I> reads;
  private final RowWrites<T, I> writes;
  private final RowPatches<T, I> patches;
  private final BulkWrites<T, I> bulk;
  private final RowPurge purge;

  Repository(RowTable<T, I> table) {
    RepositoryStatements statements =
        RepositoryStatements.render(table.table(), table.rows(), table.roles());
    this.table = table;
    this.reads = new RowReads<>(table, table.rows());
    this.writes = new RowWrites<>(table, statements);
    this.patches = new RowPatches<>(table, writes);
    this.bulk = new BulkWrites<>(table);
    this.purge = new RowPurge(table);
  }

  /** Begins a repository over a jOOQ table, generated or declared by hand. */
  public static <T> RepositoryBuilder<T, ?> of(Table<?> table, Class<T> type) {
    return new RepositoryBuilder<>(
        Required.require(table, "table", "Repository.of"),
        Required.require(type, "type", "Repository.of"));
  }

  /** The row with this identifier, if the session sees one. One round trip. */
  public Optional<T> find(Session session, I identifier) {
    return reads.find("find", session, identifier);
  }

  /**
   * The row with this identifier.
   *
   * @throws NotFoundException if the session sees none
   */
  public T get(Session session, I identifier) {
    return reads
        .find("get", session, identifier)
        .orElseThrow(() -> table.refusals().notFound("get", identifier));
  }

  /** Whether the session sees a row with this identifier. One round trip. */
  public boolean exists(Session session, I identifier) {
    return reads.exists(session, identifier);
  }

  /**
   * The rows with these identifiers, in their order, each once; those that the session does not see
   * are left out. One round trip, however many.
   */
  public List<T> findAll(Session session, Collection<? extends I> identifiers) {
    return reads.findAll(session, identifiers);
  }

  /** The number of rows that match. One round trip. */
  public long count(Session session, Condition condition) {
    return reads.count(session, condition);
  }

  /**
   * All rows that match, at most 10,000, in this order and then by identifier. One round trip.
   *
   * @throws UsageException if more match; {@link #page} and {@link #stream} have no such bound
   */
  public List<T> list(Session session, Condition condition, SortField<?>... order) {
    return reads.list(session, condition, order);
  }

  /**
   * The first rows that match, in this order and then by identifier. One round trip.
   *
   * @param limit how many at most, 1 to 10,000
   */
  public List<T> top(Session session, int limit, Condition condition, SortField<?>... order) {
    return reads.top(session, limit, condition, order);
  }

  /**
   * The same rows read as other records, of those columns that these have components for. Make it
   * once: its SQL and its mapping are made here.
   *
   * @throws UsageException if a component has no column or a type that cannot be mapped
   */
  public <P> Projection<P, I> project(Class<P> type) {
    table.require(type, "type", "project");
    return new Projection<>(new RowReads<>(table, RowMapping.of(table.table(), type)));
  }

  /**
   * The row with this identifier, if there is one, which nobody else can change until the
   * transaction ends: {@code for update}. One round trip.
   *
   * @throws RetryableException if the transaction's lock timeout is over before the row is free
   */
  public Optional<T> lock(Transaction transaction, I identifier) {
    return reads.lock(transaction, identifier);
  }

  /**
   * Rows that match and that no other transaction has locked, by identifier, locked as by {@link
   * #lock}: {@code for update skip locked}. One round trip; it never waits.
   *
   * @param limit how many at most, 1 to 10,000
   */
  public List<T> claim(Transaction transaction, Condition condition, int limit) {
    return reads.claim(transaction, condition, limit);
  }

  /**
   * Writes a new row. One round trip.
   *
   * @throws ServerException if a trigger or a rule kept the row from being written
   */
  public void insert(Session session, T record) {
    writes.insert(session, record);
  }

  /**
   * Writes a new row and reads what the server made of it: {@link RepositoryBuilder#generated}
   * columns, stamps, rounded times. One round trip.
   *
   * @return the row as it is stored now
   * @throws ServerException if a trigger or a rule kept the row from being written
   * @throws UnreadableResultException if the row was written, but the record refuses what is stored
   */
  public T insertReturning(Session session, T record) {
    return writes.insertReturning(session, record);
  }

  /**
   * Writes new rows, all or none, in a transaction or in a savepoint of the caller's: one {@code
   * insert … select from unnest(…)} for each 5,000 rows or 4 million characters.
   *
   * <p>From 10,000 rows on those of a {@link RepositoryBuilder#shared()} repository go through
   * COPY, if the table takes it from this role: it is no view and has no row-level security.
   *
   * @throws ServerException if the server wrote another number of rows
   */
  public void insertAll(Session session, Collection<? extends T> records) {
    bulk.insertAll(session, records);
  }

  /**
   * Writes new rows as {@link #insertAll} does, but never by COPY, and reads what the server made
   * of them.
   *
   * @return the rows as they are stored now, in the order of the records
   * @throws InvalidDataException also if a record refuses what would be stored; nothing is then
   */
  public List<T> insertAllReturning(Session session, Collection<? extends T> records) {
    return bulk.insertAllReturning(session, records);
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
    return writes.update(session, record);
  }

  /**
   * Replaces rows that nobody changed since they were read; all or none, in a transaction or in a
   * savepoint of the caller's.
   *
   * <p>The rows are locked in the order of their identifiers, so that two such calls cannot
   * deadlock whatever the order of their records. Two round trips for each 5,000 rows.
   *
   * @throws StaleVersionException with {@link OnStale#FAIL_ALL}, if a row has another version
   * @throws NotFoundException with {@link OnStale#FAIL_ALL}, if the session sees no such row
   * @throws InvalidDataException if two records have the same identifier
   */
  public BulkResult<I> updateAll(
      Session session, Collection<? extends T> records, OnStale onStale) {
    return bulk.updateAll(session, records, onStale);
  }

  /**
   * Writes some columns of a row; the last writer of each wins. One round trip.
   *
   * @return the row as it is stored now, its version one higher
   * @throws NotFoundException if the session sees no such row
   * @throws UsageException if the patch is empty or names a column that is unknown, the identifier,
   *     the tenant, the version, or one that the repository fills in; before any I/O
   * @throws InvalidDataException if it makes a column null whose field or component is not
   *     nullable, before any I/O
   */
  public T patch(Session session, I identifier, Patch patch) {
    return patches.patch(session, identifier, patch, OptionalLong.empty());
  }

  /**
   * Writes some columns of a row that still has this version; see {@link #patch(Session, Object,
   * Patch)}.
   *
   * @throws StaleVersionException if the row has another version
   */
  public T patch(Session session, I identifier, Patch patch, long expectedVersion) {
    return patches.patch(session, identifier, patch, OptionalLong.of(expectedVersion));
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
    return writes.upsert(session, record, Set.of());
  }

  /**
   * Writes a row, whether one with the same values in the columns of a {@link
   * RepositoryBuilder#unique} key exists or not; see {@link #upsert(Session, Object)}. An existing
   * row keeps its identifier.
   *
   * @throws UsageException if the columns are no declared key, before any I/O
   */
  public T upsert(Session session, T record, Field<?>... key) {
    return writes.upsert(session, record, table.names(key, "upsert"));
  }

  /**
   * Writes rows, whether they exist or not, all or none; in the order of their identifiers, or of
   * the columns of a {@link RepositoryBuilder#unique} key if one is named. One round trip for each
   * 5,000 rows.
   *
   * @throws InvalidDataException if two records have the same key, or a row is in the trash
   */
  public void upsertAll(Session session, Collection<? extends T> records, Field<?>... key) {
    bulk.upsertAll(session, records, table.names(key, "upsertAll"));
  }

  /**
   * Removes a row, or puts it into the trash where the builder says {@link
   * RepositoryBuilder#softDelete}. One round trip, and a second one where there was nothing to
   * remove.
   *
   * @return whether there was one
   * @throws ServerException if there is one and a trigger or a rule kept it
   */
  public boolean delete(Session session, I identifier) {
    return writes.delete(session, identifier);
  }

  /**
   * Removes rows, or puts them into the trash; all or none, locked in the order of their
   * identifiers. Two round trips for each 5,000.
   *
   * @return how many there were
   */
  public long deleteAll(Session session, Collection<? extends I> identifiers) {
    return bulk.deleteAll(session, identifiers);
  }

  /**
   * Takes a row out of the trash. One round trip.
   *
   * @return the row as it is stored now
   * @throws NotFoundException if it is not in the trash
   * @throws InvalidDataException if another row has taken a unique value of it meanwhile
   */
  public T restore(Session session, I identifier) {
    return writes.restore(session, identifier);
  }

  /** One page of the rows in the trash, as {@link #page} reads the others. */
  public Page<T> trash(Session session, Page.Request request) {
    return reads.trash(session, request);
  }

  /**
   * Removes the rows of this session that have been in the trash for longer than their grace; 5,000
   * at a time, each a unit of work of its own outside a transaction.
   *
   * @return how many there were
   * @throws InvalidDataException if other rows refer to some of them, which it names and which stay
   */
  public long purge(Session session) {
    return purge.purge(session);
  }

  /**
   * The indexes of the declared {@link RepositoryBuilder#unique} keys, as SQL for a migration:
   * partial where rows go into the trash, so that a deleted row does not hold its values.
   */
  public String uniqueSql() {
    return BulkStatements.of(table).uniqueSql();
  }

  /**
   * The table whose trash is purged, for the name of a task.
   *
   * @throws UsageException if there is no trash
   */
  String trashName() {
    table.requireSoftDelete("purge");
    return String.join(".", table.table().getQualifiedName().getName());
  }

  /**
   * One page of rows, in a stable order, in both directions; while others insert and delete, every
   * row that stays is met exactly once.
   *
   * <p>The identifier is appended to the order, so that ties are broken. Rows with nulls stand
   * where the order puts them, as in SQL: last in ascending and first in descending order, unless
   * it says {@code nullsFirst()} or {@code nullsLast()}. One round trip.
   *
   * @throws InvalidDataException if the cursor was changed, or was made for another order,
   *     repository or tenant, or with other {@link CursorKeys}; before any I/O
   * @throws UsageException if a sort column is null though its field is declared not null
   */
  public Page<T> page(Session session, Page.Request request) {
    return reads.page(session, request);
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
    return reads.stream(session, condition, List.of(), work);
  }

  /**
   * Hands all rows that match to a callback, in this order and no other; see {@link
   * #stream(Session, Condition, StreamWork)}. Without an index on the order the server sorts them
   * all first.
   */
  public <R, X extends Exception> R stream(
      Session session,
      Condition condition,
      List<? extends SortField<?>> order,
      StreamWork<T, R, X> work)
      throws X {
    return reads.stream(session, condition, order, work);
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
