package dev.tenon.examples.quickstart;

import static dev.tenon.examples.quickstart.Schema.GRAPHS;
import static dev.tenon.examples.quickstart.Schema.INCIDENTS;

import dev.tenon.core.graph.ChainSearch.Chains.Chain;
import dev.tenon.core.graph.Edge;
import dev.tenon.core.graph.GraphRepository;
import dev.tenon.core.graph.Traversal;
import dev.tenon.tenancy.TenantSession;
import java.util.Locale;
import java.util.Optional;

/** Looks for the strongest chain of causes behind an incident. */
final class ExplainIncident {

  private final Report report;
  private final TenantSession session;
  private final Fleet fleet;

  ExplainIncident(Report report, TenantSession session, Fleet fleet) {
    this.report = report;
    this.session = session;
    this.fleet = fleet;
  }

  void run() {
    Incident incident = INCIDENTS.get(session, fleet.incident().id());
    report.line("Incident: %s", incident.title());
    Optional<Chain> strongest =
        report.step(
            fleet.name() + ": strongest causal chain",
            chain -> chain.map(found -> found.edges().size()).orElse(0),
            () -> strongestChain(incident));
    strongest.ifPresentOrElse(
        chain -> report.line("Cause:    %s", drawn(chain)),
        () -> report.surprise("no chain leads to " + incident.service()));
    report.blank();
  }

  private Optional<Chain> strongestChain(Incident incident) {
    GraphRepository.Stored stored = GRAPHS.get(session, fleet.graphId());
    return Traversal.of(stored.graph())
        .chains()
        .between(incident.rootService(), incident.service())
        .strongest();
  }

  private static String drawn(Chain chain) {
    StringBuilder line = new StringBuilder(chain.nodes().get(0).id());
    for (Edge edge : chain.edges()) {
      line.append(String.format(Locale.ROOT, " ─%.2f→ %s", edge.confidence(), edge.to()));
    }
    return line + String.format(Locale.ROOT, "   (together %.3f)", chain.confidence());
  }
}
