package dev.tenon.examples.benchmarks;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.DoubleUnaryOperator;

/**
 * What is compared, as one library does it; all use the same pool and the same table.
 *
 * @param <E> what the library holds a row in
 */
interface PeerHosts<E> extends AutoCloseable {

  /** The rows of a page. */
  int PAGE = 50;

  /**
   * Where a page begins.
   *
   * @param cursor the place as Tenon tells it
   * @param seenAt the order of the row before the page
   * @param id the identifier of that row
   */
  record Place(String cursor, Instant seenAt, UUID id) {}

  /** Without a transaction. */
  Optional<E> find(UUID id) throws SQLException;

  /** The rows behind this place, by {@code seen_at} and identifier. */
  List<E> page(Place place) throws SQLException;

  /** In a transaction, the row read and written, if it still has the version that was read. */
  void update(UUID id, DoubleUnaryOperator load) throws SQLException;

  /** In a transaction. */
  void insert(E row) throws SQLException;

  /** In a transaction, all of them. */
  void insertAll(List<E> rows) throws SQLException;

  /** A new row that is like a host, but for its identifier. */
  E row(UUID id, Host like);

  Host host(E row);

  @Override
  void close();
}
