package dev.tenon.examples.benchmarks;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
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
public class ReadBenchmark {

  private HostReads hosts;
  private UUID[] identifiers;
  private int next;

  /** Made by JMH. */
  public ReadBenchmark() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  void open(Coordinates coordinates) {
    hosts = HostReads.open(coordinates);
    identifiers = hosts.identifiers().toArray(UUID[]::new);
  }

  @TearDown
  public void close() {
    hosts.close();
  }

  @Benchmark
  public Optional<Host> tenantRepository() {
    return hosts.repository(identifier());
  }

  @Benchmark
  public Optional<Host> tenantJooq() {
    return hosts.jooq(identifier());
  }

  @Benchmark
  public Optional<Host> tenantSetLocal() throws SQLException {
    return hosts.setLocal(identifier());
  }

  @Benchmark
  public Optional<Host> tenantSetReset() throws SQLException {
    return hosts.setReset(identifier());
  }

  @Benchmark
  public Optional<Host> activeTenantRepository() {
    return hosts.activeRepository(identifier());
  }

  @Benchmark
  public Optional<Host> tenantJdbc() throws SQLException {
    return hosts.jdbc(identifier());
  }

  @Benchmark
  public Optional<Host> repository() {
    return hosts.sharedRepository(identifier());
  }

  @Benchmark
  public Optional<Host> jdbc() throws SQLException {
    return hosts.sharedJdbc(identifier());
  }

  private UUID identifier() {
    next = next + 1 < identifiers.length ? next + 1 : 0;
    return identifiers[next];
  }
}
