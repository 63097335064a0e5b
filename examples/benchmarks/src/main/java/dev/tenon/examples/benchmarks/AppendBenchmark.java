package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.timeseries.TimeRange;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import javax.sql.DataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.postgresql.PGConnection;

/** One batch into an empty chunk; all ways end in the same table and its primary key. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OperationsPerInvocation(SampleTable.ROWS)
@SuppressWarnings("NullAway.Init")
public class AppendBenchmark {

  private static final String COPY =
      "copy samples (" + SampleTable.COLUMNS + ") from stdin (format binary)";

  private Database application;
  private Database superuser;
  private TenantSession session;
  private DataSource unbound;
  private PsqlSession psql;
  private String psqlCopy;
  private List<Sample> samples;
  private byte[] batch;

  /** Made by JMH. */
  public AppendBenchmark() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  void open(Coordinates coordinates) throws IOException {
    application = database(coordinates, "");
    superuser = database(coordinates, "superuser.");
    session = TenantDatabase.on(application).as(SampleTable.TENANT);
    unbound = superuser.unwrap(DataSource.class);
    psql = PsqlSession.open(coordinates.get("psql"));
    psqlCopy =
        "\\copy samples (%s) from '%s' with (format binary)"
            .formatted(SampleTable.COLUMNS, coordinates.get("batch"));
    samples = Sample.of(Integer.parseInt(coordinates.get("rows")));
    batch = Files.readAllBytes(Path.of(coordinates.get("batch")));
  }

  private static Database database(Coordinates coordinates, String role) {
    return SampleTable.open(
        coordinates.get("url"),
        new Credentials(coordinates.get(role + "user"), coordinates.get(role + "password")));
  }

  @Setup(Level.Invocation)
  public void empty() throws SQLException {
    try (Connection connection = unbound.getConnection()) {
      SampleTable.empty(connection);
    }
  }

  @TearDown
  public void close() {
    psql.close();
    application.close();
    superuser.close();
  }

  /** From Java records, each row checked by the policies. */
  @Benchmark
  public long repository() {
    return SampleTable.REPOSITORY.append(session, samples);
  }

  /** From a file in the right format, unchecked. */
  @Benchmark
  public String psqlCopy() throws IOException {
    return psql.run(psqlCopy);
  }

  /** From bytes in the right format, unchecked. */
  @Benchmark
  public long copyManager() throws SQLException, IOException {
    try (Connection connection = unbound.getConnection()) {
      return connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(COPY, new ByteArrayInputStream(batch), 1 << 16);
    }
  }

  /** What is stored now, by time and then by host. */
  List<Sample> stored() {
    return SampleTable.REPOSITORY.range(session, TimeRange.of(Instant.EPOCH, Instant.now()));
  }
}
