package dev.tenon.core.health;

import dev.tenon.core.health.HealthFinding.Check;
import dev.tenon.core.health.HealthFinding.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * How a database was doing at one moment. Immutable.
 *
 * @param at when
 * @param pool how the pool was used; empty where it is not HikariCP's
 * @param cacheHitRatio pages found in the server's memory, of all that this database has asked for
 *     since its statistics began; empty before it asked for any
 * @param findings the most urgent first
 * @param unchecked what could not be looked at; each has a finding that says why, or all have one
 *     critical finding of the check {@code POOL} where no connection was to be had
 */
public record HealthReport(
    Instant at,
    Optional<PoolUse> pool,
    OptionalDouble cacheHitRatio,
    List<HealthFinding> findings,
    Set<Check> unchecked) {

  /**
   * How a pool is used.
   *
   * @param waiting threads that wait for a connection
   */
  public record PoolUse(int active, int idle, int waiting, int size) {}

  public HealthReport {
    findings = List.copyOf(findings);
    unchecked = Set.copyOf(unchecked);
  }

  /**
   * Whether nothing is critical: what a readiness probe asks. Where no connection is to be had,
   * because the server cannot be reached or the pool is lent out, it is false.
   */
  public boolean isServing() {
    return findings.stream().noneMatch(finding -> finding.severity() == Severity.CRITICAL);
  }

  /** The findings of one check. */
  public List<HealthFinding> findings(Check check) {
    return findings.stream().filter(finding -> finding.check() == check).toList();
  }
}
