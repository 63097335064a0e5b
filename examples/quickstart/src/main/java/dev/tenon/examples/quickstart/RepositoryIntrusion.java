package dev.tenon.examples.quickstart;

import static dev.tenon.examples.quickstart.Schema.GRAPHS;
import static dev.tenon.examples.quickstart.Schema.HOSTS;
import static dev.tenon.examples.quickstart.Schema.HOST_ID;
import static dev.tenon.examples.quickstart.Schema.ID;
import static dev.tenon.examples.quickstart.Schema.INCIDENTS;
import static dev.tenon.examples.quickstart.Schema.RUNBOOKS;
import static dev.tenon.examples.quickstart.Schema.SAMPLES;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.core.graph.Edge;
import dev.tenon.core.graph.GraphPatch;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.timeseries.TimeRange;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** One tenant, who somehow learned the ids of another's rows, tries to reach them by the API. */
final class RepositoryIntrusion {

  private final Attempts attempts;
  private final TenantSession session;
  private final Fleet own;
  private final Fleet theirs;

  /** How many samples a day has. */
  record Day(Instant start, long samples) {}

  /** The intruder has a session of its own fleet, and knows everything of the other. */
  RepositoryIntrusion(Report report, TenantSession session, Fleet own, Fleet theirs) {
    this.attempts = new Attempts(report, "repository");
    this.session = session;
    this.own = own;
    this.theirs = theirs;
  }

  /** Returns how many attempts were refused. */
  int run(Database database, Runbook theirRunbook, Caches caches) {
    hosts();
    sessions(database);
    samples();
    runbooks(theirRunbook);
    graphs();
    cache(caches);
    return attempts.refused();
  }

  private void hosts() {
    Host host = theirs.host();
    attempts.meetsNoRow("read a host", () -> HOSTS.find(session, host.id()));
    attempts.failsWith(
        NotFoundException.class,
        "change a host",
        () -> HOSTS.update(session, new Host(host.id(), "taken", "taken", 1, host.version())));
    attempts.meetsNoRow("delete a host", () -> HOSTS.delete(session, host.id()));
    attempts.linksNothing(
        "link an own incident to their host",
        () ->
            INCIDENTS.insert(
                session,
                new Incident(
                    UuidV7.next(), host.id(), "planted", "x", "y", own.incident().startedAt(), 1)));
  }

  private void sessions(Database database) {
    attempts.failsWith(
        UsageException.class,
        "insert a host without a tenant",
        () -> HOSTS.insert(database, new Host(UuidV7.next(), "stray", "stray", 1, 1)));
    attempts.failsWith(
        UsageException.class,
        "become them by a setting",
        () -> session.withSetting(TenantId.SETTING, theirs.tenant().toString()));
  }

  private void samples() {
    TimeRange always = TimeRange.of(Instant.EPOCH, Instant.parse("2100-01-01T00:00:00Z"));
    UUID host = theirs.host().id();
    attempts.meetsNoRow(
        "read the samples of a host", () -> SAMPLES.range(session, always, HOST_ID.eq(host)));
    attempts.meetsNoRow(
        "aggregate the samples of a host",
        () ->
            SAMPLES
                .buckets(session, always, Duration.ofDays(1))
                .where(HOST_ID.eq(host))
                .count()
                .fetchInto(Day.class));
    attempts.linksNothing(
        "append a sample to their host",
        () ->
            SAMPLES.append(
                session, List.of(new Sample(host, "planted", own.incident().startedAt(), 1, "x"))));
  }

  private void runbooks(Runbook known) {
    attempts.meetsNoRow(
        "find a runbook by its own vector",
        () -> RUNBOOKS.search(session, known.embedding()).where(ID.eq(known.id())).fetch().hits());
  }

  private void graphs() {
    attempts.meetsNoRow("read the graph", () -> GRAPHS.find(session, theirs.graphId()));
    GraphPatch weaker =
        GraphPatch.builder().changeConfidence(theirs.graph().edges().get(0).id(), 0.01).build();
    attempts.failsWith(
        NotFoundException.class,
        "change an edge of the graph",
        () -> GRAPHS.patch(session, theirs.graphId(), 1, weaker));
    GraphPatch across =
        GraphPatch.builder()
            .addEdge(Edge.of("planted", own.incident().service(), theirs.incident().service(), 1))
            .build();
    attempts.failsWith(
        InvalidDataException.class,
        "link the own graph to a service of theirs",
        () -> GRAPHS.patch(session, own.graphId(), 1, across));
  }

  /** Their host is cached under the same identifier, in their tenant. */
  private void cache(Caches caches) {
    attempts.meetsNoRow(
        "read a host from the cache",
        () -> caches.hosts().find(session, theirs.host().id(), id -> HOSTS.find(session, id)));
  }
}
