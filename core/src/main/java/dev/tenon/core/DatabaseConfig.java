package dev.tenon.core;

import dev.tenon.core.internal.Required;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link Database} connects. Immutable.
 *
 * @param url a JDBC URL of PostgreSQL
 * @param user the role to connect as; empty to take it from the URL
 * @param password its password; empty to take it from the URL or from the driver's own sources
 * @param pool how its connections are pooled; up to 10 by default
 * @param statementTimeout ends a statement that runs longer; 30 s by default
 * @param transactionPooler whether a transaction pooler such as PgBouncer stands between; no by
 *     default. The statement timeout then travels with each unit of work, because start-up options
 *     do not pass such a pooler
 * @param cursorKeys what signs the cursors of pages; by default they are not signed, see {@link
 *     CursorKeys#unsigned}
 * @param reader how {@link Database#reader} connects; none by default
 * @param slowQueries who is told of statements that take long; nobody by default
 */
public record DatabaseConfig(
    String url,
    @Nullable String user,
    @Nullable String password,
    Pool pool,
    Duration statementTimeout,
    boolean transactionPooler,
    CursorKeys cursorKeys,
    @Nullable DatabaseConfig reader,
    @Nullable SlowQueries slowQueries) {

  public DatabaseConfig {
    Required.require(url, "url", "DatabaseConfig");
    Required.require(pool, "pool", "DatabaseConfig");
    Required.require(statementTimeout, "statementTimeout", "DatabaseConfig");
    Required.require(cursorKeys, "cursorKeys", "DatabaseConfig");
  }

  public static Builder url(String jdbcUrl) {
    Required.require(jdbcUrl, "jdbcUrl", "DatabaseConfig.url");
    if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
      throw new UsageException(
          Problem.what("'" + Problem.excerpt(jdbcUrl) + "' is not a JDBC URL of PostgreSQL")
              .where("DatabaseConfig.url")
              .why("Tenon speaks to PostgreSQL only")
              .fix("pass a URL such as jdbc:postgresql://localhost:5432/app"));
    }
    return new Builder(jdbcUrl);
  }

  /** Leaves the password out. */
  @Override
  public String toString() {
    return "DatabaseConfig[user=" + user + ", poolSize=" + pool.size() + "]";
  }

  /**
   * Collects the options; each setter checks its value at once. Not safe for use by many threads.
   */
  public static final class Builder {

    private final String url;
    private @Nullable String user;
    private @Nullable String password;
    private Pool pool = Pool.of(10);
    private Duration statementTimeout = Duration.ofSeconds(30);
    private boolean transactionPooler;
    private CursorKeys cursorKeys = CursorKeys.unsigned();
    private @Nullable DatabaseConfig reader;
    private @Nullable SlowQueries slowQueries;

    private Builder(String url) {
      this.url = url;
    }

    public Builder user(String role) {
      this.user = Required.require(role, "role", "DatabaseConfig.user");
      return this;
    }

    public Builder password(String secret) {
      this.password = Required.require(secret, "secret", "DatabaseConfig.password");
      return this;
    }

    /** A pool of up to this many connections, with the other options at their defaults. */
    public Builder poolSize(int connections) {
      return pool(Pool.of(connections));
    }

    public Builder pool(Pool options) {
      this.pool = Required.require(options, "options", "DatabaseConfig.pool");
      return this;
    }

    public Builder statementTimeout(Duration limit) {
      this.statementTimeout = Durations.requirePositive("DatabaseConfig.statementTimeout", limit);
      return this;
    }

    public Builder transactionPooler(boolean present) {
      this.transactionPooler = present;
      return this;
    }

    public Builder cursorKeys(CursorKeys keys) {
      this.cursorKeys = Required.require(keys, "keys", "DatabaseConfig.cursorKeys");
      return this;
    }

    /**
     * Has the database open a second pool, for {@link Database#reader}: to a standby, or to the
     * same server where there is none yet.
     *
     * @throws UsageException if that has a reader too
     */
    public Builder reader(DatabaseConfig config) {
      Required.require(config, "config", "DatabaseConfig.reader");
      if (config.reader() != null) {
        throw new UsageException(
            Problem.what("the reader has a reader of its own")
                .where("DatabaseConfig.reader")
                .why("a database has one pool to write and one to read")
                .fix("pass a configuration without a reader"));
      }
      this.reader = config;
      return this;
    }

    public Builder slowQueries(SlowQueries told) {
      this.slowQueries = Required.require(told, "told", "DatabaseConfig.slowQueries");
      return this;
    }

    public DatabaseConfig build() {
      return new DatabaseConfig(
          url,
          user,
          password,
          pool,
          statementTimeout,
          transactionPooler,
          cursorKeys,
          reader,
          slowQueries);
    }
  }
}
