package dev.tenon.examples.quickstart;

import static dev.tenon.examples.quickstart.Schema.HOSTS;
import static dev.tenon.examples.quickstart.Schema.RUNBOOK_BRIEFS;

import dev.tenon.cache.CacheStatistics;
import dev.tenon.cache.EntityCache;
import dev.tenon.core.Page;
import dev.tenon.tenancy.TenantSession;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Reads through the cache: from the database, from Redis, from memory; and after a change.
 *
 * <p>Where Redis is late, the cache loads instead, so not every repeated read must be a hit.
 */
final class ReadCached {

  private final Report report;
  private final TenantSession session;
  private final Fleet fleet;
  private final Caches caches;
  private final Caches neighbour;

  /**
   * Takes two caches on one Redis.
   *
   * @param neighbour another process of the same service, which holds next to nothing in memory
   */
  ReadCached(Report report, TenantSession session, Fleet fleet, Caches caches, Caches neighbour) {
    this.report = report;
    this.session = session;
    this.fleet = fleet;
    this.caches = caches;
    this.neighbour = neighbour;
  }

  void run() {
    List<UUID> ids =
        RUNBOOK_BRIEFS.page(session, Page.Request.of(100)).rows().stream()
            .map(Runbook.Brief::id)
            .toList();
    CacheStatistics before = caches.runbooks().statistics();
    double database = read("from PostgreSQL", 10, ids, id -> RUNBOOK_BRIEFS.find(session, id));
    double memory = read("from memory", 1_000, ids, cached(caches.runbooks()));
    double redis = read("from Redis", 10, ids, cached(neighbour.runbooks()));
    CacheStatistics after = caches.runbooks().statistics();

    long reads = after.reads() - before.reads();
    long loads = after.loads() - before.loads();
    report.line(
        "Cached reads: %,d of %d runbooks, hit ratio %.4f",
        reads, ids.size(), 1 - (double) loads / reads);
    report.line(
        "  one takes %.2f µs from memory, %.0f µs from Redis, %.0f µs from PostgreSQL",
        memory, redis, database);
    report.expect("most reads are hits", true, loads <= reads / 10);
    report.expect(
        "most reads of the neighbour are hits",
        true,
        neighbour.runbooks().statistics().hitRatio() >= 0.9);
    readAfterChange();
  }

  private Function<UUID, Optional<Runbook.Brief>> cached(EntityCache<UUID, Runbook.Brief> cache) {
    return id -> cache.find(session, id, missing -> RUNBOOK_BRIEFS.find(session, missing));
  }

  /** Reads all once and then, timed, some times over; returns the microseconds of one read. */
  private double read(
      String how, int rounds, List<UUID> ids, Function<UUID, Optional<Runbook.Brief>> reader) {
    report.expect("runbooks at first read " + how, (long) ids.size(), found(ids, reader));
    long begin = System.nanoTime();
    long found =
        report.step(
            fleet.name() + ": read runbooks " + how,
            rows -> rows,
            () -> IntStream.range(0, rounds).mapToLong(round -> found(ids, reader)).sum());
    report.expect("runbooks read " + how, (long) rounds * ids.size(), found);
    return (System.nanoTime() - begin) / 1e3 / found;
  }

  private static long found(List<UUID> ids, Function<UUID, Optional<Runbook.Brief>> reader) {
    return ids.stream().filter(id -> reader.apply(id).isPresent()).count();
  }

  /** A change is seen by the next read, because the commit invalidates. */
  private void readAfterChange() {
    Host old = cachedHost();
    session.transaction(
        transaction -> {
          HOSTS.update(transaction, new Host(old.id(), old.name(), old.role(), 4, old.version()));
          caches.hosts().invalidate(transaction, old.id());
        });
    report.line(
        "  and %d cores after a change to 4, not the %d of before",
        cachedHost().cores(), old.cores());
    report.expect("cores in the cache after a change", 4, cachedHost().cores());
  }

  private Host cachedHost() {
    return caches.hosts().get(session, fleet.host().id(), id -> HOSTS.get(session, id));
  }
}
