package dev.tenon.tenancy;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How much of the database one tenant may take, so that its storm leaves room for the others.
 *
 * <p>A unit of work takes a place before it takes a connection and holds it as long, an open cursor
 * too. Inside its own unit of work of the same tenant a thread may have one more open without a
 * place, so that it never waits for itself; so a tenant has twice as many connections as places at
 * most. Such a unit counts against the rate like any other; a statement of the transaction itself
 * is no unit. Immutable.
 *
 * @param concurrentUnits how many units of work may run at once; fewer than the pool has
 *     connections, or the limit never binds; fewer than half of them, where units are nested
 * @param patience how long a unit of work waits for a place, or for its turn; 1 s by default
 * @param unitsPerSecond how many may begin in each second; no limit by default
 * @param statementTimeout instead of the database's own
 */
public record TenantLimits(
    int concurrentUnits,
    Duration patience,
    OptionalInt unitsPerSecond,
    Optional<Duration> statementTimeout) {

  private static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(1);

  /**
   * Checks the numbers.
   *
   * @throws UsageException if a number is not positive or a time is negative
   */
  public TenantLimits {
    if (concurrentUnits < 1) {
      throw refused("concurrentUnits", concurrentUnits, "1 or more");
    }
    if (patience.isNegative()) {
      throw refused("patience", patience, "zero or more");
    }
    if (unitsPerSecond.isPresent() && unitsPerSecond.getAsInt() < 1) {
      throw refused("unitsPerSecond", unitsPerSecond.getAsInt(), "1 or more");
    }
    statementTimeout
        .filter(timeout -> timeout.toMillis() < 1)
        .ifPresent(
            timeout -> {
              throw refused("statementTimeout", timeout, "1 ms or more");
            });
  }

  /** So many units of work at once, and no other limit. */
  public static TenantLimits concurrent(int units) {
    return new TenantLimits(units, DEFAULT_PATIENCE, OptionalInt.empty(), Optional.empty());
  }

  /** With this wait for a place; zero refuses at once. */
  public TenantLimits waiting(Duration atMost) {
    return new TenantLimits(concurrentUnits, atMost, unitsPerSecond, statementTimeout);
  }

  /** With so many units of work that may begin in each second. */
  public TenantLimits perSecond(int units) {
    return new TenantLimits(concurrentUnits, patience, OptionalInt.of(units), statementTimeout);
  }

  /** With this statement timeout; it travels with the tenant, in no round trip of its own. */
  public TenantLimits statementTimeout(Duration timeout) {
    return new TenantLimits(concurrentUnits, patience, unitsPerSecond, Optional.of(timeout));
  }

  private static UsageException refused(String setting, Object value, String wanted) {
    return new UsageException(
        Problem.what(setting + " is " + value)
            .where("TenantLimits")
            .why("such a limit would let nothing in")
            .fix("give " + wanted));
  }
}
