package dev.tenon.cache;

import dev.tenon.cache.CaptureSetup.Slot;
import dev.tenon.cache.internal.Faults;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Invalidates cached values where their rows change, whoever changes them: it reads the server's
 * log through a publication and a replication slot.
 *
 * <p>At least once: the slot is moved on only when Redis has confirmed, and keeps its place over
 * restarts of the server, of Redis and of this process. One process at a time reads the slot, the
 * others stand by. A slot that nobody reads keeps the server's log: {@link Builder#remove} it where
 * it is not used any more.
 *
 * <p>Safe for use by many threads. Holds two connections and a daemon thread until it is closed.
 */
public final class ChangeCapture implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ChangeCapture.class);
  private static final String IN_USE = "55006";
  private static final Duration BEAT = Duration.ofSeconds(1);
  private static final Duration IDLE = Duration.ofMillis(3);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Cache cache;
  private final CaptureSetup setup;
  private final CaptureConnections connections;
  private final Thread thread;
  private final CaptureFigures figures = new CaptureFigures();
  private volatile State state = State.STARTING;
  private volatile Optional<Slot> slot = Optional.empty();
  private volatile boolean stopping;

  private ChangeCapture(Cache cache, CaptureSetup setup, CaptureConnections connections) {
    this.cache = cache;
    this.setup = setup;
    this.connections = connections;
    this.thread = new Thread(this::run, "tenon-capture-" + setup.name());
    thread.setDaemon(true);
  }

  /**
   * Begins a capture.
   *
   * @param cache whose entities are invalidated
   * @param owner connects as the owner of the tables with the right to replicate; not by way of a
   *     pooler. Its pool is not used
   */
  public static Builder of(Cache cache, DatabaseConfig owner) {
    return new Builder(
        Required.require(cache, "cache", "ChangeCapture.of"),
        Required.require(owner, "owner", "ChangeCapture.of"));
  }

  /** What a capture is at. */
  public enum State {
    /** It connects for the first time. */
    STARTING,
    /** It reads the slot. */
    CAPTURING,
    /** Another process reads the slot; this one takes over when that ends. */
    STANDING_BY,
    /** The server or Redis failed, or a table is not what it was, and it tries again. */
    FAILING,
    CLOSED
  }

  /**
   * How far a capture is.
   *
   * @param transactions how many were read and are confirmed
   * @param values how many values were forgotten for them
   * @param entities how often a whole entity was: for a TRUNCATE, or a row that names no value
   * @param failures how often it had to connect again
   * @param failure why it is {@link State#FAILING}, and what to do; empty in every other state
   * @param delay from the last commit that was confirmed to its confirmation, by the clocks of the
   *     server and of this process
   * @param retainedBytes of the server's log that is kept because it is not confirmed; at most 1 s
   *     old, 0 before the first look
   * @param safeBytes that may be written before the slot is lost, by {@code
   *     max_slot_wal_keep_size}; empty where nothing bounds it
   */
  public record Status(
      State state,
      long transactions,
      long values,
      long entities,
      long failures,
      Optional<String> failure,
      Duration delay,
      long retainedBytes,
      Optional<Long> safeBytes) {}

  /** How far it is. */
  public Status status() {
    return figures.read(state, slot);
  }

  /** Ends reading, waiting up to 20 s; the slot stays, and what is not confirmed is read again. */
  @Override
  public void close() {
    stopping = true;
    LockSupport.unpark(thread);
    try {
      thread.join(PATIENCE.toMillis());
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
    state = State.CLOSED;
  }

  private void run() {
    Duration pause = SHORTEST_PAUSE;
    while (!stopping) {
      long before = figures.transactions();
      try {
        serve();
        pause = SHORTEST_PAUSE;
        rest(pause);
      } catch (Throwable failure) {
        // Nobody would start this thread again, and the values would stay as they are.
        failed(failure);
        pause = figures.transactions() > before ? SHORTEST_PAUSE : pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        rest(pause);
      }
    }
  }

  private void failed(Throwable failure) {
    boolean isNew = figures.failed(Faults.text(failure));
    if (state != State.FAILING || (isNew && failure instanceof UsageException)) {
      Faults.log(
          LOG,
          Level.WARN,
          "the capture " + setup.name() + " failed, and goes on from its slot",
          failure);
    }
    state = State.FAILING;
  }

  /** One life of the connections. */
  private void serve() throws SQLException {
    try (Connection control = connections.control()) {
      setup.ensure(control, this::forgetAll, () -> stopping);
      // Who read the slot until now may have declared other tables.
      if (!awaitTurn(control) || !setup.isCovering(control)) {
        return;
      }
      try (Connection replication = connections.replication()) {
        CaptureStream stream =
            CaptureStream.start(
                replication,
                setup.name(),
                setup.tables(),
                cache,
                figures,
                new CommitVisibility(control),
                () -> stopping);
        read(stream, control);
      } catch (SQLException refused) {
        if (!IN_USE.equals(refused.getSQLState())) {
          throw refused;
        }
      }
    }
  }

  /** What the new slot has not seen; a position of the old one means nothing to it. */
  private void forgetAll() {
    figures.forgetPosition();
    setup.tables().stream().map(CapturedTable::entity).distinct().forEach(cache::forget);
  }

  /** False where it is closed, or the slot is gone meanwhile. */
  private boolean awaitTurn(Connection control) throws SQLException {
    look(control);
    while (!stopping && slot.map(Slot::active).orElse(false)) {
      state = State.STANDING_BY;
      figures.forgetPosition();
      rest(BEAT.dividedBy(4));
      look(control);
    }
    return !stopping && slot.isPresent();
  }

  /** Until it is closed, or a table that was declared is another one, or not published. */
  private void read(CaptureStream stream, Connection control) throws SQLException {
    state = State.CAPTURING;
    long looked = System.nanoTime();
    while (!stopping) {
      if (!stream.step()) {
        rest(IDLE);
      }
      if (System.nanoTime() - looked > BEAT.toNanos()) {
        look(control);
        if (!setup.isCovering(control)) {
          LOG.warn("the tables of the capture {} are published anew", setup.name());
          return;
        }
        looked = System.nanoTime();
      }
    }
  }

  private void look(Connection control) throws SQLException {
    Optional<Slot> before = slot;
    slot = setup.slot(control);
    boolean endangered = isEndangered(slot);
    if (endangered && !isEndangered(before)) {
      LOG.warn(
          "the slot {} will be lost: the server keeps {} bytes for it, and may write {} more",
          setup.name(),
          slot.map(Slot::retainedBytes).orElse(0L),
          slot.flatMap(Slot::safeBytes).orElse(0L));
    }
  }

  private static boolean isEndangered(Optional<Slot> seen) {
    return seen.filter(
            each ->
                each.status().equals("unreserved")
                    || each.safeBytes().map(safe -> safe < each.retainedBytes()).orElse(false))
        .isPresent();
  }

  private void rest(Duration pause) {
    if (!stopping) {
      LockSupport.parkNanos(this, pause.toNanos());
    }
  }

  /** Collects what is captured; each method checks its values. Not safe for use by many threads. */
  public static final class Builder {

    private static final String TABLE = "ChangeCapture.Builder.table";

    private final Cache cache;
    private final DatabaseConfig owner;
    private final List<CapturedTable> tables = new ArrayList<>();
    private String name;
    private String tenantColumn = "tenant_id";

    private Builder(Cache cache, DatabaseConfig owner) {
      this.cache = cache;
      this.owner = owner;
      this.name = ("tenon_cache_" + cache.service()).replace('-', '_');
    }

    /**
     * Names the publication and the slot, {@code tenon_cache_<service>} by default. Slots are named
     * for the whole server.
     *
     * @throws UsageException if it is not 1 to 63 lower case letters, digits and underscores
     */
    public Builder named(String own) {
      Required.require(own, "name", "ChangeCapture.Builder.named");
      if (!own.matches("[a-z0-9_]{1,63}")) {
        throw new UsageException(
            Problem.what("'" + Problem.excerpt(own) + "' cannot name a replication slot")
                .where("ChangeCapture.Builder.named")
                .why("the server allows nothing else")
                .fix("use 1 to 63 lower case letters, digits and underscores"));
      }
      this.name = own;
      return this;
    }

    /** The column of the tables that are named next, {@code tenant_id} by default. */
    public Builder tenantColumn(String column) {
      this.tenantColumn = Required.require(column, "column", "ChangeCapture.Builder.tenantColumn");
      return this;
    }

    /**
     * Invalidates the value that a column of a changed row identifies, in the tenant of the row; a
     * TRUNCATE invalidates all of the entity. Both columns are in the primary key, or in what
     * {@code replica identity} says. A table may be named for several entities, and an entity for
     * several tables.
     */
    public Builder table(String schema, String table, EntityCache<?, ?> entity, String identifier) {
      Required.require(identifier, "identifier", TABLE);
      return table(schema, table, entity, List.of(identifier), CapturedTable.AS_WRITTEN);
    }

    /**
     * Like {@link #table(String, String, EntityCache, String)}, for an identifier that is made of
     * columns.
     *
     * @param identifier makes the text of the identifier of the texts of the columns, as the server
     *     writes them. Where it throws, all of the entity is invalidated
     */
    public Builder table(
        String schema,
        String table,
        EntityCache<?, ?> entity,
        List<String> columns,
        Function<List<String>, String> identifier) {
      Required.require(entity, "entity", TABLE);
      tables.add(
          new CapturedTable(
              Required.require(schema, "schema", TABLE),
              Required.require(table, "table", TABLE),
              entity.isShared() ? Optional.empty() : Optional.of(tenantColumn),
              List.copyOf(Required.require(columns, "columns", TABLE)),
              Required.require(identifier, "identifier", TABLE),
              entity));
      return this;
    }

    /**
     * Checks the server and the tables, and starts. The publication and the slot are made behind
     * it, if they are not there, and then every value of the entities is forgotten once.
     *
     * <p>Tables are looked for again each second: one that took the name of another is captured in
     * its place, behind forgetting its entities once; one that is gone is a failure.
     *
     * @throws UsageException if the server has no {@code wal_level = logical}, the role may not
     *     replicate or does not own a table, a deleted row would not tell its key, or an identifier
     *     without a function is of a type whose text may be another one than the application's
     * @throws RetryableException if the server cannot be reached
     */
    public ChangeCapture start() {
      if (tables.isEmpty()) {
        throw new UsageException(
            Problem.what("a capture without a table was to be started")
                .where("ChangeCapture.Builder.start")
                .why("it would invalidate nothing")
                .fix("call table(…) first"));
      }
      CaptureSetup setup = setup();
      CaptureConnections connections = new CaptureConnections(owner);
      try (Connection connection = connections.control()) {
        if (CaptureChecks.all(connection, setup.tables())) {
          LOG.warn(
              "max_slot_wal_keep_size is -1: if nobody reads the slot {}, the server's disk fills",
              name);
        }
      } catch (SQLException unreachable) {
        throw unanswered("start", unreachable);
      }
      ChangeCapture capture = new ChangeCapture(cache, setup, connections);
      capture.thread.start();
      return capture;
    }

    /**
     * Removes the publication and the slot, where changes are not to be captured any more.
     *
     * @throws RetryableException if the server cannot be reached, or the slot is read
     */
    public void remove() {
      try (Connection connection = new CaptureConnections(owner).control()) {
        setup().remove(connection);
      } catch (SQLException refused) {
        throw unanswered("remove", refused);
      }
    }

    private CaptureSetup setup() {
      return new CaptureSetup(name, List.copyOf(tables));
    }

    private RetryableException unanswered(String method, @Nullable SQLException cause) {
      return new RetryableException(
          Problem.what("the server did not do what the capture " + name + " asked")
              .where("ChangeCapture.Builder." + method)
              .why(
                  cause == null || cause.getMessage() == null
                      ? "it did not say why"
                      : Problem.excerpt(cause.getMessage().toLowerCase(Locale.ROOT)))
              .fix("look at the server's log, and try again"),
          cause);
    }
  }
}
