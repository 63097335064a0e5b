package dev.tenon.core.health;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.tenon.core.Database;
import dev.tenon.core.Problem;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.core.health.HealthFinding.Check;
import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.core.internal.Required;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import javax.sql.DataSource;

/**
 * Looks at the pool, the server and the indexes of one database.
 *
 * <p>Reads the catalogue and the statistics only. The sessions and standbys of other roles are
 * visible to members of {@code pg_read_all_stats}. Indexes and bloat are looked at by {@code
 * io.github.mfvanek:pg-index-health-core}, which Tenon does not bring along. What cannot be looked
 * at is a finding itself, and the other checks go on; where no connection is to be had, one
 * critical finding ends the report. Ask a reader for its own health: {@code
 * DatabaseHealth.of(database.reader())}. Immutable and safe for use by many threads.
 */
public final class DatabaseHealth {

  private final Database database;
  private final Limits limits;
  private final List<String> schemas;
  private final Clock clock;

  private DatabaseHealth(Database database, Limits limits, List<String> schemas, Clock clock) {
    this.database = database;
    this.limits = limits;
    this.schemas = schemas;
    this.clock = clock;
  }

  /**
   * From where something is a finding. Immutable.
   *
   * @param transaction how long a transaction may stay open; 5 min by default
   * @param replicationLag how far a standby may be behind; 10 s by default
   * @param retainedWal how many bytes a slot may keep; 1 GiB by default
   * @param cacheHitRatio the least share of pages from memory; 0.99 by default
   * @param freeConnections the least share of the server's connections that is free; 0.2 by default
   * @param bloat the most percent of dead space; 50 by default
   */
  public record Limits(
      Duration transaction,
      Duration replicationLag,
      long retainedWal,
      double cacheHitRatio,
      double freeConnections,
      double bloat) {

    public Limits {
      Required.require(transaction, "transaction", "DatabaseHealth.Limits");
      Required.require(replicationLag, "replicationLag", "DatabaseHealth.Limits");
      requireShare("cacheHitRatio", cacheHitRatio, 1);
      requireShare("freeConnections", freeConnections, 1);
      requireShare("bloat", bloat, 100);
    }

    public static Limits defaults() {
      return new Limits(Duration.ofMinutes(5), Duration.ofSeconds(10), 1L << 30, 0.99, 0.2, 50);
    }

    public Limits withTransaction(Duration open) {
      Required.require(open, "open", "DatabaseHealth.Limits.withTransaction");
      return new Limits(open, replicationLag, retainedWal, cacheHitRatio, freeConnections, bloat);
    }

    public Limits withReplicationLag(Duration behind) {
      Required.require(behind, "behind", "DatabaseHealth.Limits.withReplicationLag");
      return new Limits(transaction, behind, retainedWal, cacheHitRatio, freeConnections, bloat);
    }

    public Limits withRetainedWal(long bytes) {
      return new Limits(transaction, replicationLag, bytes, cacheHitRatio, freeConnections, bloat);
    }

    /** From 0 to 1. */
    public Limits withCacheHitRatio(double share) {
      return new Limits(transaction, replicationLag, retainedWal, share, freeConnections, bloat);
    }

    /** From 0 to 1. */
    public Limits withFreeConnections(double share) {
      return new Limits(transaction, replicationLag, retainedWal, cacheHitRatio, share, bloat);
    }

    /** From 0 to 100. */
    public Limits withBloat(double percent) {
      return new Limits(
          transaction, replicationLag, retainedWal, cacheHitRatio, freeConnections, percent);
    }

    private static void requireShare(String name, double value, double whole) {
      if (!(value >= 0 && value <= whole)) {
        throw new UsageException(
            Problem.what(name + " is " + value)
                .where("DatabaseHealth.Limits")
                .why("it is a share of the whole, which is " + whole)
                .fix("pass a number from 0 to " + whole));
      }
    }
  }

  /**
   * With the default limits, and all schemas of the database; indexes of Tenon's own schema {@code
   * tenon} are neither missed nor found unused.
   */
  public static DatabaseHealth of(Database database) {
    Required.require(database, "database", "DatabaseHealth.of");
    return new DatabaseHealth(database, Limits.defaults(), List.of(), Clock.systemUTC());
  }

  public DatabaseHealth withLimits(Limits other) {
    Required.require(other, "limits", "DatabaseHealth.withLimits");
    return new DatabaseHealth(database, other, schemas, clock);
  }

