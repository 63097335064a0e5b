package dev.tenon.vector;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.core.internal.Required;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one table as immutable records that are found by the direction of their embeddings.
 *
 * <p>A record has a component {@code id}, one {@link Embedding} or {@code float[]} (a {@link
 * BinaryEmbedding} or {@link SparseEmbedding} where the space is made of these) and any further
 * fields; each maps to the column of its name in snake case. Rows are owned by tenants: the column
 * {@code tenant_id} is written from the session, a session without a tenant is refused before any
 * I/O, and vectors that do not belong to the space are refused too. Immutable and safe for use by
 * many threads.
 *
 * <p>All operations throw {@link dev.tenon.core.InvalidDataException} where a value is refused and
 * {@link ServerException} where the extension is missing or older than 0.8.0.
 *
 * @param <T> the record type
 */
public final class VectorRepository<T> {

  private final VectorTable<T> table;
  private final Class<T> type;
  private final IndexDefinition index;
  private final SearchStatements searches;
  private final SearchStatement<T> search;
  private final BulkLoad<T> bulk;
  private final String upsert;

  Class<T> type() {
    return type;
  }

  private VectorRepository(VectorTable<T> table, Class<T> type, IndexDefinition index) {
    this.table = table;
    this.type = type;
    this.index = index;
    this.searches = new SearchStatements(index);
    this.search = searches.into(type);
    this.bulk = new BulkLoad<>(table);
    this.upsert = UpsertSql.ofOne(table, null);
  }

  /**
   * A repository over a table of this name, found by the search path of the role.
   *
   * @throws dev.tenon.core.UsageException if the record does not fit, as {@link #of(Table, Class,
   *     VectorSpace)}
   */
  public static <T> VectorRepository<T> of(String table, Class<T> type, VectorSpace space) {
    return of(DSL.table(DSL.name(table)), type, space);
  }

  /**
   * A repository over a jOOQ table, generated or declared by hand; no I/O.
   *
   * @throws dev.tenon.core.UsageException if the type is not a record with an {@code id} and one
   *     embedding of the space's element, has a component for {@code tenant_id}, or one that the
   *     table does not declare
   */
  public static <T> VectorRepository<T> of(Table<?> table, Class<T> type, VectorSpace space) {
    VectorTable<T> mapped = VectorTable.of(table, type, space);
    return new VectorRepository<>(mapped, type, new IndexDefinition(mapped, HnswIndex.DEFAULT));
  }

  /** The same rows by the embedding of another model, indexed as by default. */
  VectorRepository<T> embeddedIn(String column, VectorSpace space) {
    VectorTable<T> other = table.embeddedIn(column, space);
    return new VectorRepository<>(other, type, new IndexDefinition(other, HnswIndex.DEFAULT));
  }

  /**
   * The table as SQL for a migration: its columns, the primary key {@code (tenant_id, id)}, a check
   * against vectors without direction, {@link #spaceSql}.
   *
   * <p>Policies and grants are not part of it. {@code create extension} does nothing where the
   * extension exists; where it does not, only a superuser can run it, on most servers.
   */
  public String tableSql() {
    return SchemaSql.table(table);
  }

  /**
   * {@link #tableSql} for a table of which large tenants have parts of their own, {@link
   * #partitionSql}: partitioned by tenant, with a part {@code <table>_others} for all that have
   * none.
   *
   * <p>Leave {@link #indexSql} out: {@link #indexBuild(Database, UUID)} indexes a large tenant's
   * part, and the few rows of a small tenant are found by its key and compared, which is exact.
   */
  public String partitionedTableSql() {
    return SchemaSql.partitioned(table);
  }

  /**
   * A part of the table for one large tenant as SQL for a migration of the owner: {@code <table>_}
   * and the last 12 digits of the tenant; of two tenants that share those, one can have a part.
   *
   * <p>Rows that the tenant has already are moved in the same transaction, which keeps readers and
   * writers of the table out until it ends: in time proportional to them, and to what is left in
   * {@code <table>_others}, which is read to see that none is.
   */
  public String partitionSql(UUID tenant) {
    return new TenantPartition<>(table, new TenantId(tenant)).sql();
  }

  /**
   * The space as the comment of the embedding's column, as SQL for a migration, for a table that
   * was made without {@link #tableSql}; {@link #findings} compares it. Behind a fence it is of the
   * base table. Takes the place of another comment.
   */
  public String spaceSql() {
    return SpaceNote.sql(table);
  }

