package dev.tenon.examples.quickstart;

import static dev.tenon.examples.quickstart.Schema.RUNBOOKS;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.TenonException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/** Fleet observability for two tenants, on one PostgreSQL and one Redis. */
public final class Quickstart {

  private final Report report;
  private final Fleet harbor = Fleet.harbor();
  private final Fleet meadow = Fleet.meadow();

  private Quickstart(Report report) {
    this.report = report;
  }

  /** Runs everything; exit code 0 if all was as promised, 1 after any surprise. */
  public static void main(String[] arguments) {
    PrintStream terminal =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    System.exit(run(new Report(terminal), owner -> {}));
  }

  /**
   * Runs everything and returns the exit code.
   *
   * @param afterMigration what else the owner of the tables does before the application starts
   */
  static int run(Report report, Consumer<Database> afterMigration) {
    try (Servers servers = report.step("start PostgreSQL and Redis", Servers::start);
        Embedder embedder = report.step("load the embedding model", Embedder::new)) {
      try (Database owner = servers.asOwner()) {
        report.step("migrate", () -> owner.migrate(Schema.migrations().toArray(Migrations[]::new)));
        afterMigration.accept(owner);
      }
      try (Database database = servers.asApplication()) {
        new Quickstart(report).run(database, embedder);
      }
    } catch (TenonException error) {
      report.surprise(error.problem().message());
    }
    return report.close();
  }

  private void run(Database database, Embedder embedder) {
    TenantDatabase tenants = TenantDatabase.on(database);
    for (Fleet fleet : List.of(harbor, meadow)) {
      new LoadFleet(report, tenants.as(fleet.tenant()), fleet).run(embedder);
    }
    for (Fleet fleet : List.of(harbor, meadow)) {
      TenantSession session = tenants.as(fleet.tenant());
      report.heading("Fleet " + fleet.name() + ", host " + fleet.host().name());
      new AskRunbooks(report, session, fleet, embedder).run();
      new ExplainIncident(report, session, fleet).run();
    }
    intrude(database, tenants, embedder);
  }

  /** Harbor tries to reach what meadow owns, by ids that it knows. */
  private void intrude(Database database, TenantDatabase tenants, Embedder embedder) {
    report.heading("harbor tries to reach the rows of meadow");
    TenantSession owner = tenants.as(meadow.tenant());
    FleetState before = FleetState.of(owner);
    Runbook known =
        RUNBOOKS.search(owner, embedder.embed(meadow.question())).top(1).fetch().records().get(0);
    int refused =
        new Intrusion(report, database, tenants.as(harbor.tenant()), harbor, meadow, known).run();
    report.expect("tables in which meadow owns nothing", List.of(), before.emptyTables());
    report.expect("the rows of meadow after the attempts", before, FleetState.of(owner));
    report.line("");
    report.line("%d attempts were refused as foretold.", refused);
    if (report.surprises().isEmpty()) {
      report.line("meadow still has its %,d rows, byte for byte.", before.allRows());
    }
  }
}
