package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * One holder at a time for each identifier of each tenant, all processes together, and a number
 * that tells a later holder from an earlier one.
 *
 * <p>While a lock is held the cache's heart renews its lease; when the process ends or is cut off,
 * the lease ends by itself. A holder that was paused can believe for a moment that it still holds
 * the lock, and a Redis that lost its memory gives the lock twice: what must not happen then is
 * prevented by the {@link Hold#token() fencing token} where the work is written. Not reentrant, and
 * not fair. Safe for use by many threads.
 */
public final class DistributedLock {

  /**
   * Takes the lock where it is free. KEYS: lock, last token. ARGV: holder, milliseconds of the
   * lease, milliseconds for which the token is remembered. Answers {@code {{token}}}, or {@code
   * {{0}}}.
   *
   * <p>The token is the time in microseconds, or one more than the last: it rises where the last
   * one was forgotten, and where the clock goes back.
   */
  private static final RedisScript ACQUIRE =
      RedisScript.of(
          "ACQUIRE",
          """
      if redis.call('exists', KEYS[1]) == 1 then return {{0}} end
      local time = redis.call('time')
      local last = tonumber(redis.call('get', KEYS[2]) or '0')
      local token = math.max(time[1] * 1000000 + time[2], last + 1)
      redis.call('set', KEYS[2], string.format('%.0f', token), 'px', ARGV[3])
      redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
      return {{token}}
      """);

  private static final Duration TOKEN_KEPT = Duration.ofDays(1);
  private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(50);

  private final Space space;
  private final Duration lease;
  private final LockRenewals renewals;
  private final String process = UUID.randomUUID().toString();
  private final AtomicLong holders = new AtomicLong();

  DistributedLock(Space space, Duration lease, LockRenewals renewals) {
    this.space = space;
    this.lease = lease;
    this.renewals = renewals;
  }

  /** A lock that was got; closing it gives it back. Safe for use by many threads. */
  public sealed interface Hold extends AutoCloseable permits HeldLock {

    /**
     * A number that is larger than that of every earlier holder of this lock. Store it with what
     * the lock protects, and refuse there what carries a smaller one.
     *
     * <p>It is made of the time of Redis in microseconds, so it rises even where Redis lost its
     * memory; where its clock goes back it rises for a day after the last holder, as long as Redis
     * keeps its memory.
     */
    long token();

    /**
     * Whether the lease runs by this process's own count, which ends before that of Redis. A pause
     * of the process right after the answer is what the token is for.
     */
    boolean isHeld();

    /**
     * Runs the action, in a thread of its own, when the lock is lost before it was closed; at once
     * where it is lost already. The loss is noticed at the next heartbeat of the cache.
     */
    Hold onLoss(Runnable action);

    /**
     * Gives the lock back where this is still its holder. Throws nothing: where Redis does not
     * answer it is tried again until the lease has ended anyway.
     */
    @Override
    void close();
  }

  /** Asks once. */
  public Optional<Hold> tryAcquire(Owner owner, String identifier) {
    return acquire(owner, identifier, 0);
  }

  /**
   * Asks until the lock is got, the wait has passed or the thread is interrupted, at least every 50
   * ms.
   *
   * @param wait 1 ms to 10 years
   * @return empty where it is held by somebody else
   * @throws UsageException if the wait is out of range
   * @throws InvalidDataException if the identifier is null or longer than 512 characters
   * @throws RetryableException if Redis did not answer; the lock is not held
   * @throws ServerException if Redis refused
   */
  public Optional<Hold> tryAcquire(Owner owner, String identifier, Duration wait) {
    return acquire(
        owner,
        identifier,
        Arguments.duration(space.where("DistributedLock.tryAcquire"), "wait", wait).toMillis());
  }

  private Optional<Hold> acquire(Owner owner, String identifier, long waitMillis) {
    String tag = space.tag("DistributedLock.tryAcquire", owner, identifier);
    long start = System.nanoTime();
    long pause = FIRST_PAUSE;
    while (true) {
      Optional<Hold> hold = ask(tag);
      long rest = TimeUnit.MILLISECONDS.toNanos(waitMillis) - (System.nanoTime() - start);
      if (hold.isPresent() || rest <= 0 || Thread.currentThread().isInterrupted()) {
        return hold;
      }
      LockSupport.parkNanos(
          this, Math.min(rest, pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2)));
      pause = Math.min(LONGEST_PAUSE, pause * 2);
    }
  }

  private Optional<Hold> ask(String tag) {
    byte[] holder = Arguments.ascii(process + ":" + holders.incrementAndGet());
    long sent = System.nanoTime();
    Answer answer;
    try {
      answer =
          space.ask(
              "DistributedLock.tryAcquire",
              ACQUIRE,
              new String[] {tag + "lock", tag + "token"},
              holder,
              Arguments.millis(lease),
              Arguments.millis(lease.plus(TOKEN_KEPT)));
    } catch (TenonException unanswered) {
      // It may have been taken all the same.
      new HeldLock(renewals, tag + "lock", holder, lease, 0, sent).abandon();
      throw unanswered;
    }
    if (answer.number(0) == 0) {
      return Optional.empty();
    }
    HeldLock held = new HeldLock(renewals, tag + "lock", holder, lease, answer.number(0), sent);
    renewals.add(held);
    return Optional.of(held);
  }

  @Override
  public String toString() {
    return "DistributedLock[" + space.name() + ", lease=" + lease + "]";
  }

  /** A lease that can be renewed in time. */
  static Duration lease(Duration value, Duration heartbeat) {
    String place = "Ephemeral.lock";
    Duration lease = Arguments.duration(place, "lease", Required.require(value, "lease", place));
    if (lease.compareTo(heartbeat.multipliedBy(3)) < 0) {
      throw new UsageException(
          Problem.what("lease is " + value + " and CacheConfig.heartbeat is " + heartbeat)
              .where(place)
              .why("a lease is renewed at heartbeats, some of which may fail")
              .fix("pass a lease of at least three heartbeats"));
    }
    return lease;
  }
}
