package dev.tenon.core;

import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How the connections of a {@link Database} are pooled by HikariCP. Immutable.
 *
 * @param size the bound of the pool; 10 by default. A few per core of the server is plenty
 * @param minimumIdle how many stay open while nobody needs them; as many as the size by default
 * @param connectionTimeout how long a borrower waits for a connection; 10 s by default
 * @param idleTimeout how long one above the minimum stays open unused; 10 min by default
 * @param maximumLifetime when a connection is replaced, at the latest; 30 min by default
 * @param keepalive how often an idle connection is asked whether it still stands; 2 min by default
 * @param leakAfter when HikariCP logs the stack of whoever still holds a connection; never by
 *     default
 * @param name what its meters, its threads and HikariCP's log lines call it; by default {@code
 *     tenon}, and for a reader the name of its writer with {@code -reader}
 */
public record Pool(
    int size,
    int minimumIdle,
    Duration connectionTimeout,
    Duration idleTimeout,
    Duration maximumLifetime,
    Duration keepalive,
    Optional<Duration> leakAfter,
    Optional<String> name) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");

  /**
   * Checks each option, and those that must fit each other.
   *
   * @throws UsageException if one is out of the range that HikariCP takes, naming it
   */
  public Pool {
    requireSize(size);
    if (minimumIdle < 0 || minimumIdle > size) {
      throw refused(
          "minimumIdle is " + minimumIdle + " of a size of " + size,
          "a pool cannot keep more connections than it may have",
          "pass a minimumIdle from 0 to the size");
    }
    requireAtLeast("connectionTimeout", connectionTimeout, Duration.ofMillis(250));
    requireAtLeast("idleTimeout", idleTimeout, Duration.ofSeconds(10));
    requireAtLeast("maximumLifetime", maximumLifetime, Duration.ofSeconds(30));
    requireAtLeast("keepalive", keepalive, Duration.ofSeconds(30));
    Required.require(leakAfter, "leakAfter", "Pool");
    Required.require(name, "name", "Pool");
    leakAfter.ifPresent(after -> requireAtLeast("leakAfter", after, Duration.ofSeconds(2)));
    requireWithinLifetime("idleTimeout", idleTimeout, maximumLifetime);
    requireWithinLifetime("keepalive", keepalive, maximumLifetime);
    leakAfter.ifPresent(after -> requireWithinLifetime("leakAfter", after, maximumLifetime));
    name.ifPresent(Pool::requireName);
  }

  /** A pool of up to this many connections, with the defaults. */
  public static Pool of(int size) {
    requireSize(size);
    return new Pool(
        size,
        size,
        Duration.ofSeconds(10),
        Duration.ofMinutes(10),
        Duration.ofMinutes(30),
        Duration.ofMinutes(2),
        Optional.empty(),
        Optional.empty());
  }

  public Pool withMinimumIdle(int connections) {
    return new Pool(
        size,
        connections,
        connectionTimeout,
        idleTimeout,
        maximumLifetime,
        keepalive,
        leakAfter,
        name);
  }

  /** At least 250 ms. */
  public Pool withConnectionTimeout(Duration wait) {
    return new Pool(
        size, minimumIdle, wait, idleTimeout, maximumLifetime, keepalive, leakAfter, name);
  }

  /** At least 10 s, and less than the maximum lifetime. */
  public Pool withIdleTimeout(Duration unused) {
    return new Pool(
        size, minimumIdle, connectionTimeout, unused, maximumLifetime, keepalive, leakAfter, name);
  }

  /** At least 30 s: some seconds less than whatever else ends a connection, such as a firewall. */
  public Pool withMaximumLifetime(Duration age) {
    return new Pool(
        size, minimumIdle, connectionTimeout, idleTimeout, age, keepalive, leakAfter, name);
  }

  /** At least 30 s, and less than the maximum lifetime. */
  public Pool withKeepalive(Duration interval) {
    return new Pool(
        size,
        minimumIdle,
        connectionTimeout,
        idleTimeout,
        maximumLifetime,
        interval,
        leakAfter,
        name);
  }

  /**
   * Has HikariCP warn, with the stack of the borrower, of a connection that is held this long. At
   * least 2 s. Costs the making of a stack for each loan.
   */
  public Pool withLeakAfter(Duration held) {
    return new Pool(
        size,
        minimumIdle,
        connectionTimeout,
        idleTimeout,
        maximumLifetime,
        keepalive,
        Optional.of(Required.require(held, "held", "Pool.withLeakAfter")),
        name);
  }

  /**
   * Tells this pool from others in the same process: give each a name of its own where more than
   * one is measured. 1 to 63 letters, digits, hyphens, dots and underscores.
   */
  public Pool withName(String own) {
    return new Pool(
        size,
        minimumIdle,
        connectionTimeout,
        idleTimeout,
        maximumLifetime,
        keepalive,
        leakAfter,
        Optional.of(Required.require(own, "name", "Pool.withName")));
  }

  private static void requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw refused(
          "the name of the pool is '" + Problem.excerpt(name) + "'",
          "it stands in the tag of each meter and in the names of threads",
          "pass 1 to 63 letters, digits, hyphens, dots and underscores, a letter or a digit first");
    }
  }

  private static void requireSize(int size) {
    if (size < 1) {
      throw refused(
          "the size of the pool is " + size,
          "a pool needs at least one connection",
          "pass 1 or more; a few per core of the server is plenty");
    }
  }

  private static void requireAtLeast(String option, Duration value, Duration least) {
    Required.require(value, option, "Pool");
    if (value.compareTo(least) < 0 || value.compareTo(Duration.ofDays(24)) > 0) {
      throw refused(
          option + " is " + value,
          "HikariCP takes no less than " + least + " for it, and Tenon no more than 24 days",
          "pass " + least + " or more");
    }
  }

  private static void requireWithinLifetime(String option, Duration value, Duration lifetime) {
    if (value.compareTo(lifetime) >= 0) {
      throw refused(
          option + " is " + value + " with a maximumLifetime of " + lifetime,
          "a connection is replaced before that time comes",
          "make " + option + " shorter, or maximumLifetime longer first");
    }
  }

  private static UsageException refused(String what, String why, String fix) {
    return new UsageException(Problem.what(what).where("Pool").why(why).fix(fix));
  }
}
