package dev.tenon.cache;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.time.Duration;

/**
 * How long values live, how many are held in the process, and who may see them.
 *
 * <p>Starts with {@link #timeToLive}: nothing is cached forever.
 *
 * @param ttl how long Redis keeps a value; at least 1 ms
 * @param localTtl how long the process keeps a value it read, at most {@code ttl}; 30 s or {@code
 *     ttl} by default
 * @param localEntries how many values the process holds; 10,000 by default
 * @param version the version of the values' shape, part of every key; 1 by default. Invalidation
 *     reaches the two versions before and the two after, so that a rolling deployment of neighbours
 *     is safe
 * @param shared whether the values belong to no tenant and every tenant sees the same; false by
 *     default
 */
public record CachePolicy(
    Duration ttl, Duration localTtl, int localEntries, int version, boolean shared) {

  private static final Duration LOCAL_TTL = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofDays(3650);
  private static final int HIGHEST_VERSION = 1_000_000;

  /**
   * Checks the parts.
   *
   * @throws UsageException if one is out of range
   */
  public CachePolicy {
    require(
        ttl.compareTo(Duration.ofMillis(1)) >= 0 && ttl.compareTo(LONGEST) <= 0,
        "ttl",
        ttl,
        "every value must expire",
        "pass 1 ms to 10 years");
    require(
        localTtl.compareTo(Duration.ofMillis(1)) >= 0 && localTtl.compareTo(ttl) <= 0,
        "localTtl",
        localTtl,
        "the process must not keep a value longer than Redis, " + ttl,
        "pass 1 ms to " + ttl);
    require(
        localEntries >= 1,
        "localEntries",
        localEntries,
        "the process needs room for one value",
        "pass 1 or more");
    require(
        version >= 1 && version <= HIGHEST_VERSION,
        "version",
        version,
        "versions count from 1",
        "pass 1 to 1000000");
  }

  /** Values that Redis keeps for this long. */
  public static CachePolicy timeToLive(Duration ttl) {
    return new CachePolicy(ttl, ttl.compareTo(LOCAL_TTL) < 0 ? ttl : LOCAL_TTL, 10_000, 1, false);
  }

  public CachePolicy withLocalTtl(Duration limit) {
    return new CachePolicy(ttl, limit, localEntries, version, shared);
  }

  public CachePolicy withLocalEntries(int limit) {
    return new CachePolicy(ttl, localTtl, limit, version, shared);
  }

  public CachePolicy withVersion(int number) {
    return new CachePolicy(ttl, localTtl, localEntries, number, shared);
  }

  /** Values of no tenant, which a session of any tenant or of none sees. */
  public CachePolicy sharedByAllTenants() {
    return new CachePolicy(ttl, localTtl, localEntries, version, true);
  }

  private static void require(
      boolean valid, String part, Object value, String reason, String remedy) {
    if (!valid) {
      throw new UsageException(
          Problem.what(part + " is " + value).where("CachePolicy." + part).why(reason).fix(remedy));
    }
  }
}
