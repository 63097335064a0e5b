package dev.tenon.examples.benchmarks;

import java.sql.SQLException;
import java.util.UUID;

/** One row by its key. */
@SuppressWarnings("NullAway.Init")
public class FindBenchmark extends PeerBenchmark implements CountedBenchmark {

  private UUID[] keys;
  private int next;

  /** Made by JMH. */
  public FindBenchmark() {}

  @Override
  void prepare(Coordinates coordinates, Peers opened) throws SQLException {
    keys = opened.keys().toArray(UUID[]::new);
  }

  @Override
  <E> Object call(PeerHosts<E> hosts) throws SQLException {
    next = next + 1 < keys.length ? next + 1 : 0;
    return hosts.find(keys[next]);
  }
}
