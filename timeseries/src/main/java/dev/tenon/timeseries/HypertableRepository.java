package dev.tenon.timeseries;

import dev.tenon.core.Capabilities;
import dev.tenon.core.Problem;
import dev.tenon.core.Repository;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.lang.invoke.MethodType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;

/**
 * Samples over time, as immutable records, in a table that is cut into chunks by time.
 *
 * <p>Rows are owned by tenants: the tenant column is written from the session and is part of the
 * key, and a session without a tenant is refused before any I/O. The definition is the same on
 * every engine, and so are the answers: chunks are TimescaleDB's where the database has that
 * extension, and PostgreSQL's partitions where not. Immutable and safe for use by many threads.
 *
 * <p>All operations throw {@link dev.tenon.core.InvalidDataException} where a value does not fit,
 * {@link dev.tenon.core.AccessDeniedException} where row-level security refuses a row, and {@link
 * UsageException} where the table is missing because its migration did not run.
 *
 * @param <T> the record type
 */
public final class HypertableRepository<T> {

  private final Hypertable<T> hypertable;
  private final Append append;
  private final Append upsert;
  private final Reads<T> reads;

  HypertableRepository(Hypertable<T> hypertable) {
    this.hypertable = hypertable;
    this.append = new Append(hypertable, false);
    this.upsert = new Append(hypertable, true);
    this.reads = new Reads<>(hypertable);
  }

  /** Begins the definition of a hypertable whose rows are records of this type. */
  public static <T> HypertableBuilder<T> of(String table, Class<T> type) {
    return new HypertableBuilder<>(table, type);
  }

  /**
   * The script that creates the table, its chunk schema and its functions, to be put into a
   * migration and reviewed there; no I/O.
   *
   * <p>It sets no policies and grants nothing. Row-level security goes into the same migration; the
   * application's role needs SELECT and INSERT on the table. Run it as the role that owns the
   * schema. The text is for one kind of engine: keep it in a file once it has run anywhere, because
   * a later version of Tenon may write it differently.
   *
   * @param capabilities of the database that it is for, as {@code session.capabilities()} tells
   * @throws dev.tenon.core.ServerException if that database cannot hold a hypertable
   */
  public String migrationSql(Capabilities capabilities) {
    return Migration.sql(hypertable, capabilities);
  }

  /**
   * The script that adds rollups, and what they and a retention need, to a table that is there,
   * with its fence if it has one; no I/O. {@link #migrationSql} has it too. Run it again when
   * rollups join, before their policies, and with a new version of Tenon; a rollup that keeps
   * something else than before wants another name.
   */
  public String upgradeSql() {
    return RollupMigration.sql(hypertable, false);
  }

  /**
   * How each feature of this hypertable is had in a database, and why; no I/O.
   *
   * @param capabilities as {@code session.capabilities()} tells
   */
  public List<Support> support(Capabilities capabilities) {
    return new Engine(capabilities).all(hypertable);
  }

  /** The table, for statements of the caller's own. */
  public Table<Record> table() {
    return hypertable.table();
  }

  /**
   * The column of a component, for conditions and aggregates.
   *
   * @throws UsageException if there is no such component of that type
   */
  public <V> Field<V> column(String component, Class<V> type) {
    for (Column column : hypertable.columns()) {
      boolean isOfType =
          MethodType.methodType(column.javaType()).wrap().returnType()
              == MethodType.methodType(type).wrap().returnType();
      if (column.component().equals(component) && isOfType) {
        @SuppressWarnings("unchecked")
        Field<V> field = (Field<V>) column.field();
        return field;
      }
    }
    throw new UsageException(
        Problem.what(
                "there is no component "
                    + Problem.excerpt(component)
                    + " of the type "
                    + type.getSimpleName())
            .where(hypertable.where("column"))
            .why("the record is " + hypertable.shape().components())
            .fix("name a component and its own type"));
  }

