package dev.tenon.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link Database} connects. Immutable.
 *
 * @param url a JDBC URL of PostgreSQL
 * @param user the role to connect as; empty to take it from the URL
 * @param password its password; empty to take it from the URL or from the driver's own sources
 * @param poolSize the bound of the connection pool; 10 by default
 * @param statementTimeout ends a statement that runs longer; 30 s by default
 * @param connectionTimeout how long to wait for a free connection; 10 s by default
 * @param transactionPooler whether a transaction pooler such as PgBouncer stands between; no by
 *     default. The statement timeout then travels with each unit of work, because start-up options
 *     do not pass such a pooler
 * @param cursorKeys what signs the cursors of pages; by default they are not signed, see {@link
 *     CursorKeys#unsigned}
 */
public record DatabaseConfig(
    String url,
    @Nullable String user,
    @Nullable String password,
    int poolSize,
    Duration statementTimeout,
    Duration connectionTimeout,
    boolean transactionPooler,
    CursorKeys cursorKeys) {

  public static Builder url(String jdbcUrl) {
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
    return "DatabaseConfig[user=" + user + ", poolSize=" + poolSize + "]";
  }

  /**
   * Collects the options; each setter checks its value at once. Not safe for use by many threads.
   */
  public static final class Builder {

    private final String url;
    private @Nullable String user;
    private @Nullable String password;
    private int poolSize = 10;
    private Duration statementTimeout = Duration.ofSeconds(30);
    private Duration connectionTimeout = Duration.ofSeconds(10);
    private boolean transactionPooler;
    private CursorKeys cursorKeys = CursorKeys.unsigned();

    private Builder(String url) {
      this.url = url;
    }

    public Builder user(String role) {
      this.user = role;
      return this;
    }

    public Builder password(String secret) {
      this.password = secret;
      return this;
    }

    public Builder poolSize(int connections) {
      if (connections < 1) {
        throw new UsageException(
            Problem.what("poolSize is " + connections)
                .where("DatabaseConfig.poolSize")
                .why("a pool needs at least one connection")
                .fix("pass 1 or more; a few per core of the server is plenty"));
      }
      this.poolSize = connections;
      return this;
    }

    public Builder statementTimeout(Duration limit) {
      this.statementTimeout = Durations.requirePositive("DatabaseConfig.statementTimeout", limit);
      return this;
    }

    public Builder connectionTimeout(Duration limit) {
      this.connectionTimeout = Durations.requirePositive("DatabaseConfig.connectionTimeout", limit);
      return this;
    }

    public Builder transactionPooler(boolean present) {
      this.transactionPooler = present;
      return this;
    }

    public Builder cursorKeys(CursorKeys keys) {
      this.cursorKeys = Arguments.require(keys, "keys", "DatabaseConfig.cursorKeys");
      return this;
    }

    public DatabaseConfig build() {
      return new DatabaseConfig(
          url,
          user,
          password,
          poolSize,
          statementTimeout,
          connectionTimeout,
          transactionPooler,
          cursorKeys);
    }
  }
}
