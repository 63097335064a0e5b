package dev.tenon.core;

import com.zaxxer.hikari.HikariDataSource;
import dev.tenon.core.internal.Engine;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * One PostgreSQL database: the door of Tenon, and itself a session without a tenant.
 *
 * <p>Safe for use by many threads. Closing it closes the pool that {@link #open} made; a data
 * source handed to {@link #using} stays the caller's.
 */
public final class Database implements Session, AutoCloseable {

  private static final Duration DEFAULT_STATEMENT_TIMEOUT = Duration.ofSeconds(30);

  private final Engine engine;
  private final Session session;
  private final DataSource migrations;
  private final @Nullable HikariDataSource ownPool;
  private final @Nullable Database reader;

  private Database(
      Engine engine,
      DataSource migrations,
      @Nullable HikariDataSource ownPool,
      @Nullable Database reader) {
    this.engine = engine;
    this.session = engine.session();
    this.migrations = migrations;
    this.ownPool = ownPool;
    this.reader = reader;
  }

  /**
   * Opens a pool and makes one connection to prove that the server can be reached; the same for its
   * reader, if it has one.
   *
   * @throws ServerException if the server refuses the connection
   * @throws RetryableException if it cannot be reached
   */
  public static Database open(DatabaseConfig config) {
    Required.require(config, "config", "Database.open");
    DatabasePool writing = DatabasePool.writing(config);
    Database reader = config.reader() == null ? null : open(writing.reading(config.reader()), null);
    try {
      return open(writing, reader);
    } catch (RuntimeException | Error failure) {
      if (reader != null) {
        reader.close();
      }
      throw failure;
    }
  }

  private static Database open(DatabasePool pool, @Nullable Database reader) {
    HikariDataSource dataSource = pool.open();
    return new Database(pool.engine(dataSource), pool.unpooled(), dataSource, reader);
  }

  /**
   * Uses a data source of the caller's, in autocommit mode. Statements get a timeout of 30 s, which
   * travels with each unit of work.
   */
  public static Database using(DataSource dataSource) {
    return using(dataSource, DEFAULT_STATEMENT_TIMEOUT);
  }

  /** Uses a data source of the caller's with this statement timeout. */
  public static Database using(DataSource dataSource, Duration statementTimeout) {
    return using(dataSource, statementTimeout, CursorKeys.unsigned());
  }

  /** Uses a data source of the caller's, with keys that sign the cursors of pages. */
  public static Database using(
      DataSource dataSource, Duration statementTimeout, CursorKeys cursorKeys) {
    Required.require(dataSource, "dataSource", "Database.using");
    Durations.requirePositive("Database.using statementTimeout", statementTimeout);
    Required.require(cursorKeys, "cursorKeys", "Database.using");
    return new Database(
        Engine.withSettingsPerUnit(
            dataSource, statementTimeout, new Engine.Options(false, cursorKeys, null)),
        dataSource,
        null,
        null);
  }

  /**
   * The same data by a pool of its own whose transactions can only read: a database like this one,
   * to be handed to {@code TenantDatabase.on} as well.
   *
   * <p>On a standby it shows what was committed some time ago, and now and then a statement is
   * ended for the sake of what the primary did, as a {@link RetryableException}.
   *
   * @throws UsageException if the configuration names no {@link DatabaseConfig#reader}
   */
  public Database reader() {
    if (reader == null) {
      throw new UsageException(
          Problem.what("this database has no reader")
              .where("Database.reader")
              .why("its configuration names none, or it uses a data source of the caller's")
              .fix("open it with DatabaseConfig.reader(…): a standby, or the same server"));
    }
    return reader;
  }

  /**
   * Brings the schema up to date, as Flyway does, each set under a history table of its own.
   *
   * <p>Sets run in the order given, on connections of their own and without a statement timeout:
   * building an index may take long. Connect as the role that owns the schema.
   *
   * @throws ServerException if a script fails; PostgreSQL rolls the script back as a whole
   */
  public void migrate(Migrations... sets) {
    for (Migrations set : Required.require(sets, "sets", "Database.migrate")) {
      Required.require(set, "set", "Database.migrate");
    }
    for (Migrations set : sets) {
      set.apply(migrations);
    }
    engine.forgetCapabilities();
  }

  @Override
  public DSLContext sql() {
    return session.sql();
  }

  /** Always empty. */
  @Override
  public Optional<TenantId> tenant() {
    return Optional.empty();
  }

  @Override
  public Capabilities capabilities() {
    return engine.capabilities();
  }

  @Override
  public void afterCommit(Runnable action) {
    session.afterCommit(action);
  }

  @Override
  public Session withSetting(String name, String value) {
    return session.withSetting(name, value);
  }

  @Override
  public <R> R jdbc(JdbcWork<R> work) {
    return session.jdbc(work);
  }

  @Override
  public <R, X extends Exception> R transactionResult(
      Transaction.Options options, Transaction.Work<R, X> work) throws X {
    return session.transactionResult(options, work);
  }

  @Override
  public <R> Outcome<R> outcome(Transaction.Options options, Transaction.Work<R, ?> work) {
    return session.outcome(options, work);
  }

  @Override
  public boolean isApplied(String operation) {
    return session.isApplied(operation);
  }

  /**
   * Gives another module of Tenon what it needs of this database.
   *
   * @throws UsageException if this is not of that type
   */
  public <T> T unwrap(Class<T> type) {
    Required.require(type, "type", "Database.unwrap");
    if (type.isInstance(engine)) {
      return type.cast(engine);
    }
    if (type == DataSource.class) {
      return type.cast(engine.dataSource());
    }
    throw new UsageException(
        Problem.what("a Database cannot be unwrapped to " + type.getName())
            .where("Database.unwrap")
            .why("only javax.sql.DataSource is offered to applications")
            .fix("use sql(), jdbc(…) or unwrap(DataSource.class)"));
  }

  @Override
  public void close() {
    if (ownPool != null) {
      ownPool.close();
    }
    if (reader != null) {
      reader.close();
    }
  }
}
