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
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        report.step("migrate", () -> migrate(owner));
        afterMigration.accept(owner);
      }
      try (Database database = servers.asApplication();
          Caches caches = Caches.open(servers.redis(), Duration.ofSeconds(30));
          Caches neighbour = Caches.open(servers.redis(), Duration.ofMillis(1))) {
        new Quickstart(report).run(database, embedder, caches, neighbour);
      }
    } catch (TenonException error) {
      report.surprise(error.problem().message());
    }
    return report.close();
  }

  private static void migrate(Database owner) {
    owner.migrate(Schema.migrations(owner.capabilities()).toArray(Migrations[]::new));
  }

  private void run(Database database, Embedder embedder, Caches caches, Caches neighbour) {
    TenantDatabase tenants = TenantDatabase.on(database);
    report.heading("Load");
    List<Reading> readings = report.step("read the CSV", List::size, TelemetryFile::bundled);
    Map<Fleet, List<Reading>> shares = shared(readings);
    shares.forEach(
        (fleet, share) ->
            new LoadFleet(report, tenants.as(fleet.tenant()), fleet).run(share, embedder));
    shares.forEach(
        (fleet, share) -> {
          TenantSession session = tenants.as(fleet.tenant());
          report.heading("Fleet " + fleet.name() + ", host " + fleet.host().name());
          new ShowTelemetry(report, session, fleet, share).run();
          new AskRunbooks(report, session, fleet, embedder).run();
          new ExplainIncident(report, session, fleet).run();
          new ReadCached(report, session, fleet, caches, neighbour).run();
        });
    intrude(database, tenants, embedder, caches);
  }

  /** The first half of the time goes to harbor, the second to meadow. */
  private Map<Fleet, List<Reading>> shared(List<Reading> readings) {
    int half = readings.size() / 2;
    Map<Fleet, List<Reading>> shares = new LinkedHashMap<>();
    shares.put(harbor, readings.subList(0, half));
    shares.put(meadow, readings.subList(half, readings.size()));
    return shares;
  }

  /** Harbor tries to reach what meadow owns, by ids that it knows. */
  private void intrude(
      Database database, TenantDatabase tenants, Embedder embedder, Caches caches) {
    report.heading("harbor tries to reach the rows of meadow");
    TenantSession intruder = tenants.as(harbor.tenant());
    TenantSession owner = tenants.as(meadow.tenant());
    FleetState before = FleetState.of(owner);
    Runbook known =
        RUNBOOKS.search(owner, embedder.embed(meadow.question())).top(1).fetch().records().get(0);
    int refused =
        new RepositoryIntrusion(report, intruder, harbor, meadow).run(database, known, caches)
            + new SqlIntrusion(report, intruder, harbor, meadow, known).run(database);
    report.expect("tables in which meadow owns nothing", List.of(), before.emptyTables());
    report.expect("the rows of meadow after the attempts", before, FleetState.of(owner));
    report.blank();
    report.line("%d attempts were refused as foretold.", refused);
    if (report.surprises().isEmpty()) {
      report.line("meadow still has its %,d rows, byte for byte.", before.allRows());
    }
  }
}
