package dev.tenon.vector;

import dev.tenon.core.Database;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.SqlStates;
import dev.tenon.vector.IndexCatalog.Base;
import dev.tenon.vector.IndexCatalog.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Builds the index of a repository while rows are read and written: {@code create index
 * concurrently}, under another name until it is whole.
 *
 * <p>An index that is there and as the repository defines it is left alone. One of other parameters
 * serves all searches until the new one is whole; then the two change names in one transaction. An
 * invalid one, which a build leaves behind that was killed, is dropped and built anew: no {@code
 * create index if not exists} would.
 *
 * <p>The connection that builds has settings of its own and leaves the pool afterwards. Give a
 * database whose connections go to the server itself: a pooler that takes them away between
 * statements would lose the settings and the lock. Safe for use by many threads: {@link #progress}
 * and {@link #cancel} are for others than the one that runs.
 */
public final class VectorIndexBuild {

  private static final String CANCELLED = "57014";

  private final Database owner;
  private final IndexDefinition definition;
  private final @Nullable String memory;
  private final AtomicReference<@Nullable Statement> running = new AtomicReference<>();
  private volatile boolean cancelled;

  /** How a build ended. */
  public enum Result {
    /** The index was there already, as the repository defines it. */
    UNCHANGED,
    /** It is there now, and used. */
    BUILT,
    /** {@link #cancel} ended the build; what was there before is still used. */
    CANCELLED
  }

  /**
   * How far a build is, of this process or another.
   *
   * @param phase as {@code pg_stat_progress_create_index} says it
   * @param done blocks or tuples of this phase
   * @param total how many there are of them; 0 where the phase counts nothing
   * @param elapsed since the statement began
   */
  public record Progress(String phase, long done, long total, Duration elapsed) {

    /** How long it may still take if it goes on like this; empty where nothing is counted. */
    public Optional<Duration> remaining() {
      return done <= 0 || total < done
          ? Optional.empty()
          : Optional.of(
              Duration.ofNanos(
                  (long) ((double) elapsed.toNanos() / done * (double) (total - done))));
    }
  }

  VectorIndexBuild(Database owner, IndexDefinition definition, @Nullable String memory) {
    this.owner = owner;
    this.definition = definition;
    this.memory = memory;
  }

  /**
   * The same with so much memory for the build, {@code maintenance_work_mem}; by default the
   * server's.
   *
   * <p>A graph that fits is built many times faster; {@link VectorRepository#indexAdvice} estimates
   * it.
   *
   * @param size in PostgreSQL's syntax, e.g. {@code 2GB}: 64 kB, before PostgreSQL 17 1 MB, to
   *     2147483647 kB
   * @throws UsageException if it is none, or beyond these bounds
   */
  public VectorIndexBuild withMemory(String size) {
    return new VectorIndexBuild(owner, definition, BuildMemory.require(size, where()));
  }

  /**
   * Builds the index if it is not there as it should be, on this thread; as long as it takes. The
   * table is analyzed first, for without statistics the planner takes a tenant's rows for few and
   * compares them all.
   *
   * <p>{@code create index concurrently} waits for every transaction that is older, so one that is
   * left open holds it up; {@link #progress} names the phase.
   *
   * @throws UsageException if the table is missing, or has too few rows for the lists of IVFFlat
   * @throws RetryableException if another builds this index now
   */
  public Result run() {
    return run(false);
  }

  /**
   * Like {@link #run}, and builds an index anew that is as the repository defines it; it serves
   * until the new one is whole.
   *
   * <p>The lists of an {@link IvfflatIndex} stay as the rows were that it was built over: build it
   * anew once the table has grown by as much again, or its rows have become others.
   */
  public Result rebuild() {
    return run(true);
  }

  private Result run(boolean anew) {
    Connection connection = null;
    try {
      connection = owner.unwrap(DataSource.class).getConnection();
      return build(connection, anew);
    } catch (SQLException error) {
      if (cancelled && CANCELLED.equals(error.getSQLState())) {
        return Result.CANCELLED;
      }
      throw SqlStates.translate(error, where(), SqlStates.Phase.BEFORE_COMMIT);
    } finally {
      if (connection != null) {
        discard(connection);
      }
    }
  }

  /** It leaves the pool, because of its settings; its lock would end a little later than this. */
  private static void discard(Connection connection) {
    try {
      execute(connection, "select pg_advisory_unlock_all()");
    } catch (SQLException gone) {
      // The lock went with it, or does now.
    }
    try {
      connection.abort(Runnable::run);
      connection.close();
    } catch (SQLException gone) {
      // It was lost before, and the pool sees that itself.
    }
  }

  private Result build(Connection connection, boolean anew) throws SQLException {
    connection.setNetworkTimeout(Runnable::run, 0);
    execute(connection, "set statement_timeout = 0");
    if (memory != null) {
      set(connection, "maintenance_work_mem", memory);
    }
    IndexCatalog catalog = new IndexCatalog(connection, definition);
    Base base = catalog.base();
    lock(connection, base);
    dropped(connection, base, definition.nameWhileBuilt());
    dropped(connection, base, definition.nameOfReplaced());
    State state = catalog.state(base, definition.name());
    if (state == State.READY && !anew) {
      return Result.UNCHANGED;
    }
    // Behind the build all plans are made anew, by what is known of the rows then.
    execute(connection, "analyze " + base.quoted());
    requireRows(catalog.base());
    try {
      create(connection, base);
      requireIndexed(catalog, base);
      swap(connection, base, state);
    } catch (SQLException | UsageException error) {
      dropLeftover(connection, base, error);
      throw error;
    }
    dropOther(connection, base);
    return Result.BUILT;
  }

  /** The planner would take one or the other, and a search has the settings of its own only. */
  private void dropOther(Connection connection, Base base) throws SQLException {
    dropped(connection, base, definition.nameOfOther());
  }

  /** The one statement that takes long, and that {@link #cancel} ends. */
  private void create(Connection connection, Base base) throws SQLException {
    String name = RecordColumns.quoted(definition.nameWhileBuilt());
    try (Statement statement = connection.createStatement()) {
      running.set(statement);
      if (cancelled) {
        throw new SQLException("cancelled before it began", CANCELLED);
      }
      statement.execute(definition.sql(name, base.quoted(), " concurrently"));
    } finally {
      running.set(null);
    }
  }

  private void dropLeftover(Connection connection, Base base, Exception error) {
    try {
      execute(connection, "rollback");
      dropped(connection, base, definition.nameWhileBuilt());
    } catch (SQLException second) {
      error.addSuppressed(second);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void dropped(Connection connection, Base base, String index) throws SQLException {
    execute(connection, "drop index concurrently if exists " + base.quoted(index));
  }

  /** A search finds one or the other. */
  private void swap(Connection connection, Base base, State state) throws SQLException {
    String name = definition.name();
    String rename =
        "alter index %s rename to %s;"
            .formatted(base.quoted(definition.nameWhileBuilt()), RecordColumns.quoted(name));
    if (state == State.MISSING) {
      execute(connection, rename);
      return;
    }
    execute(
        connection,
        "begin; alter index %s rename to %s; %s commit"
            .formatted(
                base.quoted(name), RecordColumns.quoted(definition.nameOfReplaced()), rename));
    dropped(connection, base, definition.nameOfReplaced());
  }

  /** Of the session, because such a build is no transaction; it ends with the connection. */
  private void lock(Connection connection, Base base) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select pg_try_advisory_lock(hashtextextended(?, 0))")) {
      statement.setString(1, "tenon index " + base.quoted(definition.name()));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        if (!row.getBoolean(1)) {
          throw new RetryableException(
              Problem.what("the index " + definition.name() + " is being built")
                  .where(where())
                  .why("another build of it has the lock")
                  .fix("wait for it: progress() tells how far it is"));
        }
      }
    }
  }

  /** As the server estimates them: row-level security shows the owner none. */
  private void requireRows(Base base) {
    requireRows(base.rows(), "the table has");
  }

  /** As many as the index holds: none of a row without an embedding. */
  private void requireIndexed(IndexCatalog catalog, Base base) throws SQLException {
    requireRows(catalog.rows(base, definition.nameWhileBuilt()), "the index would hold");
  }

  private void requireRows(double rows, String what) {
    if (definition.index() instanceof IvfflatIndex ivfflat && rows < ivfflat.fewestRows()) {
      throw new UsageException(
          Problem.what(
                  what
                      + " fewer than "
                      + ivfflat.fewestRows()
                      + " rows for "
                      + ivfflat.lists()
                      + " lists")
              .where(where())
              .why(
                  "lists are made of the embeddings that are there: of "
                      + IvfflatIndex.FEWEST_A_LIST
                      + " for each")
              .fix(
                  "load first, and take IvfflatIndex.forRows of what the table has then; an"
                      + " HnswIndex can be built over any number"));
    }
  }

  private static void set(Connection connection, String name, String value) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select set_config(?, ?, false)")) {
      statement.setString(1, name);
      statement.setString(2, value);
      statement.execute();
    }
  }

  /** How far the build of this index is, whoever runs it; empty if nobody does. One round trip. */
  public Optional<Progress> progress() {
    String sql =
        """
        select p.phase,
               case when p.blocks_total > 0 then p.blocks_done else p.tuples_done end,
               case when p.blocks_total > 0 then p.blocks_total else p.tuples_total end,
               extract(epoch from clock_timestamp() - a.query_start)
          from pg_catalog.pg_stat_progress_create_index p
          join pg_catalog.pg_stat_activity a on a.pid = p.pid
          join pg_catalog.pg_class c on c.oid = p.index_relid
         where p.datname = current_database() and c.relname = ?""";
    return owner.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, definition.nameWhileBuilt());
            try (ResultSet row = statement.executeQuery()) {
              return row.next()
                  ? Optional.of(
                      new Progress(
                          row.getString(1),
                          row.getLong(2),
                          row.getLong(3),
                          Duration.ofNanos((long) (row.getDouble(4) * 1e9))))
                  : Optional.empty();
            }
          }
        });
  }

  /**
   * Ends the build that {@link #run} or {@link #rebuild} of this object is at, or will be at; what
   * it made of the index is dropped. A build of another object is ended there, or by {@code
   * pg_cancel_backend}.
   */
  public void cancel() {
    cancelled = true;
    Statement statement = running.get();
    if (statement != null) {
      try {
        statement.cancel();
      } catch (SQLException error) {
        throw SqlStates.translate(error, where(), SqlStates.Phase.BEFORE_COMMIT);
      }
    }
  }

  private String where() {
    return definition.table().place("indexBuild");
  }
}
