package dev.tenon.cache.ephemeral;

import dev.tenon.cache.Cache;
import dev.tenon.cache.Codec;
import dev.tenon.cache.internal.RedisAccess;
import dev.tenon.cache.internal.RedisAccess.Need;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.Set;

/**
 * Makes what lives in Redis for a while, each by a name: the second part of its keys, lower case
 * letters, digits and hyphens.
 *
 * <p>Keys are {@code {service:kind-name:tenant:identifier}:part}, so all keys of one identifier are
 * in one slot of a Redis Cluster; everything written expires. Things of one kind and name share
 * their data, in this process and in others: give them the same settings. Each works as long as the
 * cache is open, over its connection and within its {@code commandTimeout}; what fails in Redis
 * reaches the caller as a {@link dev.tenon.core.RetryableException} where Redis did not answer, and
 * as a {@link dev.tenon.core.ServerException} where it refused. {@link Cache#forget} deletes
 * everything of a tenant.
 *
 * <p>Every factory throws an {@link InvalidDataException} for a name of another form. Safe for use
 * by many threads.
 */
public final class Ephemeral {

  private final RedisAccess access;
  private final LockRenewals renewals;
  private final Subscriptions subscriptions;

  private Ephemeral(RedisAccess access) {
    this.access = access;
    this.renewals = new LockRenewals(access);
    this.subscriptions = new Subscriptions(access.topology());
    access.attach(renewals);
    access.need("what Ephemeral makes", Set.of(Need.KEPT));
    access.attach(subscriptions);
  }

  /** What lives in the Redis of a cache. Make it once for a cache, which keeps it. */
  public static Ephemeral on(Cache cache) {
    return new Ephemeral(
        Required.require(cache, "cache", "Ephemeral.on").unwrap(RedisAccess.class));
  }

  /** Limits how often something happens, by identifier. */
  public RateLimiter rateLimiter(String name, RateLimit limit) {
    return new RateLimiter(
        Space.of(access, "limit", name), Required.require(limit, "limit", "Ephemeral.rateLimiter"));
  }

  /**
   * One holder at a time, by identifier.
   *
   * @param lease how long the lock is held where its holder cannot renew it, because it ended or
   *     cannot reach Redis: three heartbeats of the cache to 10 years. Short ones are free sooner
   *     after a crash, long ones outlast longer pauses
   * @throws dev.tenon.core.UsageException if the lease is out of range
   */
  public DistributedLock lock(String name, Duration lease) {
    return new DistributedLock(
        Space.of(access, "lock", name), DistributedLock.lease(lease, access.heartbeat()), renewals);
  }

  /**
   * The sessions of users.
   *
   * @param idle how long a session outlives its last use
   * @param longest how long it lives at most
   * @throws dev.tenon.core.UsageException if one is not of 1 ms to 10 years, or idle is longer
   */
  public UserSessions sessions(String name, Duration idle, Duration longest) {
    return new UserSessions(Space.of(access, "session", name), idle, longest);
  }

  /**
   * Keys of work that is to be done once.
   *
   * @param results turns results into bytes, at most 1 MiB each
   * @param running how long a runner has before another may begin; longer than the work ever takes
   * @param kept how long a result is kept
   * @throws dev.tenon.core.UsageException if one is not of 1 ms to 10 years
   */
  public <R> IdempotencyKeys<R> idempotencyKeys(
      String name, Codec<R> results, Duration running, Duration kept) {
    return new IdempotencyKeys<>(
        Space.of(access, "once", name),
        Required.require(results, "codec", "Ephemeral.idempotencyKeys"),
        running,
        kept);
  }

  /**
   * Members by their scores, by board.
   *
   * @param expiry how long a board outlives the last score that was set
   * @throws dev.tenon.core.UsageException if it is not of 1 ms to 10 years
   */
  public Leaderboard leaderboard(String name, Leaderboard.Order order, Duration expiry) {
    return new Leaderboard(Space.of(access, "board", name), order, expiry);
  }

  /**
   * How many different members were seen lately, about.
   *
   * @param bucket how much time is counted together
   * @param window how far back a count reaches: 1 to 400 buckets
   * @throws dev.tenon.core.UsageException if the window is not of whole buckets, or too many
   */
  public DistinctCounter distinctCounter(String name, Duration bucket, Duration window) {
    return new DistinctCounter(Space.of(access, "distinct", name), bucket, window);
  }

  /**
   * Who is online, exactly.
   *
   * @param timeout how long a member is online after its last sign of life
   * @throws dev.tenon.core.UsageException if it is not of 1 ms to 10 years
   */
  public Presence presence(String name, Duration timeout) {
    return new Presence(Space.of(access, "presence", name), timeout);
  }

  /**
   * Messages to whoever listens now.
   *
   * @param messages turns messages into bytes, at most 64 KiB each
   */
  public <M> Topic<M> topic(String name, Codec<M> messages) {
    return new Topic<>(Space.of(access, "topic", name), messages, subscriptions);
  }

  /**
   * Tasks that some worker does later.
   *
   * @param tasks turns tasks into bytes, at most 1 MiB each
   */
  public <T> TaskQueue<T> taskQueue(String name, Codec<T> tasks, TaskPolicy policy) {
    Space space = Space.of(access, "task", name);
    access.need("tasks of '" + name + "'", Set.of(Need.KEPT, Need.LASTING));
    return new TaskQueue<>(
        space,
        Required.require(tasks, "codec", "Ephemeral.taskQueue"),
        Required.require(policy, "policy", "Ephemeral.taskQueue"));
  }
}