  /**
   * What the server tells of the embedding's column that does not go with the repository: its type,
   * the space that {@link #spaceSql} noted there, with its model, and its indexes. None of a column
   * that goes with it; advice where nothing was noted, or there is no index. Ask once at start-up,
   * in any session, also behind a fence; of a partitioned table each part is looked at. One round
   * trip.
   *
   * <p>An index of another method or quantization than {@link #indexedBy} names is critical: the
   * server serves searches by it without their settings, or by none, and no search tells.
   */
  public List<VectorFinding> findings(Session session) {
    Optional<EmbeddingColumn> column =
        EmbeddingColumn.ask(Required.require(session, "session", table.place("findings")), table);
    List<VectorFinding> findings = new ArrayList<>(new SpaceNote(table).findings(column));
    boolean isMisfit =
        findings.stream().anyMatch(finding -> finding.severity() == Severity.CRITICAL);
    if (!isMisfit) {
      column.map(new IndexFindings(index)::of).ifPresent(findings::addAll);
    }
    return List.copyOf(findings);
  }

  /**
   * Refuses to go on where {@link #findings} has one of the column, its space or its model that is
   * critical: vectors of two models, or of two spaces, would stand in one column. An index that is
   * not the repository's is no reason, because it may be built by then. One round trip.
   *
   * @throws dev.tenon.core.UsageException that names both spaces
   */
  public void requireSpace(Session session) {
    new SpaceNote(table).require(EmbeddingColumn.ask(session, table));
  }

  /**
   * The same repository with its vectors indexed in this way; {@link HnswIndex#DEFAULT} unless it
   * is told. Its searches tune the scan of such an index.
   *
   * @throws dev.tenon.core.UsageException if it has no operator class for the space
   */
  public VectorRepository<T> indexedBy(VectorIndex chosen) {
    VectorTable<T> indexed = table.indexedBy(chosen);
    return new VectorRepository<>(indexed, type, new IndexDefinition(indexed, chosen));
  }

  /**
   * The index as SQL for a migration.
   *
   * <p>It is much faster to build after a first load than to fill row by row. For a table that is
   * in use, and for one that is large, {@link #indexBuild} does it without holding up writers. That
   * of an {@link IvfflatIndex} analyzes the table and fails where it has fewer than 50 rows for a
   * list, as it does when it is migrated before it is loaded: leave it out then, and run {@link
   * #indexBuild} behind the load.
   *
   * @throws dev.tenon.core.UsageException if the space has more dimensions than an index takes
   */
  public String indexSql() {
    return SchemaSql.index(index);
  }

  /**
   * A build of the index beside readers and writers, for a table of any size; no I/O.
   *
   * <p>It takes the place of another index of these vectors, also of one with other {@linkplain
   * HnswIndex#quantized candidates}: searches that name that one compare all rows from then on, and
   * find what is exact. Deploy what names this one at the same time.
   *
   * @param owner as the role that owns the table
   */
  public VectorIndexBuild indexBuild(Database owner) {
    return new VectorIndexBuild(owner, index, null);
  }

  /**
   * Like {@link #indexBuild(Database)}, of the {@linkplain #partitionSql part} that a large tenant
   * has.
   */
  public VectorIndexBuild indexBuild(Database owner, UUID tenant) {
    VectorTable<T> part = new TenantPartition<>(table, new TenantId(tenant)).part();
    return new VectorIndexBuild(owner, new IndexDefinition(part, index.index()), null);
  }

  /**
   * How large the index of so many rows will be, and what memory its build wants; no I/O.
   *
   * @throws dev.tenon.core.UsageException if no table has so many rows, or no index so many
   *     dimensions
   */
  public IndexAdvice indexAdvice(long rows) {
    return IndexAdvice.of(index, rows);
  }