  /**
   * Writes records, all or none.
   *
   * <p>They are encoded on the way and checked one by one; a batch of up to 256 KiB is checked as a
   * whole before any I/O. Times are cut to microseconds. The statement timeout of the session
   * bounds the COPY and the INSERT each. In a transaction of the caller's an error dooms the
   * transaction. SQL: {@code copy} into a temporary table, then {@code insert … select}; five or
   * six round trips, however many rows.
   *
   * @return how many there were
   * @throws dev.tenon.core.InvalidDataException if a value does not fit its column, naming the
   *     position of the record and the component; if a row of the same series and time exists; or
   *     if the batch spans more than 500 chunks
   * @throws dev.tenon.core.OutcomeUnknownException if the reply to the commit was lost; appending
   *     again is safe, because rows that are there are refused
   */
  public long append(Session session, Iterable<? extends T> records) {
    return write(append, session, requireTenant(session, "append"), records);
  }

  private long write(Append way, Session session, TenantId tenant, Iterable<? extends T> records) {
    RowEncoder<T> encoder = new RowEncoder<>(hypertable, records.iterator());
    encoder.fill();
    if (encoder.rows() == 0) {
      return 0;
    }
    Dialect dialect = Dialect.of(session.capabilities());
    return session.transactionResult(transaction -> way.run(transaction, tenant, dialect, encoder));
  }

  /**
   * Writes the records of a stream, all or none, in bounded memory; see {@link #append(Session,
   * Iterable)}.
   *
   * <p>The stream is pulled while a connection is held, and must not use the same transaction. What
   * it throws reaches the caller, after the rollback. Closing it stays the caller's.
   */
  public long append(Session session, Stream<? extends T> records) {
    requireTenant(session, "append");
    Iterable<T> once = () -> records.<T>map(row -> row).iterator();
    return append(session, once);
  }

  /**
   * Writes records, all or none, each in place of the row of its series and time where there is
   * one; see {@link #append(Session, Iterable)}.
   *
   * <p>Of records of one series and time the last is stored. The application's role needs UPDATE
   * too. SQL: {@code copy} into a temporary table, then {@code insert … select … on conflict … do
   * update}.
   *
   * @return how many records there were
   */
  public long upsert(Session session, Iterable<? extends T> records) {
    return write(upsert, session, requireTenant(session, "upsert"), records);
  }

  /** Like {@link #upsert(Session, Iterable)}, of a stream, in bounded memory. */
  public long upsert(Session session, Stream<? extends T> records) {
    requireTenant(session, "upsert");
    Iterable<T> once = () -> records.<T>map(row -> row).iterator();
    return upsert(session, once);
  }

  /**
   * A writer that gathers records into batches, on a thread of its own; see {@link SampleWriter}.
   *
   * @param deadLetters takes, on the writer's thread, what the table refuses
   */
  public SampleWriter<T> writer(
      Session session,
      SampleWriter.Options options,
      Consumer<SampleWriter.DeadLetter<T>> deadLetters) {
    requireTenant(session, "writer");
    return new SampleWriter<>(this, session, options, deadLetters, Clock.systemUTC());
  }

  /** The rows of a time range, by time and then by series. One round trip. */
  public List<T> range(Session session, TimeRange range) {
    return reads.range(session, requireTenant(session, "range"), range);
  }

  /** The rows of a time range for which a condition holds, by time and then by series. */
  public List<T> range(Session session, TimeRange range, Condition condition) {
    return reads.range(session, requireTenant(session, "range"), range, condition);
  }

  /**
   * Hands the rows of a time range for which a condition holds to a callback, by time and then by
   * series, in bounded memory: 1,000 rows are held at a time.
   *
   * <p>It runs in the session's transaction, or in one of its own; the stream is closed when the
   * callback returns.
   *
   * @throws X what the callback throws
   */
  public <R, X extends Exception> R stream(
      Session session, TimeRange range, Condition condition, Repository.StreamWork<T, R, X> work)
      throws X {
    return reads.stream(session, requireTenant(session, "stream"), range, condition, work);
  }

  /**
   * Begins a query for aggregates by time.
   *
   * @param width the width of a bucket, in whole microseconds
   */
  public BucketQuery buckets(Session session, TimeRange range, Duration width) {
    return buckets(session, range, Bucket.every(width));
  }

