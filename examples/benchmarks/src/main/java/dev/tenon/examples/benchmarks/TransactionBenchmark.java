package dev.tenon.examples.benchmarks;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One, three and ten rows by their keys, each by a statement of its own, in one transaction. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init")
public class TransactionBenchmark implements CountedBenchmark {

  private HostReads hosts;
  private List<HostReads.Key> all;
  private int next;

  /** Made by JMH. */
  public TransactionBenchmark() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  @Override
  public void open(Coordinates coordinates) {
    hosts = HostReads.open(coordinates);
    all = hosts.keys();
  }

  @TearDown
  @Override
  public void close() {
    hosts.close();
  }

  @Benchmark
  public List<Host> repositoryOne() {
    return hosts.repositoryTransaction(keys(1));
  }

  @Benchmark
  public List<Host> jdbcOne() throws SQLException {
    return hosts.jdbcTransaction(keys(1));
  }

  @Benchmark
  public List<Host> setLocalOne() throws SQLException {
    return hosts.setLocalTransaction(keys(1));
  }

  @Benchmark
  public List<Host> setResetOne() throws SQLException {
    return hosts.setResetTransaction(keys(1));
  }

  @Benchmark
  public List<Host> repositoryThree() {
    return hosts.repositoryTransaction(keys(3));
  }

  @Benchmark
  public List<Host> jdbcThree() throws SQLException {
    return hosts.jdbcTransaction(keys(3));
  }

  @Benchmark
  public List<Host> setLocalThree() throws SQLException {
    return hosts.setLocalTransaction(keys(3));
  }

  @Benchmark
  public List<Host> setResetThree() throws SQLException {
    return hosts.setResetTransaction(keys(3));
  }

  @Benchmark
  public List<Host> repositoryTen() {
    return hosts.repositoryTransaction(keys(10));
  }

  @Benchmark
  public List<Host> jdbcTen() throws SQLException {
    return hosts.jdbcTransaction(keys(10));
  }

  @Benchmark
  public List<Host> setLocalTen() throws SQLException {
    return hosts.setLocalTransaction(keys(10));
  }

  @Benchmark
  public List<Host> setResetTen() throws SQLException {
    return hosts.setResetTransaction(keys(10));
  }

  private List<HostReads.Key> keys(int count) {
    next = next + 2 * count <= all.size() ? next + count : 0;
    return all.subList(next, next + count);
  }
}
