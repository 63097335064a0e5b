package dev.tenon.examples.quickstart;

import static dev.tenon.examples.quickstart.Schema.GRAPHS;
import static dev.tenon.examples.quickstart.Schema.HOSTS;
import static dev.tenon.examples.quickstart.Schema.INCIDENTS;
import static dev.tenon.examples.quickstart.Schema.RUNBOOKS;

import dev.tenon.tenancy.TenantSession;
import dev.tenon.vector.Embedding;
import java.util.ArrayList;
import java.util.List;

/** Writes what a fleet owns: rows, samples, embeddings and a graph. */
final class LoadFleet {

  private final Report report;
  private final TenantSession session;
  private final Fleet fleet;

  LoadFleet(Report report, TenantSession session, Fleet fleet) {
    this.report = report;
    this.session = session;
    this.fleet = fleet;
  }

  void run(List<Reading> readings, Embedder embedder) {
    report.step(fleet.name() + ": host, incident and graph", rows -> rows, this::rows);
    long samples = samples(readings);
    long runbooks = runbooks(embedder);
    report.line(
        "%s: 1 host, 1 incident, %d causes, %,d samples, %d runbooks",
        fleet.name(), fleet.causes().size(), samples, runbooks);
  }

  /** One transaction: all three or none. */
  private int rows() {
    session.transaction(
        transaction -> {
          HOSTS.insert(transaction, fleet.host());
          INCIDENTS.insert(transaction, fleet.incident());
          GRAPHS.insert(transaction, fleet.graphId(), fleet.graph());
        });
    return 3;
  }

  private long samples(List<Reading> readings) {
    long loaded =
        report.step(
            fleet.name() + ": load the telemetry",
            rows -> rows,
            () -> LoadTelemetry.append(session, fleet.host().name(), readings));
    report.expect("samples loaded", 30_045L, loaded);
    return loaded;
  }

  private long runbooks(Embedder embedder) {
    List<RunbookText> texts = RunbookShelf.of(fleet.name());
    List<Embedding> vectors =
        report.step(
            fleet.name() + ": embed the runbooks",
            List::size,
            () -> embedder.embed(texts.stream().map(RunbookText::text).toList()));
    List<Runbook> runbooks = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      runbooks.add(texts.get(i).embedded(vectors.get(i)));
    }
    long loaded =
        report.step(
            fleet.name() + ": load the runbooks",
            rows -> rows,
            () -> RUNBOOKS.load(session, runbooks.stream()));
    report.expect("runbooks loaded", 32L, loaded);
    return loaded;
  }
}