  /** Looks at the indexes and the bloat of these schemas only. */
  public DatabaseHealth withSchemas(String... names) {
    return new DatabaseHealth(database, limits, List.of(names), clock);
  }

  /** Dates its reports by this clock instead of the system's. */
  public DatabaseHealth withClock(Clock other) {
    Required.require(other, "clock", "DatabaseHealth.withClock");
    return new DatabaseHealth(database, limits, schemas, other);
  }

  /**
   * Looks at everything, in some ten statements. Where no connection is to be had, it returns after
   * one or two waits for one.
   */
  public HealthReport report() {
    Round round = new Round(new Reach(database));
    Optional<HealthReport.PoolUse> pool = poolUse();
    pool.flatMap(DatabaseHealth::waiting).ifPresent(round.findings::add);
    round.reach();
    ServerChecks server = new ServerChecks(database, limits);
    round.look(Check.CONNECTIONS, server::connections);
    round.look(Check.TRANSACTIONS, server::transactions);
    round.look(Check.REPLICATION, server::replication);
    round.look(Check.WRAPAROUND, server::wraparound);
    round.look(
        Check.CACHE,
        () -> {
          round.cacheHitRatio = server.cacheHitRatio();
          return server.cache(round.cacheHitRatio);
        });
    round.look(Check.INVALID_INDEXES, () -> indexes().invalid());
    round.look(Check.UNUSED_INDEXES, () -> indexes().unused());
    round.look(Check.MISSING_INDEXES, () -> indexes().missing());
    round.look(Check.BLOAT, () -> indexes().bloat());
    round.findings.sort(Comparator.comparing(HealthFinding::severity));
    return new HealthReport(
        clock.instant(), pool, round.cacheHitRatio, round.findings, round.unchecked);
  }

  private IndexChecks indexes() {
    return new IndexChecks(database, limits, schemas);
  }

  /** How the pool is used now, without asking the server; empty where it is not HikariCP's. */
  public Optional<HealthReport.PoolUse> poolUse() {
    if (!(database.unwrap(DataSource.class) instanceof HikariDataSource own)) {
      return Optional.empty();
    }
    HikariPoolMXBean now = own.getHikariPoolMXBean();
    if (now == null) { // it makes its pool for the first borrower
      return Optional.empty();
    }
    return Optional.of(
        new HealthReport.PoolUse(
            now.getActiveConnections(),
            now.getIdleConnections(),
            now.getThreadsAwaitingConnection(),
            own.getMaximumPoolSize()));
  }

  private static Optional<HealthFinding> waiting(HealthReport.PoolUse pool) {
    return pool.waiting() == 0
        ? Optional.empty()
        : Optional.of(
            new HealthFinding(
                Check.POOL,
                Severity.WARNING,
                "the pool",
                pool.waiting() + " threads wait for one of " + pool.size() + " connections",
                "make statements and transactions shorter, or enlarge the pool"));
  }

  /** One look. */
  @FunctionalInterface
  interface Look {
    List<HealthFinding> findings() throws UncheckableException;
  }

  /** What one report has found so far. */
  private static final class Round {

    private final List<HealthFinding> findings = new ArrayList<>();
    private final Set<Check> unchecked = EnumSet.noneOf(Check.class);
    private final Reach reach;
    private boolean unreachable;
    private OptionalDouble cacheHitRatio = OptionalDouble.empty();

    Round(Reach reach) {
      this.reach = reach;
    }

    /** Whether the server answers; if not, one finding says why, and nothing else is looked at. */
    boolean reach() {
      Optional<HealthFinding> failure = unreachable ? Optional.empty() : reach.failure();
      failure.ifPresent(findings::add);
      unreachable |= failure.isPresent();
      return !unreachable;
    }

    void look(Check check, Look look) {
      if (unreachable) {
        unchecked.add(check);
        return;
      }
      try {
        findings.addAll(look.findings());
      } catch (NoClassDefFoundError missing) {
        unchecked(
            check,
            "pg-index-health is not on the class path",
            "add io.github.mfvanek:pg-index-health-core, 0.30 or later");
      } catch (UncheckableException reason) {
        unchecked(check, reason.what(), reason.fix());
      } catch (TenonException error) {
        unchecked(check, error.problem().what(), "look into the log of the server");
      }
    }

    private void unchecked(Check check, String what, String fix) {
      unchecked.add(check);
      if (!reach()) {
        return;
      }
      findings.add(
          new HealthFinding(check, Severity.ADVICE, "this check", "not made: " + what, fix));
    }
  }
}
