package dev.tenon.examples.benchmarks;

import dev.tenon.core.UuidV7;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** Many new rows in a transaction, into an empty table; what holds them is made meanwhile. */
@SuppressWarnings("NullAway.Init")
public class BulkBenchmark extends PeerBenchmark {

  private final Host like = SharedHostTable.host(new UUID(0, 0));
  private Coordinates coordinates;
  private List<UUID> keys;

  /** Made by JMH. */
  public BulkBenchmark() {}

  @Override
  void prepare(Coordinates place, Peers opened) {
    coordinates = place;
    keys = Stream.generate(UuidV7::next).limit(Integer.parseInt(place.get("rows"))).toList();
  }

  @Setup(Level.Invocation)
  public void empty() throws SQLException {
    SharedHostTable.empty(coordinates);
  }

  @Override
  <E> Object call(PeerHosts<E> hosts) throws SQLException {
    List<E> rows = new ArrayList<>(keys.size());
    for (UUID key : keys) {
      rows.add(hosts.row(key, like));
    }
    hosts.insertAll(rows);
    return rows;
  }

  @Benchmark
  public Object unnest() throws SQLException {
    return call(Peer.JDBC_UNNEST);
  }

  @Benchmark
  public Object copy() throws SQLException {
    return call(Peer.JDBC_COPY);
  }

  @Benchmark
  public Object copyBinary() throws SQLException {
    return call(Peer.JDBC_COPY_BINARY);
  }
}