  /** Begins a query for aggregates by time, such as by the months of a zone. */
  public BucketQuery buckets(Session session, TimeRange range, Bucket bucket) {
    TenantId tenant = requireTenant(session, "buckets");
    BucketSource rows = new RowSource(hypertable, Dialect.of(session.capabilities()));
    return new BucketQuery(session, tenant, hypertable, range, bucket, rows);
  }

  /**
   * Begins a query for aggregates by time, of what a rollup of this table keeps.
   *
   * <p>Conditions and groups name columns of the series.
   *
   * @param range in whole buckets of the rollup
   * @param bucket the rollup's own, or one that is made of whole ones
   * @throws UsageException if the range or the bucket cuts buckets of the rollup
   */
  public BucketQuery buckets(
      Session session, TimeRange range, Bucket bucket, Rollup rollup, Freshness freshness) {
    TenantId tenant = requireTenant(session, "buckets");
    BucketSource states = RollupSource.of(hypertable, rollup, freshness, range, bucket);
    return new BucketQuery(session, tenant, hypertable, range, bucket, states);
  }

  /**
   * A refresh of the tenant's rollups.
   *
   * <p>Without one, answers that are strict stay right and become slower.
   *
   * @throws UsageException if the session is a transaction
   */
  public RollupRefresh refresh(Session session) {
    return new RollupRefresh(session, requireTenant(session, "refresh"), hypertable);
  }

  /**
   * The statement that does what {@link #refresh} does, for many tenants and in one call, for
   * schedulers within the database; no I/O. It has to be run on its own, not in a transaction, and
   * where {@code tenon.job_run} may be written it records the run there.
   *
   * @param tenants a query that gives the identifiers of the tenants; it is run as it stands
   */
  public String refreshStatement(String tenants) {
    return new RefreshProcedure(hypertable).call(tenants);
  }

  /**
   * A retention, which drops what is older than the definition keeps, of all tenants.
   *
   * @param owner a {@link dev.tenon.core.Database} that is connected as the owner of the table
   * @param sessions of tenants whose rollups have to be refreshed first, such as {@code
   *     tenants::as}; asked for none where there are no rollups
   * @throws UsageException if the definition has no {@link HypertableBuilder#retention}, or the
   *     session is a tenant's or a transaction
   */
  public Retention retention(Session owner, Function<TenantId, ? extends Session> sessions) {
    return new Retention(owner, sessions, hypertable);
  }

  /**
   * Before which the rows are dropped, or about to be, and none is taken any more; empty if none
   * were. One round trip.
   *
   * @throws UsageException if the definition has neither a retention nor rollups
   */
  public Optional<Instant> floor(Session session) {
    return new Floor(hypertable).read(session);
  }

  /**
   * The names of all tables that hold rows of tenants, each of which needs its policy: the table,
   * its rollups, and what tells the rollups of changes.
   */
  public List<String> tables() {
    List<String> tables = new ArrayList<>(List.of(hypertable.name()));
    hypertable.rollups().forEach(rollup -> tables.add(rollup.name()));
    if (tables.size() > 1) {
      ChangeLog log = new ChangeLog(hypertable);
      tables.addAll(List.of(String.valueOf(log.log().last()), String.valueOf(log.state().last())));
    }
    return List.copyOf(tables);
  }

  /**
   * The latest row of each series, by series. One round trip.
   *
   * <p>It walks the key from series to series, so it costs a few pages for each, however many rows
   * they have.
   */
  public List<T> last(Session session) {
    return reads.last(session, requireTenant(session, "last"));
  }

  String qualifiedName() {
    return hypertable.qualifiedName();
  }

  private TenantId requireTenant(Session session, String operation) {
    if (hypertable.shared()) {
      return Hypertable.NOBODY;
    }
    return session
        .tenant()
        .orElseThrow(
            () ->
                new UsageException(
                    Problem.what("a session without a tenant was given")
                        .where(hypertable.where(operation))
                        .why("its rows are owned by tenants")
                        .fix("pass tenants.as(tenantId)")));
  }
}
