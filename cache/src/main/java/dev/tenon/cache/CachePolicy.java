package dev.tenon.cache;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How long values live, how many are held in the process, what happens while they are loaded, and
 * who may see them.
 *
 * <p>Starts with {@link #timeToLive}: nothing is cached forever. Immutable; each step returns a new
 * policy.
 */
public final class CachePolicy {

  private static final Duration LOCAL_TTL = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofDays(3650);
  static final Duration SHORTEST = Duration.ofMillis(1);
  private static final int HIGHEST_VERSION = 1_000_000;
  private static final int LARGEST_VALUE = 512 << 20;

  private final Duration ttl;
  private final Duration localTtl;
  private final int localEntries;
  private final int version;
  private final boolean shared;
  private final double jitter;
  private final @Nullable Duration negativeTtl;
  private final Duration staleFor;
  private final @Nullable Duration softTimeout;
  private final @Nullable Duration hardTimeout;
  private final double refreshAhead;
  private final int largestValue;
  private final int compressedFrom;

  private CachePolicy(Draft draft) {
    this.ttl = draft.ttl;
    this.localTtl = draft.localTtl;
    this.localEntries = draft.localEntries;
    this.version = draft.version;
    this.shared = draft.shared;
    this.jitter = draft.jitter;
    this.negativeTtl = draft.negativeTtl;
    this.staleFor = draft.staleFor;
    this.softTimeout = draft.softTimeout;
    this.hardTimeout = draft.hardTimeout;
    this.refreshAhead = draft.refreshAhead;
    this.largestValue = draft.largestValue;
    this.compressedFrom = draft.compressedFrom;
  }

  /**
   * Values that Redis keeps for this long.
   *
   * @throws UsageException if it is not from 1 ms to 10 years
   */
  public static CachePolicy timeToLive(Duration ttl) {
    return new CachePolicy(new Draft(requireDuration("ttl", ttl, LONGEST)));
  }

  /**
   * How long the process keeps a value that it read, at most as long as Redis does; by default 30
   * s, or the time to live if that is shorter.
   */
  public CachePolicy withLocalTtl(Duration limit) {
    if (Required.require(limit, "localTtl", "CachePolicy.localTtl").compareTo(ttl) > 0) {
      throw refused(
          "localTtl",
          limit,
          "the process must not keep a value longer than Redis, " + ttl,
          "pass 1 ms to " + ttl);
    }
    return with(draft -> draft.localTtl = requireDuration("localTtl", limit, ttl));
  }

  /** How many values the process holds; 10,000 by default. */
  public CachePolicy withLocalEntries(int limit) {
    return with(draft -> draft.localEntries = require("localEntries", limit, 1, Integer.MAX_VALUE));
  }

  /**
   * The version of the values' shape, part of every key; 1 by default. Invalidation reaches the two
   * versions before and the two after, so that a rolling deployment of neighbours is safe.
   */
  public CachePolicy withVersion(int number) {
    return with(draft -> draft.version = require("version", number, 1, HIGHEST_VERSION));
  }

  /** Values of no tenant, which a session of any tenant or of none sees. */
  public CachePolicy sharedByAllTenants() {
    return with(draft -> draft.shared = true);
  }

  /**
   * By how much of itself each time to live is shortened at random, so that values that were loaded
   * together do not end together; 0.1 by default.
   *
   * @throws UsageException if it is not from 0 to 0.9
   */
  public CachePolicy withJitter(double share) {
    if (!(share >= 0 && share <= 0.9)) {
      throw refused("jitter", share, "a value must keep some of its time", "pass 0 to 0.9");
    }
    return with(draft -> draft.jitter = share);
  }

  /** Remembers for this long that there is no value; by default that is asked for again. */
  public CachePolicy withNegativeTtl(Duration limit) {
    return with(draft -> draft.negativeTtl = requireDuration("negativeTtl", limit, LONGEST));
  }

  /**
   * Keeps a value for so much longer than its time to live, for when its loader fails or is slow,
   * and while another process loads it. An invalidation removes it as it does any other, and so
   * does a load that ends with an answer that is not kept, or with a {@link
   * dev.tenon.core.NotFoundException}.
   *
   * <p>What says that data or code is wrong reaches the caller instead: {@link
   * IllegalArgumentException}, and exceptions of Tenon but {@link
   * dev.tenon.core.RetryableException}, {@link dev.tenon.core.ServerException} and {@link
   * dev.tenon.core.OutcomeUnknownException}.
   */
  public CachePolicy withStaleIfError(Duration longer) {
    return with(draft -> draft.staleFor = requireDuration("staleIfError", longer, LONGEST));
  }

  /**
   * How long a call waits for its loader before it takes the value whose time has ended; the load
   * goes on in the background. Needs {@link #withStaleIfError}.
   */
  public CachePolicy withSoftTimeout(Duration limit) {
    return with(draft -> draft.softTimeout = requireDuration("softTimeout", limit, LONGEST));
  }

  /**
   * How long a call waits at all, for its loader and for others that load the same value: behind
   * that it gets a {@link dev.tenon.core.RetryableException}, and the load goes on in the
   * background, for those who ask later. What Redis takes counts, but no command is cut off. No
   * limit by default, and then loaders run in the thread of the caller, as they do in a
   * transaction.
   */
  public CachePolicy withHardTimeout(Duration limit) {
    return with(draft -> draft.hardTimeout = requireDuration("hardTimeout", limit, LONGEST));
  }

  /**
   * Loads a value in the background before its time ends, the sooner the longer it takes to load:
   * at random, so that one process does it for all (XFetch: Vattani, Chierichetti, Lowenstein,
   * Optimal Probabilistic Cache Stampede Prevention, VLDB 2015). While it may be due, which is for
   * four times as long as it takes to load, memory holds it only for a twentieth of that at a time.
   *
   * @param eagerness 1 is the paper's optimum, more is sooner
   * @throws UsageException if it is not above 0 and up to 100
   */
  public CachePolicy withRefreshAhead(double eagerness) {
    if (!(eagerness > 0 && eagerness <= 100)) {
      throw refused("refreshAhead", eagerness, "it stretches a time", "pass 1, or up to 100");
    }
    return with(draft -> draft.refreshAhead = eagerness);
  }

  /**
   * The most bytes of an encoded value; a longer one is not kept, and counted. 8 MiB by default.
   */
  public CachePolicy withLargestValue(int bytes) {
    return with(draft -> draft.largestValue = require("largestValue", bytes, 1, LARGEST_VALUE));
  }

  /** Compresses encoded values of so many bytes and more; none by default. */
  public CachePolicy withCompressionFrom(int bytes) {
    return with(
        draft -> draft.compressedFrom = require("compressionFrom", bytes, 0, LARGEST_VALUE));
  }

  Duration ttl() {
    return ttl;
  }

  Duration localTtl() {
    return localTtl;
  }

  int localEntries() {
    return localEntries;
  }

  int version() {
    return version;
  }

  boolean shared() {
    return shared;
  }

  /** A time to live with its jitter. */
  Duration jittered(Duration time) {
    double share = 1 - jitter * ThreadLocalRandom.current().nextDouble();
    return Duration.ofMillis(Math.max(1, (long) (time.toMillis() * share)));
  }

  Optional<Duration> negativeTtl() {
    return Optional.ofNullable(negativeTtl);
  }

  /** Zero where nothing is kept for longer. */
  Duration staleFor() {
    return staleFor;
  }

  Optional<Duration> softTimeout() {
    return Optional.ofNullable(softTimeout);
  }

  Optional<Duration> hardTimeout() {
    return Optional.ofNullable(hardTimeout);
  }

  /** Zero where nothing is refreshed. */
  double refreshAhead() {
    return refreshAhead;
  }

  int largestValue() {
    return largestValue;
  }

  int compressedFrom() {
    return compressedFrom;
  }

  /** Looks at what one setting means to another. */
  CachePolicy checked() {
    if (softTimeout != null && staleFor.isZero()) {
      throw refused(
          "softTimeout",
          softTimeout,
          "without staleIfError there is no value to take instead",
          "set staleIfError too, or use hardTimeout");
    }
    if (softTimeout != null && hardTimeout != null && softTimeout.compareTo(hardTimeout) >= 0) {
      throw refused(
          "softTimeout",
          softTimeout,
          "the call ends at the hardTimeout of " + hardTimeout,
          "make softTimeout the shorter one");
    }
    return this;
  }

  @Override
  public String toString() {
    return "CachePolicy[ttl="
        + ttl
        + ", localTtl="
        + localTtl
        + ", localEntries="
        + localEntries
        + ", version="
        + version
        + ", shared="
        + shared
        + "]";
  }

  private CachePolicy with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return new CachePolicy(draft);
  }

  private static Duration requireDuration(String part, Duration value, Duration longest) {
    Duration unused = Required.require(value, part, "CachePolicy." + part);
    if (value.compareTo(SHORTEST) < 0 || value.compareTo(longest) > 0) {
      throw refused(part, value, "every value must expire", "pass 1 ms to " + longest);
    }
    return value;
  }

  private static int require(String part, int value, int least, int most) {
    if (value < least || value > most) {
      throw refused(part, value, "it is out of range", "pass " + least + " to " + most);
    }
    return value;
  }

  private static UsageException refused(String part, Object value, String reason, String remedy) {
    return new UsageException(
        Problem.what(part + " is " + value).where("CachePolicy." + part).why(reason).fix(remedy));
  }

  /** What is changed on the way from one policy to the next. */
  private static final class Draft {

    private Duration ttl;
    private Duration localTtl;
    private int localEntries = 10_000;
    private int version = 1;
    private boolean shared;
    private double jitter = 0.1;
    private @Nullable Duration negativeTtl;
    private Duration staleFor = Duration.ZERO;
    private @Nullable Duration softTimeout;
    private @Nullable Duration hardTimeout;
    private double refreshAhead;
    private int largestValue = 8 << 20;
    private int compressedFrom = Integer.MAX_VALUE;

    private Draft(Duration ttl) {
      this.ttl = ttl;
      this.localTtl = ttl.compareTo(LOCAL_TTL) < 0 ? ttl : LOCAL_TTL;
    }

    private Draft(CachePolicy from) {
      this.ttl = from.ttl;
      this.localTtl = from.localTtl;
      this.localEntries = from.localEntries;
      this.version = from.version;
      this.shared = from.shared;
      this.jitter = from.jitter;
      this.negativeTtl = from.negativeTtl;
      this.staleFor = from.staleFor;
      this.softTimeout = from.softTimeout;
      this.hardTimeout = from.hardTimeout;
      this.refreshAhead = from.refreshAhead;
      this.largestValue = from.largestValue;
      this.compressedFrom = from.compressedFrom;
    }
  }
}
