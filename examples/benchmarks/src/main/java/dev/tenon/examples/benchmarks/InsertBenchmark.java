package dev.tenon.examples.benchmarks;

import dev.tenon.core.UuidV7;
import java.io.IOException;
import java.sql.SQLException;
import java.util.UUID;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/** One new row in a transaction, into a table that is emptied before each iteration. */
public class InsertBenchmark extends PeerBenchmark implements CountedBenchmark {

  private final Host like = SharedHostTable.host(new UUID(0, 0));

  /** Made by JMH. */
  public InsertBenchmark() {}

  @Setup(Level.Iteration)
  public void empty() throws IOException, SQLException {
    SharedHostTable.empty(Coordinates.ofThisRun());
  }

  @Override
  void prepare(Coordinates coordinates, Peers opened) {}

  @Override
  <E> Object call(PeerHosts<E> hosts) throws SQLException {
    E row = hosts.row(UuidV7.next(), like);
    hosts.insert(row);
    return row;
  }
}
