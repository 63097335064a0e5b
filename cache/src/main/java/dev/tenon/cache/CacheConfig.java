package dev.tenon.cache;

import dev.tenon.cache.internal.RedisTopology;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import dev.tenon.core.outbox.Outbox;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.cluster.RedisClusterURIUtil;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is, and how long the cache waits for it.
 *
 * <p>Immutable. {@link #toString()} leaves the URL out, which may hold a password.
 */
public final class CacheConfig {

  private final String service;
  private final String url;
  private final Duration commandTimeout;
  private final Duration loadWait;
  private final Duration lease;
  private final Duration heartbeat;
  private final boolean cluster;
  private final Consumer<CacheEvent> listener;
  private final Optional<Outbox> outbox;
  private final RedisTls tls;
  private final @Nullable String sentinelPassword;

  private CacheConfig(Builder builder) {
    this.service = builder.service;
    this.url = builder.url;
    this.commandTimeout = builder.commandTimeout;
    this.loadWait = builder.loadWait;
    this.lease = builder.lease;
    this.heartbeat = builder.heartbeat;
    this.cluster = builder.cluster;
    this.listener = builder.listener;
    this.outbox = builder.outbox;
    this.tls = builder.tls;
    this.sentinelPassword = builder.sentinelPassword;
  }

  /**
   * Starts from the name of the service and the URL of its Redis.
   *
   * @param service the first part of every key: lower case letters, digits and hyphens. Processes
   *     that share values share it
   * @param url {@code redis://[[user]:password@]host[:port][/database]}, or {@code rediss://} for
   *     TLS; {@code redis-sentinel://[[user:]password@]host[:port],…[/database]#master} where
   *     sentinels name the master; of a {@link Builder#cluster} {@code
   *     redis://[[user]:password@]host:port,host:port}
   * @throws InvalidDataException if the name has another form
   */
  public static Builder service(String service, String url) {
    return new Builder(KeyFormat.requireName("CacheConfig.service", service), url);
  }

  public String service() {
    return service;
  }

  public String url() {
    return url;
  }

  public Duration commandTimeout() {
    return commandTimeout;
  }

  public Duration loadWait() {
    return loadWait;
  }

  public Duration lease() {
    return lease;
  }

  public Duration heartbeat() {
    return heartbeat;
  }

  /** Whether the URL names nodes of a Redis Cluster. */
  public boolean cluster() {
    return cluster;
  }

  Consumer<CacheEvent> listener() {
    return listener;
  }

  /** Where invalidations are published in the transactions that ask for them, if anywhere. */
  public Optional<Outbox> outbox() {
    return outbox;
  }

  static void requireOwn(String where, Outbox outbox) {
    if (outbox.consumers().size() != 1) {
      throw new UsageException(
          Problem.what("the outbox " + outbox.name() + " has the consumers " + outbox.consumers())
              .where(where)
              .why("each of them would be given the events of the cache, and the cache theirs")
              .fix("build an outbox for this alone: consumers(\"cache\")"));
    }
  }

  RedisTopology topology() {
    SslOptions options = tls.options();
    try {
      return cluster
          ? RedisTopology.cluster(RedisClusterURIUtil.toRedisURIs(URI.create(url)), options)
          : RedisTopology.single(uri(), options);
    } catch (IllegalArgumentException malformed) {
      throw new UsageException(
          Problem.what("the URL is not one of Redis")
              .where("CacheConfig.service")
              .why("its scheme, host, port or database cannot be read")
              .fix(
                  "use redis://[[user]:password@]host[:port][/database], rediss:// for TLS, or"
                      + " redis-sentinel://host:port,host:port/database#name"));
    }
  }

  private RedisURI uri() {
    RedisURI uri = RedisURI.create(url);
    String password = sentinelPassword;
    if (password != null) {
      uri.getSentinels().forEach(sentinel -> sentinel.setAuthentication(password));
    }
    return uri;
  }

  @Override
  public String toString() {
    return "CacheConfig[service="
        + service
        + ", commandTimeout="
        + commandTimeout
        + ", loadWait="
        + loadWait
        + ", lease="
        + lease
        + ", heartbeat="
        + heartbeat
        + ", cluster="
        + cluster
        + ", outbox="
        + outbox.map(Outbox::name).orElse("none")
        + "]";
  }

  /** Collects the options; each setter checks its value. Not safe for use by many threads. */
  public static final class Builder {

    private final String service;
    private final String url;
    private Duration commandTimeout = Duration.ofMillis(200);
    private Duration loadWait = Duration.ofSeconds(1);
    private Duration lease = Duration.ofSeconds(5);
    private Duration heartbeat = Duration.ofMillis(500);
    private boolean cluster;
    private Consumer<CacheEvent> listener = event -> {};
    private Optional<Outbox> outbox = Optional.empty();
    private RedisTls tls = RedisTls.NONE;
    private @Nullable String sentinelPassword;

    private Builder(String service, String url) {
      this.service = service;
      this.url = url;
    }

    /** The URL names one or more nodes of a Redis Cluster; the others are found from there. */
    public Builder cluster() {
      this.cluster = true;
      return this;
    }

    /**
     * Who is told of what happens to the cache as a whole, in threads of the cache that must not
     * wait; nobody by default.
     */
    public Builder onEvent(Consumer<CacheEvent> told) {
      this.listener = told;
      return this;
    }

    /**
     * The authorities whose certificates of a {@code rediss://} server are believed, in place of
     * those that Java believes. A server whose certificate none of them has signed, or that names
     * another host, is not talked to; {@link Cache#findings} tells.
     *
     * @param certificates a file of X.509 certificates, PEM
     */
    public Builder trust(Path certificates) {
      this.tls = tls.withTrusted(certificates);
      return this;
    }

    /**
     * By what a {@code rediss://} server that asks for it knows this client; by default nothing.
     *
     * @param certificate a file of an X.509 certificate and those that signed it, PEM
     * @param key a file of its private key, PKCS #8 in PEM, not encrypted
     */
    public Builder identity(Path certificate, Path key) {
      this.tls = tls.withIdentity(certificate, key);
      return this;
    }

    /** What the sentinels ask for, where they do; the password of the URL is the servers' own. */
    public Builder sentinelPassword(String password) {
      this.sentinelPassword = password;
      return this;
    }

    /** How long a call waits for one answer of Redis; 200 ms by default. */
    public Builder commandTimeout(Duration limit) {
      this.commandTimeout = requireMillis("commandTimeout", limit);
      return this;
    }

    /**
     * How long a call waits for another thread or process that loads the same value, before it
     * loads by itself; 1 s by default. A loader that is slower runs in each process that asks
     * meanwhile, and where the policy has no hard timeout in each thread.
     */
    public Builder loadWait(Duration limit) {
      this.loadWait = requireMillis("loadWait", limit);
      return this;
    }

    /**
     * How long one process may take to load a value, or to commit one that it put; 5 s by default.
     * What comes later is returned and kept nowhere, not even in memory, because nobody can tell
     * any more whether an invalidation overtook it: make it longer than the slowest load. {@link
     * Cache#findings} tells of loads that were slower.
     */
    public Builder lease(Duration limit) {
      this.lease = requireMillis("lease", limit);
      return this;
    }

    /**
     * How often the connections are probed; 500 ms by default. A process that is cut off without
     * notice stops answering from its memory within three heartbeats and a command timeout.
     */
    public Builder heartbeat(Duration interval) {
      this.heartbeat = requireMillis("heartbeat", interval);
      return this;
    }

    /**
     * Publishes each invalidation in the transaction that asks for it too, so that it is done also
     * where the process dies between its commit and Redis; {@link Cache#relay} delivers it. Nothing
     * is published by default.
     *
     * @param own an outbox of this cache alone, with one consumer; the same in all processes
     * @throws UsageException if it has more consumers
     */
    public Builder invalidatingThrough(Outbox own) {
      requireOwn("CacheConfig.invalidatingThrough", own);
      this.outbox = Optional.of(own);
      return this;
    }

    /**
     * The configuration.
     *
     * @throws UsageException if TLS is configured for a URL without it, or sentinels for one that
     *     names none
     */
    public CacheConfig build() {
      if (!tls.equals(RedisTls.NONE) && !url.startsWith("rediss")) {
        throw contradiction("trust and identity", "rediss:// or rediss-sentinel://");
      }
      if (sentinelPassword != null
          && !url.startsWith("redis-sentinel")
          && !url.startsWith("rediss-sentinel")) {
        throw contradiction("sentinelPassword", "redis-sentinel:// or rediss-sentinel://");
      }
      if (!cluster && url.contains(",") && !url.contains("-sentinel://")) {
        throw new UsageException(
            Problem.what("the URL names several hosts")
                .where("CacheConfig.build")
                .why("one server has one host, and a cluster is not taken for granted")
                .fix(
                    "call cluster(), or name sentinels: redis-sentinel://host:port,host:port#name"));
      }
      return new CacheConfig(this);
    }

    private static UsageException contradiction(String option, String schemes) {
      return new UsageException(
          Problem.what(option + " is set, and the URL is not of " + schemes)
              .where("CacheConfig.build")
              .why("it would be looked at by nobody")
              .fix("use a URL of " + schemes + ", or leave " + option + " out"));
    }

    private static Duration requireMillis(String option, Duration value) {
      Duration unused = Required.require(value, option, "CacheConfig." + option);
      if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(Duration.ofHours(1)) > 0) {
        throw new UsageException(
            Problem.what(option + " is " + value)
                .where("CacheConfig." + option)
                .why("the cache counts in milliseconds and nothing may wait without end")
                .fix("pass 1 ms to 1 hour"));
      }
      return value;
    }
  }
}
