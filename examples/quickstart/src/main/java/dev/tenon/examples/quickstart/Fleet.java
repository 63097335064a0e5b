package dev.tenon.examples.quickstart;

import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.core.graph.Edge;
import dev.tenon.core.graph.Graph;
import dev.tenon.core.graph.Node;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A tenant of this example: the machines and services of one company.
 *
 * @param tenant who owns every row of it
 * @param graphId the key of the graph that the causes are stored as
 * @param causes which service disturbs which
 * @param question what somebody on call asks in plain words
 */
record Fleet(
    String name,
    TenantId tenant,
    Host host,
    Incident incident,
    UUID graphId,
    List<Cause> causes,
    String question) {

  /** A shop. Its backup keeps the disk busy until customers see an error page. */
  static Fleet harbor() {
    Host host = new Host(UuidV7.next(), "harbor-db-1", "database", 2, 1);
    return new Fleet(
        "harbor",
        TenantId.parse("0190a1b2-0000-7000-8000-00000000a001"),
        host,
        new Incident(
            UuidV7.next(),
            host.id(),
            "The shop answers with errors while the backup runs",
            "backup-agent",
            "storefront",
            Instant.parse("2026-11-20T16:25:00Z"),
            1),
        UuidV7.next(),
        List.of(
            new Cause("backup-agent", "block-storage", 0.93),
            new Cause("backup-agent", "search", 0.35),
            new Cause("block-storage", "orders-db", 0.90),
            new Cause("block-storage", "session-cache", 0.40),
            new Cause("orders-db", "inventory", 0.80),
            new Cause("orders-db", "checkout", 0.85),
            new Cause("inventory", "checkout", 0.60),
            new Cause("fraud-check", "payments", 0.70),
            new Cause("payments", "checkout", 0.45),
            new Cause("session-cache", "storefront", 0.65),
            new Cause("search", "storefront", 0.55),
            new Cause("checkout", "storefront", 0.75)),
        "The disk is busy writing and every query has to wait. What is to be done first?");
  }

  /** A video service. A crowded node slows the transcoder, and viewers see the picture stop. */
  static Fleet meadow() {
    Host host = new Host(UuidV7.next(), "meadow-node-1", "cluster node", 2, 1);
    return new Fleet(
        "meadow",
        TenantId.parse("0190a1b2-0000-7000-8000-00000000b002"),
        host,
        new Incident(
            UuidV7.next(),
            host.id(),
            "Pictures stop while the node is crowded",
            "cluster-node",
            "playback",
            Instant.parse("2026-11-20T16:52:00Z"),
            1),
        UuidV7.next(),
        List.of(
            new Cause("cluster-node", "dns", 0.50),
            new Cause("cluster-node", "transcoder", 0.88),
            new Cause("transcoder", "object-store", 0.72),
            new Cause("object-store", "edge-proxy", 0.83),
            new Cause("edge-proxy", "playback", 0.91),
            new Cause("dns", "player-api", 0.62),
            new Cause("player-api", "playback", 0.70),
            new Cause("event-broker", "recommendation", 0.66),
            new Cause("recommendation", "player-api", 0.20),
            new Cause("catalog", "player-api", 0.58)),
        "Threads only take turns on the processor and get nothing done. How do I stop that?");
  }

  /** The causes as a graph: each service is a node, once. */
  Graph graph() {
    List<Node> services =
        causes.stream()
            .flatMap(cause -> Stream.of(cause.from(), cause.to()))
            .distinct()
            .map(Node::of)
            .toList();
    List<Edge> edges =
        causes.stream()
            .map(c -> Edge.of(c.from() + " to " + c.to(), c.from(), c.to(), c.confidence()))
            .toList();
    return Graph.of(services, edges);
  }
}
