package dev.tenon.core;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.SortField;

/**
 * The rows of a {@link Repository}, read as records of some of their columns; made by {@link
 * Repository#project}. Immutable and safe for use by many threads.
 *
 * <p>Each component of the record maps to the column of the same name in snake case, and nothing
 * else is read. Rows of other tenants and rows in the trash are not seen, conditions and orders may
 * name columns that are not in the record, and errors are those of the repository.
 *
 * @param <P> the record type
 * @param <I> the type of the rows' identifier
 */
public final class Projection<P, I> {

  private final RowReads<P, I> reads;

  Projection(RowReads<P, I> reads) {
    this.reads = reads;
  }

  /** See {@link Repository#find}. */
  public Optional<P> find(Session session, I identifier) {
    return reads.find("find", session, identifier);
  }

  /** See {@link Repository#findAll}. */
  public List<P> findAll(Session session, Collection<? extends I> identifiers) {
    return reads.findAll(session, identifiers);
  }

  /** See {@link Repository#list}. */
  public List<P> list(Session session, Condition condition, SortField<?>... order) {
    return reads.list(session, condition, order);
  }

  /** See {@link Repository#top}. */
  public List<P> top(Session session, int limit, Condition condition, SortField<?>... order) {
    return reads.top(session, limit, condition, order);
  }

  /**
   * See {@link Repository#page}.
   *
   * @throws UsageException if the record lacks the identifier or a column of the order, of which
   *     cursors are made
   */
  public Page<P> page(Session session, Page.Request request) {
    return reads.page(session, request);
  }

  /** See {@link Repository#stream}. */
  public <R, X extends Exception> R stream(
      Session session, Condition condition, Repository.StreamWork<P, R, X> work) throws X {
    return reads.stream(session, condition, List.of(), work);
  }

  /** See {@link Repository#stream(Session, Condition, List, Repository.StreamWork)}. */
  public <R, X extends Exception> R stream(
      Session session,
      Condition condition,
      List<? extends SortField<?>> order,
      Repository.StreamWork<P, R, X> work)
      throws X {
    return reads.stream(session, condition, order, work);
  }
}
