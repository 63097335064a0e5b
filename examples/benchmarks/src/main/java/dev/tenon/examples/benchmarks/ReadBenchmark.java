package dev.tenon.examples.benchmarks;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One row by its key, with and without a tenant. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init")
public class ReadBenchmark implements CountedBenchmark {

  private HostReads hosts;
  private HostReads.Key[] keys;
  private int next;

  /** Made by JMH. */
  public ReadBenchmark() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  @Override
  public void open(Coordinates coordinates) {
    hosts = HostReads.open(coordinates);
    keys = hosts.keys().toArray(HostReads.Key[]::new);
  }

  @TearDown
  @Override
  public void close() {
    hosts.close();
  }

  @Benchmark
  public Optional<Host> tenantRepository() {
    return hosts.repository(key());
  }

  @Benchmark
  public Optional<Host> tenantJooq() {
    return hosts.jooq(key());
  }

  @Benchmark
  public Optional<Host> tenantPlainJooq() {
    return hosts.plainJooq(key());
  }

  @Benchmark
  public Optional<Host> tenantSetLocal() throws SQLException {
    return hosts.setLocal(key());
  }

  @Benchmark
  public Optional<Host> tenantSetReset() throws SQLException {
    return hosts.setReset(key());
  }

  @Benchmark
  public Optional<Host> activeTenantRepository() {
    return hosts.activeRepository(key());
  }

  @Benchmark
  public Optional<Host> tenantJdbc() throws SQLException {
    return hosts.jdbc(key());
  }

  @Benchmark
  public Optional<Host> repository() {
    return hosts.sharedRepository(key());
  }

  @Benchmark
  public Optional<Host> jdbc() throws SQLException {
    return hosts.sharedJdbc(key());
  }

  private HostReads.Key key() {
    next = next + 1 < keys.length ? next + 1 : 0;
    return keys[next];
  }
}
