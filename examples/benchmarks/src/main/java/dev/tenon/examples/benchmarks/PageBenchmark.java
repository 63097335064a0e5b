package dev.tenon.examples.benchmarks;

import java.sql.SQLException;

/** One page by the last row of the page before. */
@SuppressWarnings("NullAway.Init")
public class PageBenchmark extends PeerBenchmark implements CountedBenchmark {

  private PeerHosts.Place[] places;
  private int next;

  /** Made by JMH. */
  public PageBenchmark() {}

  @Override
  void prepare(Coordinates coordinates, Peers opened) {
    places = opened.places().toArray(PeerHosts.Place[]::new);
  }

  @Override
  <E> Object call(PeerHosts<E> hosts) throws SQLException {
    next = next + 1 < places.length ? next + 1 : 0;
    return hosts.page(places[next]);
  }
}
