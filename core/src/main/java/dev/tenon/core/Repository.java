package dev.tenon.core;

import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.Condition;
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

  Repository(RowTable<T, I> table) {
    this.table = table;
    this.reads = new RowReads<>(table);
    this.writes = new RowWrites<>(table);
  }

  /** Begins a repository over a jOOQ table, generated or declared by hand. */
  public static <T> RepositoryBuilder<T, ?> of(Table<?> table, Class<T> type) {
    return new RepositoryBuilder<>(
        Arguments.require(table, "table", "Repository.of"),
        Arguments.require(type, "type", "Repository.of"));
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

  /**
   * Writes a new row. One round trip.
   *
   * @throws ServerException if a trigger or a rule kept the row from being written
   */
  public void insert(Session session, T record) {
    writes.insert(session, record);
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
   * Writes a row, whether it exists or not; the last writer wins. One round trip.
   *
   * <p>An existing row keeps its version column counting: it becomes one higher, whatever the
   * record says, and one that the component cannot hold is refused.
   *
   * @return the row as it is stored now
   * @throws UnreadableResultException if the row was written, but the record refuses what is stored
   */
  public T upsert(Session session, T record) {
    return writes.upsert(session, record);
  }

  /**
   * Removes a row. One round trip, and a second one where there was nothing to remove.
   *
   * @return whether there was one
   * @throws ServerException if there is one and a trigger or a rule kept it
   */
  public boolean delete(Session session, I identifier) {
    return writes.delete(session, identifier);
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
    return reads.stream(session, condition, work);
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
