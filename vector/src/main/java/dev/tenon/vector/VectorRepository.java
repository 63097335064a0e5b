package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.sql.PreparedStatement;
import java.util.Collection;
import java.util.stream.Stream;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one table as immutable records that are found by the direction of their embeddings.
 *
 * <p>A record has a component {@code id}, one {@link Embedding} or {@code float[]} and any further
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
  private final SearchStatements searches;
  private final SearchStatement<T> search;
  private final BulkLoad<T> bulk;
  private final String upsert;

  private VectorRepository(VectorTable<T> table, Class<T> type) {
    this.table = table;
    this.searches = new SearchStatements(table);
    this.search = searches.into(type);
    this.bulk = new BulkLoad<>(table);
    this.upsert = UpsertSql.ofOne(table);
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
   *     embedding, has a component for {@code tenant_id}, or one that the table does not declare
   */
  public static <T> VectorRepository<T> of(Table<?> table, Class<T> type, VectorSpace space) {
    return new VectorRepository<>(VectorTable.of(table, type, space), type);
  }

  /**
   * The table as SQL for a migration: its columns, the primary key {@code (tenant_id, id)}, a check
   * against vectors without direction, and {@link #stageSql}.
   *
   * <p>Policies and grants are not part of it. {@code create extension} does nothing where the
   * extension exists; where it does not, only a superuser can run it, on most servers.
   */
  public String tableSql() {
    return SchemaSql.table(table);
  }

  /**
   * The function {@code <table>_stage()} as SQL for a migration, for a table that was made without
   * {@link #tableSql}; {@link #load} needs it.
   *
   * <p>It makes a temporary table for the session, with the rights of its owner, so that the
   * application's role needs no right to create any. Run it as the owner of the table.
   */
  public String stageSql() {
    return SchemaSql.stage(table);
  }

  /** The HNSW index, with the default parameters, as SQL for a migration. */
  public String indexSql() {
    return indexSql(HnswIndex.DEFAULT);
  }

  /**
   * The HNSW index as SQL for a migration.
   *
   * <p>It is much faster to build after a first load than to fill row by row, and only while it
   * fits into {@code maintenance_work_mem}.
   */
  public String indexSql(HnswIndex index) {
    return SchemaSql.index(table, index);
  }

  /**
   * Writes a row of the session's tenant, whether it exists or not; the last writer wins. One round
   * trip.
   */
  public void upsert(Session session, T record) {
    TenantId tenant = table.requireTenant(session, "upsert");
    String where = table.place("upsert");
    table.check(record, where);
    int written =
        ExtensionFaults.run(
            session,
            where,
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(upsert)) {
                statement.setObject(1, tenant.value());
                for (int i = 0; i < table.columns().size(); i++) {
                  table.columns().bind(statement, i + 2, record, i);
                }
                return statement.executeUpdate();
              }
            });
    if (written != 1) {
      throw new ServerException(
          Problem.what("the server wrote " + written + " rows instead of 1")
              .where(where)
              .why("a trigger or a rule of the table suppressed it")
              .fix("look at the triggers and rules of " + table.simpleName()));
    }
  }

  /**
   * Writes many rows as one unit of work: all of them or none.
   *
   * <p>All records are checked before any I/O; errors name the record by its position, from 0.
   * Otherwise as {@link #load}.
   */
  public LoadReport upsertAll(Session session, Collection<? extends T> records) {
    table.requireTenant(session, "upsertAll");
    int position = 0;
    for (T record : records) {
      table.check(record, BulkLoad.position(table.place("upsertAll"), position++));
    }
    return records.isEmpty()
        ? new LoadReport(0, 0)
        : bulk.run(session, "upsertAll", records.stream());
  }

  /**
   * Writes a stream of rows as one unit of work: all of them or none, in bounded memory.
   *
   * <p>The same as an {@link #upsert} of each in order: of records with the same id the last wins.
   * It runs in the session's transaction, or in one of its own. The rows go by COPY BINARY into a
   * temporary table of the owner's, for row-level security refuses COPY, and from there to their
   * table with {@code insert … on conflict do update}; the counts of each step are compared. Each
   * step is one statement under the session's timeout; for a long stream pass {@code
   * session.withSetting("statement_timeout", "10min")}.
   *
   * <p>The stream is closed. A record that is refused ends the load with an error that names its
   * position, from 0, and the transaction with it.
   *
   * @throws dev.tenon.core.UsageException if the function of {@link #stageSql} is missing
   */
  public LoadReport load(Session session, Stream<? extends T> records) {
    try (records) {
      table.requireTenant(session, "load");
      return bulk.run(session, "load", records);
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
    return nearestTo(session, RecordColumns.components(vector));
  }

  private VectorSearch<T> nearestTo(Session session, float @Nullable [] vector) {
    TenantId tenant = table.requireTenant(session, "search");
    float[] checked = table.space().check(vector, searches.place()).clone();
    return new VectorSearch<>(searches, search, session, tenant, checked, SearchOptions.DEFAULT);
  }
}
