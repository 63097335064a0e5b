package dev.tenon.examples.benchmarks;

import java.sql.SQLException;
import java.util.UUID;

/** One row read and written with its version in a transaction. */
@SuppressWarnings("NullAway.Init")
public class UpdateBenchmark extends PeerBenchmark implements CountedBenchmark {

  private UUID[] keys;
  private int next;

  /** Made by JMH. */
  public UpdateBenchmark() {}

  @Override
  void prepare(Coordinates coordinates, Peers opened) throws SQLException {
    keys = opened.keys().toArray(UUID[]::new);
  }

  @Override
  <E> Object call(PeerHosts<E> hosts) throws SQLException {
    next = next + 1 < keys.length ? next + 1 : 0;
    hosts.update(keys[next], load -> load + 1);
    return keys[next];
  }
}