  /**
   * Writes a row of the session's tenant, whether it exists or not; the last writer wins. One round
   * trip.
   */
  public void upsert(Session session, T record) {
    TenantId tenant = table.requireTenant(session, "upsert");
    String where = table.place("upsert");
    Object vector = table.check(record, where);
    Session.JdbcWork<Integer> write =
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(upsert)) {
            statement.setObject(1, tenant.value());
            table.columns().bind(statement, 2, record, vector);
            return statement.executeUpdate();
          }
        };
    try {
      table.requireOne(ExtensionFaults.run(session, where, write), where);
    } catch (InvalidDataException refused) {
      throw DocumentFaults.of(table.columns(), record, where, refused).orElse(refused);
    }
  }

  /**
   * Writes many rows as one unit of work: all of them or none.
   *
   * <p>All records are checked before any I/O; errors name the record by its position, from 0. They
   * are written in the order of their ids, so that two who write the same rows do not deadlock.
   * Otherwise as {@link #load}.
   */
  public long upsertAll(Session session, Collection<? extends T> records) {
    table.requireTenant(session, "upsertAll");
    Required.require(records, "collection of records", table.place("upsertAll"));
    if (!records.isEmpty()) {
      bulk.run(session, "upsertAll", records);
    }
    return records.size();
  }

  /**
   * Writes a stream of rows as one unit of work: all of them or none, in bounded memory.
   *
   * <p>The same as an {@link #upsert} of each in order: of records with the same id the last wins.
   * It runs in the session's transaction, or in one of its own. SQL: {@code insert … select
   * unnest(?), … on conflict do update} for up to 1,000 rows or 256 KiB, each column an array in
   * its binary form, because row-level security refuses COPY; how many rows each wrote is compared.
   * A row whose id is among those of the current statement waits for the next one.
   *
   * <p>The stream is closed. A record that is refused ends the load with an error that names its
   * position, from 0; a transaction that it runs in is as it was before, and goes on.
   *
   * <p>Who loads the same ids at the same time in another order may deadlock with it, which ends
   * one of them with a RetryableException: give them in the order of their ids, or use {@link
   * #upsertAll}.
   *
   * @return how many records were read and written
   */
  public long load(Session session, Stream<? extends T> records) {
    try (records) {
      table.requireTenant(session, "load");
      return bulk.run(
          session, "load", Required.require(records, "stream of records", table.place("load")));
    }
  }

  /**
   * Begins a search for the rows of the session's tenant that are nearest to a vector; no I/O.
   *
   * @throws dev.tenon.core.InvalidDataException if the vector is not of the space
   */
  public VectorSearch<T> search(Session session, float[] vector) {
    return nearestTo(session, vector);
  }

  /** Like {@link #search(Session, float[])}, for a vector held as a value. */
  public VectorSearch<T> search(Session session, Embedding vector) {
    return nearestTo(session, vector);
  }

  /** Like {@link #search(Session, float[])}, in a space of bits. */
  public VectorSearch<T> search(Session session, BinaryEmbedding vector) {
    return nearestTo(session, vector);
  }

  /** Like {@link #search(Session, float[])}, in a {@linkplain VectorSpace#sparse sparse} space. */
  public VectorSearch<T> search(Session session, SparseEmbedding vector) {
    return nearestTo(session, vector);
  }

  /**
   * Like {@link #search(Session, float[])}, for what a model makes of a text.
   *
   * @throws X what the model throws
   * @throws dev.tenon.core.UsageException if the space is of another {@linkplain Embedder#model
   *     model}
   */
  public <X extends Exception> VectorSearch<T> search(
      Session session, String text, Embedder<X> embedder) throws X {
    table.requireTenant(session, "search");
    table.space().requireModel(embedder, table.place("search"));
    return nearestTo(
        session, embedder.embed(Required.require(text, "text", table.place("search"))));
  }

  /**
   * Runs one search for each of many vectors, in one round trip; and a further one for each result
   * that is short, to see whether it is {@linkplain SearchResult#truncated() truncated}.
   *
   * @param vectors float arrays or embeddings of the space; null or of another is refused by its
   *     position, from 0
   * @param search refines the search, which is the same for all: {@code s -> s.top(5).where(…)}
   * @return the results in the order of the vectors
   * @throws dev.tenon.core.UsageException if the search is {@linkplain VectorSearch#diverse
   *     diverse}, or is of another repository or session than the one that was refined
   */
  public <R> List<SearchResult<R>> searchAll(
      Session session, List<?> vectors, Function<? super VectorSearch<T>, VectorSearch<R>> search) {
    table.requireTenant(session, "searchAll");
    String where = table.place("searchAll");
    Function<? super VectorSearch<T>, VectorSearch<R>> refine =
        Required.require(search, "function", where);
    List<Object> checked = new ArrayList<>();
    for (Object vector : Required.require(vectors, "list of vectors", where)) {
      checked.add(table.checkVector(vector, where + ", vector " + checked.size()));
    }
    if (checked.isEmpty()) {
      return List.of();
    }
    VectorSearch<T> begun = nearestTo(session, vectors.get(0));
    VectorSearch<R> one = Required.require(refine.apply(begun), "search", where);
    one.requireMadeFrom(begun, where);
    return one.fetchEach(checked);
  }

  /** Begins to measure how many of the nearest rows the index finds; no I/O. */
  public RecallMeasurement<T> recall(Session session) {
    table.requireTenant(session, "recall");
    // Each search by the plan of its own values, as explain() tells it, and not by one kept before.
    Session planning = session.withSetting("plan_cache_mode", "force_custom_plan");
    return new RecallMeasurement<>(sample(planning), index.index());
  }

  RecallSample<T> sample(Session session) {
    return new RecallSample<>(table, session, vector -> nearestTo(session, vector));
  }

  VectorTable<T> table() {
    return table;
  }

  private VectorSearch<T> nearestTo(Session session, @Nullable Object vector) {
    TenantId tenant = table.requireTenant(session, "search");
    Object checked =
        table.checkVector(vector instanceof float[] own ? own.clone() : vector, searches.place());
    return new VectorSearch<>(
        new SearchRun<>(
            searches, search, session, tenant, checked, SearchOptions.of(index.index())),
        null);
  }
}
