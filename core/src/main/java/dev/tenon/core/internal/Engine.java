package dev.tenon.core.internal;

import dev.tenon.core.Capabilities;
import dev.tenon.core.CursorKeys;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.SlowQueries;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jooq.Configuration;
import org.jooq.ConnectionProvider;
import org.jooq.DSLContext;
import org.jooq.ExecuteContext;
import org.jooq.ExecuteListener;
import org.jooq.SQLDialect;
import org.jooq.TransactionProvider;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * What the sessions of one database share: its connections, its jOOQ configuration, its
 * capabilities.
 */
public final class Engine {

  private static final int TRANSACTION_TIMEOUT_SINCE = 170000;

  private final DataSource dataSource;
  private final Connections connections;
  private final boolean tellsIsolation;
  private final Settings baseSettings;
  private final Settings activeOnly;
  private final Configuration configuration;
  private final @Nullable SlowQueries slowQueries;
  private volatile @Nullable Capabilities capabilities;

  private Engine(
      DataSource dataSource,
      Options options,
      boolean tellsIsolation,
      UnaryOperator<Settings> base) {
    this.dataSource = dataSource;
    this.tellsIsolation = tellsIsolation;
    this.connections = new Connections(dataSource, options.readOnly());
    this.slowQueries = options.slowQueries();
    this.baseSettings = base.apply(Settings.none());
    this.activeOnly = base.apply(Settings.ofActiveTenants());
    this.configuration =
        new DefaultConfiguration()
            .set(SQLDialect.POSTGRES)
            .set(new org.jooq.conf.Settings().withExecuteLogging(false).withFetchWarnings(false));
    configuration.data(CursorKeys.class, options.cursorKeys());
  }

  /**
   * How an engine works.
   *
   * @param readOnly whether its transactions only read
   * @param cursorKeys what signs the cursors of pages
   * @param slowQueries who is told of statements that take long
   */
  public record Options(
      boolean readOnly, CursorKeys cursorKeys, @Nullable SlowQueries slowQueries) {}

  /** For a pool whose connections have their settings from the start. */
  public static Engine withSettingsAtConnect(DataSource dataSource, Options options) {
    return new Engine(dataSource, options, false, settings -> settings);
  }

  /** For any other data source: the settings and the isolation travel with each unit of work. */
  public static Engine withSettingsPerUnit(
      DataSource dataSource, Duration statementTimeout, Options options) {
    return new Engine(
        dataSource,
        options,
        true,
        none -> {
          Settings settings = none.with(Terms.STATEMENT_TIMEOUT, milliseconds(statementTimeout));
          return options.readOnly() ? settings.with("transaction_read_only", "on") : settings;
        });
  }

  public DataSource dataSource() {
    return dataSource;
  }

  /** A session without a tenant. */
  public Session session() {
    return new UnitSession(new Terms(this, null, baseSettings, null, null, Admission.FREE));
  }

  /** A session for one tenant. */
  public Session session(TenantRules rules) {
    Settings settings = (rules.onlyActive() ? activeOnly : baseSettings).withTenant(rules.tenant());
    StatementLimit limit =
        rules.statementTimeout().map(most -> new StatementLimit(rules.tenant(), most)).orElse(null);
    Terms terms = new Terms(this, rules.tenant(), settings, null, limit, rules.admission());
    return new UnitSession(
        limit == null ? terms : terms.with(Terms.STATEMENT_TIMEOUT, milliseconds(limit.atMost())));
  }

  public Capabilities capabilities() {
    return capabilities(session());
  }

  /** Asks through this session, so that a transaction does not wait for a second connection. */
  Capabilities capabilities(Session asker) {
    Capabilities known = capabilities;
    if (known == null) {
      known = CapabilityProbe.ask(asker);
      capabilities = known;
    }
    return known;
  }

  /** Asks the server again, after a migration may have created an extension. */
  public void forgetCapabilities() {
    capabilities = null;
  }

  /** Whether a connection may have another isolation by default than READ COMMITTED. */
  boolean tellsIsolation() {
    return tellsIsolation;
  }

  Connections connections() {
    return connections;
  }

  /** What takes the time of a session's statements, if somebody wants to know. */
  @Nullable StatementWatch watch(@Nullable TenantId tenant) {
    return slowQueries == null ? null : new StatementWatch(slowQueries, tenant);
  }

  DSLContext dsl(
      ConnectionProvider provider, TransactionProvider transactions, SqlStates.Phase phase) {
    ExecuteListener listener = new TranslatingErrors(phase);
    return DSL.using(configuration.derive(provider).derive(transactions).derive(() -> listener));
  }

  /** These settings, with the timeouts of a transaction. */
  Settings settings(Settings base, Transaction.Options options) {
    Settings settings = base;
    if (options.timeout().isPresent()) {
      requireTransactionTimeout();
      settings = settings.with("transaction_timeout", milliseconds(options.timeout().get()));
    }
    return options.lockTimeout().isPresent()
        ? settings.with("lock_timeout", milliseconds(options.lockTimeout().get()))
        : settings;
  }

  private void requireTransactionTimeout() {
    if (capabilities().serverVersion() < TRANSACTION_TIMEOUT_SINCE) {
      throw new UsageException(
          Problem.what("a transaction timeout was asked for")
              .where("Transaction.Options.withTimeout")
              .why("the server is older than PostgreSQL 17 and has no transaction_timeout")
              .fix("leave it out, or upgrade the server"));
    }
  }

  private static String milliseconds(Duration duration) {
    return duration.toMillis() + "ms";
  }

  private record TranslatingErrors(SqlStates.Phase phase) implements ExecuteListener {

    private static final long serialVersionUID = 1L;

    @Override
    public void exception(ExecuteContext context) {
      SQLException error = sqlException(context);
      if (error != null) {
        String sql = context.sql() == null ? "jOOQ statement" : context.sql();
        context.exception(SqlStates.translate(error, Problem.excerpt(sql), sql, phase));
      }
    }

    /** What asks for the columns of a result wraps its errors before anybody sees them. */
    private static @Nullable SQLException sqlException(ExecuteContext context) {
      return context.sqlException() == null
              && context.exception() instanceof DataAccessException wrapped
          ? wrapped.getCause(SQLException.class)
          : context.sqlException();
    }
  }
}
