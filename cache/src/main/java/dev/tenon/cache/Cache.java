package dev.tenon.cache;

import dev.tenon.cache.internal.RedisAccess;
import dev.tenon.cache.internal.RedisLink;
import dev.tenon.cache.internal.RedisTopology;
import dev.tenon.core.Database;
import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.core.outbox.Relay;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A two-level cache of one service: memory in front of Redis, in front of PostgreSQL.
 *
 * <p>A value that an invalidation overtook never comes back, and Redis may be slow or gone: reads
 * then go to their loader. Keys in Redis are {@code {service:entity:tenant:identifier}:version};
 * everything written expires.
 *
 * <p>Safe for use by many threads. Holds two connections and a daemon thread until it is closed.
 */
public final class Cache implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Cache.class);

  /** Heartbeats in which a bus that is up brings nothing. */
  private static final int MOST_DEAF = 6;

  private static final int ATTEMPTS = 1_000_000;
  private static final long FIRST_CONNECTION_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final CacheConfig config;
  private final RedisTopology topology;
  private final Fence fence = new Fence();
  private final Entities entities;
  private final RedisLink link;
  private final Announcer announcer;
  private final HeardMessages heard;
  private final PendingInvalidations pending;
  private final EntityAssembly assembly;
  private final Bus bus;
  private final TenantSweep sweep;
  private final InvalidationEvents events;
  private final ConfirmedInvalidations confirmed;
  private final ScheduledExecutorService heart;
  private final Background background;
  private final RedisAccess access;
  private final RedisChecks checks;

  private Cache(CacheConfig config, RedisTopology topology) {
    this.config = config;
    this.topology = topology;
    String channel = config.service() + ":invalidations:2";
    Sequence sequence = new Sequence();
    this.link = new RedisLink(config.commandTimeout(), topology);
    this.announcer = new Announcer(link, channel, sequence);
    this.pending =
        new PendingInvalidations(announcer, () -> tell(CacheEvent.INVALIDATION_DEFERRED));
    this.sweep = new TenantSweep(link, config.service(), announcer);
    this.heard = new HeardMessages(sequence.process(), System::nanoTime);
    this.events = new InvalidationEvents(config.service(), config.outbox());
    this.entities = new Entities(config.outbox());
    this.confirmed = new ConfirmedInvalidations(pending, entities::heard);
    this.bus = new Bus(channel, fence, this::clear, this::heard, this::tell, topology);
    this.heart =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "tenon-cache-" + config.service());
              thread.setDaemon(true);
              return thread;
            });
    this.background = new Background(config.service());
    this.assembly = new EntityAssembly(config, link, fence, pending, announcer, events, background);
    topology.onDisconnected(pending::doubtRecent);
    this.access = new RedisAccess(config.service(), link, topology, config.heartbeat(), heart);
    this.checks =
        new RedisChecks(access, this::hearsInvalidations, bus::failure, () -> !entities.isEmpty());
  }

  /**
   * Starts a cache. Waits at most 1 s for Redis; where that is too short the cache starts with
   * loads and connects in the background.
   *
   * @throws UsageException if the URL is not one of Redis
   */
  public static Cache open(CacheConfig config) {
    Cache cache = new Cache(config, config.topology());
    var unused =
        cache.heart.scheduleWithFixedDelay(
            cache::beat, 0, config.heartbeat().toMillis(), TimeUnit.MILLISECONDS);
    cache.awaitConnection();
    return cache;
  }

  /**
   * The cached values of one entity, as JSON in Redis.
   *
   * @param name the second part of the keys: lower case letters, digits and hyphens
   * @param identifier UUID, String, Long or Integer
   * @param value an immutable type that Jackson can write and read, such as a record
   * @throws UsageException if the name is taken, the identifier of another type, or the cache
   *     closed
   */
  public <K, V> EntityCache<K, V> entity(
      String name, Class<K> identifier, Class<V> value, CachePolicy policy) {
    return entity(name, identifier, Codec.json(value), policy);
  }

  /** Like {@link #entity(String, Class, Class, CachePolicy)}, with a codec of the caller's. */
  public <K, V> EntityCache<K, V> entity(
      String name, Class<K> identifier, Codec<V> codec, CachePolicy policy) {
    pending.requireOpen("Cache.entity");
    EntityCache<K, V> entity = assembly.entity(name, identifier, codec, policy);
    entities.add(entity);
    return entity;
  }

  /**
   * Values of an entity that are acknowledged when they are committed, and written later by the
   * relay of an outbox.
   *
   * @param outbox its own, with one consumer; the same in all processes
   * @throws UsageException as {@link #entity(String, Class, Class, CachePolicy)}; and if the outbox
   *     has more consumers or is that of something else in this cache, or all tenants share the
   *     values
   */
  public <K, V> WriteBehind<K, V> writeBehind(
      String name, Class<K> identifier, Class<V> value, CachePolicy policy, Outbox outbox) {
    return writeBehind(name, identifier, Codec.json(value), policy, outbox);
  }

  /** Like {@link #writeBehind(String, Class, Class, CachePolicy, Outbox)}, with a codec. */
  public <K, V> WriteBehind<K, V> writeBehind(
      String name, Class<K> identifier, Codec<V> codec, CachePolicy policy, Outbox outbox) {
    CacheConfig.requireOwn("Cache.writeBehind", outbox);
    if (policy.shared()) {
      throw new UsageException(
          Problem.what("the values of '" + name + "' are shared and written behind")
              .where("Cache.writeBehind")
              .why("what waits to be written belongs to the tenant whose session put it")
              .fix("leave sharedByAllTenants() out, or write them in a transaction"));
    }
    entities.claim(outbox, name);
    return new WriteBehind<>(entity(name, identifier, codec, policy), codec, outbox);
  }

  /**
   * Makes every process forget every value of a tenant, of every entity, and deletes its keys in
   * Redis, now: for an erasure, after the rows are gone.
   *
   * <p>Walks all keys of the Redis database, 1,000 at a time.
   *
   * @throws dev.tenon.core.RetryableException if Redis did not answer; this process has forgotten,
   *     and it can be run again
   */
  public void forget(TenantId tenant) {
    entities.forget(tenant.value());
    sweep.run(tenant);
    entities.forget(tenant.value());
  }

  /**
   * Repeats the invalidations that the outbox of this cache delivers, so that those of a process
   * which died behind its commit are done: the handler of its consumer. It throws while Redis does
   * not confirm, so the events wait; forgetting twice is harmless.
   *
   * @throws UsageException if the cache has no outbox
   */
  public Relay.BatchHandler outboxHandler() {
    Outbox unused = events.requireOutbox("Cache.outboxHandler");
    return (delivered, transaction) ->
        confirmed.send("Cache.outboxHandler", events.read(delivered));
  }

  /**
   * Begins the relay of the outbox of this cache with its {@link #outboxHandler}, which never gives
   * up an invalidation and tries again at least every 5 s. At least one process has to run one.
   *
   * @param owner connected as a role that may read all events
   * @throws UsageException if the cache has no outbox
   */
  public Relay.Builder relay(Database owner) {
    Outbox outbox = events.requireOutbox("Cache.relay");
    return outbox
        .relay(owner)
        .named("cache")
        .batchHandler(outbox.consumers().get(0), outboxHandler())
        .concurrency(1)
        .backoff(Duration.ofMillis(500), Duration.ofSeconds(5))
        .deadLetterAfter(ATTEMPTS);
  }

  /** How many invalidations wait for Redis to confirm them. */
  public int pendingInvalidations() {
    return pending.count();
  }

  /**
   * Whether Redis can be asked and invalidations of other processes arrive; while they do not,
   * memory answers nothing.
   */
  public boolean isConnected() {
    return bus.isUp() && link.isConnected();
  }

  /**
   * What about this Redis wants attention now: settings that do not go with what it is used for,
   * and why it cannot be reached; and loaders that were slower than their lease. Ask after
   * everything that uses it was made.
   *
   * <p>Writes one key that expires, and asks every server that holds keys for INFO and one CONFIG
   * GET, each within the command timeout. What the user may not look at is a finding itself.
   *
   * @return the most urgent first
   */
  public List<CacheFinding> findings() {
    return pending.isClosed()
        ? List.of(
            new CacheFinding(
                CacheFinding.Check.CONNECTION,
                Severity.CRITICAL,
                topology.name(),
                "Redis cannot be asked",
                "the cache is closed",
                "ask before Cache.close, or open another"))
        : Stream.concat(checks.run().stream(), entities.findings().stream())
            .sorted(Comparator.comparing(CacheFinding::severity))
            .toList();
  }

  /**
   * Sends what is pending once more and closes the connections.
   *
   * <p>Close it behind everything that uses it: reads go to their loader from then on, and an
   * invalidation or a put is refused with a {@link UsageException}, or logged as an error where its
   * transaction was running.
   */
  @Override
  public void close() {
    pending.close();
    heart.shutdownNow();
    access.attachments().forEach(RedisAccess.Attachment::close);
    background.close();
    pending.retry(Long.MAX_VALUE);
    announcer.announce(0);
    if (pending.count() > 0) {
      LOG.error("{} invalidations were not confirmed by Redis", pending.count());
    }
    bus.close();
    link.close();
    topology.close();
  }

  /**
   * What the cache is made of, where that is of this class.
   *
   * @throws UsageException if it is not
   */
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(access)) {
      return type.cast(access);
    }
    throw new UsageException(
        Problem.what("a cache holds no " + type.getName())
            .where("Cache.unwrap")
            .why("it is made of other parts")
            .fix("ask for what the modules of Tenon share"));
  }

  /** Invalidations that are done when this returns, for the capture of changes. */
  ConfirmedInvalidations confirmed() {
    return confirmed;
  }

  String service() {
    return config.service();
  }

  /** Hands over the entities that there are and will be. */
  void onEntity(Consumer<EntityCache<?, ?>> listener) {
    entities.onEntity(listener);
  }

  /**
   * Makes every process forget every value of an entity.
   *
   * @throws dev.tenon.core.RetryableException if Redis did not answer
   */
  void forget(EntityCache<?, ?> entity) {
    entity.heard("", "");
    sweep.run(entity.name());
    entity.heard("", "");
  }

  boolean hearsInvalidations() {
    return fence.isBusUp();
  }

  private void awaitConnection() {
    long deadline = System.nanoTime() + FIRST_CONNECTION_NANOS;
    while (!isConnected() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(1));
    }
    if (!isConnected()) {
      LOG.warn("Redis cannot be reached; the cache loads until it can");
    }
  }

  private void beat() {
    try {
      bus.check();
      link.check();
      announcer.announce(config.heartbeat().toMillis());
      listen();
      access.attachments().forEach(RedisAccess.Attachment::beat);
      pending.retry(config.heartbeat().toNanos());
    } catch (RuntimeException | Error error) {
      LOG.error("a heartbeat of the cache failed; the next one follows", error);
    }
  }

  /** Who was silent may have been missed, and who does not hear itself hears nobody. */
  private void listen() {
    if (hearsInvalidations() && heard.deafNanos() > MOST_DEAF * config.heartbeat().toNanos()) {
      LOG.warn("the bus is up and nothing is heard; it is opened anew");
      heard.restart();
      bus.renew();
    } else if (heard.expired()) {
      forgetEverything();
    }
  }

  private void tell(CacheEvent event) {
    try {
      config.listener().accept(event);
    } catch (RuntimeException | Error error) {
      LOG.warn("the listener of the cache failed", error);
    }
  }

  private void forgetEverything() {
    tell(CacheEvent.CLEARED);
    fence.moveAll();
    entities.clear();
  }

  private void clear() {
    heard.restart();
    entities.clear();
  }

  /** A message says what is over and who sent it; one that cannot be read may mean anything. */
  private void heard(String text) {
    if (!text.isEmpty() && text.charAt(0) == Sequence.ANNOUNCEMENT) {
      if (heard.announcement(text.substring(1))) {
        LOG.debug("an invalidation was missed; memory is cleared");
        forgetEverything();
      }
      return;
    }
    int mark = text.lastIndexOf(Sequence.MARK);
    entities.heard(mark < 0 ? text : text.substring(0, mark));
    heard.message(text.substring(mark + 1));
  }
}
