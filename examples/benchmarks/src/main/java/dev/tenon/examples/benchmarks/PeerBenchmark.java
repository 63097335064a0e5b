package dev.tenon.examples.benchmarks;

import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One operation as Tenon and each of its peers do it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init")
public abstract class PeerBenchmark {

  private Peers peers;

  PeerBenchmark() {}

  @Setup
  public void openKept() throws Exception {
    Coordinates coordinates = Coordinates.ofThisRun();
    open(coordinates, Peers.kept(coordinates));
  }

  /** On connections of their own, which {@link #close} closes. */
  public void open(Coordinates coordinates) throws SQLException {
    open(coordinates, Peers.open(coordinates));
  }

  private void open(Coordinates coordinates, Peers opened) throws SQLException {
    peers = opened;
    prepare(coordinates, opened);
  }

  public void close() {
    peers.close();
  }

  abstract void prepare(Coordinates coordinates, Peers opened) throws SQLException;

  abstract <E> Object call(PeerHosts<E> hosts) throws SQLException;

  Object call(Peer peer) throws SQLException {
    return call(peers.hosts(peer));
  }

  @Benchmark
  public Object tenon() throws SQLException {
    return call(Peer.TENON);
  }

  @Benchmark
  public Object jdbc() throws SQLException {
    return call(Peer.JDBC);
  }

  @Benchmark
  public Object jooq() throws SQLException {
    return call(Peer.JOOQ);
  }

  @Benchmark
  public Object ebean() throws SQLException {
    return call(Peer.EBEAN);
  }

  @Benchmark
  public Object hibernate() throws SQLException {
    return call(Peer.HIBERNATE);
  }

  @Benchmark
  public Object hibernateStateless() throws SQLException {
    return call(Peer.HIBERNATE_STATELESS);
  }

  @Benchmark
  public Object springData() throws SQLException {
    return call(Peer.SPRING_DATA);
  }

  @Benchmark
  public Object jdbi() throws SQLException {
    return call(Peer.JDBI);
  }
}
