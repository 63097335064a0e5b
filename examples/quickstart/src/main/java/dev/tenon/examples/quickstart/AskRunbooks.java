package dev.tenon.examples.quickstart;

import static dev.tenon.examples.quickstart.Schema.RUNBOOKS;
import static dev.tenon.examples.quickstart.Schema.SEVERITY;

import dev.tenon.tenancy.TenantSession;
import dev.tenon.vector.Embedding;
import dev.tenon.vector.Hit;
import dev.tenon.vector.SearchResult;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/** Finds the runbooks that are nearest to a question in plain words. */
final class AskRunbooks {

  private static final int TOP = 3;

  private final Report report;
  private final TenantSession session;
  private final Fleet fleet;
  private final Embedder embedder;

  AskRunbooks(Report report, TenantSession session, Fleet fleet, Embedder embedder) {
    this.report = report;
    this.session = session;
    this.fleet = fleet;
    this.embedder = embedder;
  }

  void run() {
    report.line("Question: %s", fleet.question());
    Embedding question = embedder.embed(fleet.question());
    show("search the runbooks", question, DSL.noCondition());
    report.line("The same among the critical ones:");
    show("search the critical runbooks", question, SEVERITY.eq("critical"));
    report.blank();
  }

  private void show(String step, Embedding question, Condition condition) {
    SearchResult<Runbook.Brief> found =
        report.step(
            fleet.name() + ": " + step,
            result -> result.hits().size(),
            () ->
                RUNBOOKS
                    .search(session, question)
                    .into(Runbook.Brief.class)
                    .where(condition)
                    .top(TOP)
                    .fetch());
    report.expect("runbooks found", TOP, found.hits().size());
    for (Hit<Runbook.Brief> hit : found.hits()) {
      Runbook.Brief runbook = hit.record();
      report.line(
          "  %.3f  %-56s %s, %s",
          hit.score(), runbook.title(), runbook.service(), runbook.severity());
    }
  }
}
