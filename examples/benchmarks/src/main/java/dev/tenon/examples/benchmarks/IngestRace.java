package dev.tenon.examples.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A server with three empty tables that have their chunks, and rows for them: as records, and as a
 * file in the format of COPY BINARY.
 */
final class IngestRace implements AutoCloseable {

  private final CpuServer server;
  private final CpuFleet fleet;
  private final PsqlSession psql;
  private final double sum;

  /** What is measured of a load. */
  enum Measure {
    SECONDS("seconds"),
    RATE("rows/s"),
    CLIENT("client µs/row"),
    SERVER("server µs/row"),
    CPU("CPU µs/row");

    private final String label;

    Measure(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  IngestRace(CpuFleet fleet) throws SQLException, IOException {
    this.fleet = fleet;
    this.sum = fleet.sum();
    this.server = new CpuServer(List.of(CpuTable.PLAIN, CpuTable.SHARED, CpuTable.TELLING));
    try {
      CpuTable.PLAIN.append(server.session(), fleet.stream());
      CpuTable.TELLING.append(server.session(), fleet.stream());
      CpuTable.SHARED.append(server.session(), fleet.stream().map(OwnedCpuUsage::of));
      BatchFile.export(
          server.stage(), server.made(), "select %s from cpu".formatted(CpuTable.COLUMNS));
      this.psql = PsqlSession.open(server.stage().coordinates().get("psql"));
      server.stage().onClose(psql::close);
    } catch (SQLException | IOException | RuntimeException error) {
      server.close();
      throw error;
    }
  }

  CpuServer server() {
    return server;
  }

  CpuFleet fleet() {
    return fleet;
  }

  PsqlSession psql() {
    return psql;
  }

  Path batch() {
    return Path.of(server.stage().coordinates().get("batch"));
  }

  /** Loads all rows into the empty table and looks whether they are there. */
  Map<Measure, Double> measure(IngestArm arm) throws Exception {
    empty();
    System.gc();
    Duration clientBefore = client();
    Duration serverBefore = server.processorTime();
    long start = System.nanoTime();
    arm.load(this);
    double seconds = (System.nanoTime() - start) / 1e9;
    double clientMicros = microsPerRow(client().minus(clientBefore));
    double serverMicros = microsPerRow(server.processorTime().minus(serverBefore));
    verify(arm);
    Map<Measure, Double> figures = new EnumMap<>(Measure.class);
    figures.put(Measure.SECONDS, seconds);
    figures.put(Measure.RATE, fleet.rows() / seconds);
    figures.put(Measure.CLIENT, clientMicros);
    figures.put(Measure.SERVER, serverMicros);
    figures.put(Measure.CPU, clientMicros + serverMicros);
    return figures;
  }

  /** By how many bytes the heap grows while a writer takes all rows. */
  long writerHeap() throws Exception {
    empty();
    long bytes = new WriterLoad(this).heapGrowth();
    verify(IngestArm.WRITER);
    return bytes;
  }

  private Duration client() {
    return ProcessorTime.ofThisProcess().plus(psql.processorTime());
  }

  private double microsPerRow(Duration time) {
    return time.toNanos() / 1e3 / fleet.rows();
  }

  /** Leaves the chunks, so that nobody has to make them, and nothing to write for the server. */
  private void empty() throws SQLException {
    server.execute("truncate cpu, cpu_shared, cpu_telling, cpu_telling_changes");
    server.execute("checkpoint");
  }

  private void verify(IngestArm arm) throws SQLException {
    String query =
        "select count(*), coalesce(sum(%s), 0) from %s"
            .formatted(
                CpuTable.METRICS.stream()
                    .map(CpuTable::columnOf)
                    .collect(Collectors.joining(" + ")),
                arm.table());
    try (Connection connection = server.unbound().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      if (row.getLong(1) != fleet.rows() || row.getDouble(2) != sum) {
        throw new IllegalStateException(
            "%s stored %d rows of the sum %s instead of %d of %s"
                .formatted(arm, row.getLong(1), row.getDouble(2), fleet.rows(), sum));
      }
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
