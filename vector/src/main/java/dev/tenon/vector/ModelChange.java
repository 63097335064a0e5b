package dev.tenon.vector;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The way from one embedding model to another, while rows are read and written: both embeddings
 * stand in one row, each in a column of its own, and each is searched by a repository of its own.
 *
 * <ol>
 *   <li>Run {@link #addSql} as a migration. Every row has the old embedding, and may have the new.
 *   <li>Have writers call {@link #upsert} or {@link #load}, which write both. One that changes the
 *       old embedding alone leaves the row without the new: a trigger of the migration takes it
 *       away. Who changes a text and leaves the old embedding as it was leaves the new one too.
 *   <li>{@link #backfill} makes what is missing, tenant by tenant; it can be stopped and goes on
 *       where it was.
 *   <li>Build the new repository's index, and compare what both find by {@link #overlap}.
 *   <li>{@link #cutOver}: from now on every row has the new embedding, and may lack the old. {@link
 *       #rollBack} is the way back, as long as no row lacks it.
 * </ol>
 *
 * <p>Immutable and safe for use by many threads.
 *
 * @param <O> the record with the old embedding
 * @param <N> the record with the new one: a component of another name, otherwise the same columns
 *     or less
 * @param <X> what the new model throws; it reaches the caller unwrapped
 */
public final class ModelChange<O, N, X extends Exception> {

  private static final int BATCH = 200;

  private final VectorRepository<O> from;
  private final VectorRepository<N> to;
  private final Reembedding<O, N, X> model;
  private final ModelChangeSql sql;
  private final ModelWrites<O, N> writes;

  /**
   * Makes records with the new embedding of records with the old.
   *
   * @param <O> the record with the old embedding
   * @param <N> the record with the new one
   * @param <X> what it throws
   */
  @FunctionalInterface
  public interface Reembedding<O, N, X extends Exception> {

    /**
     * One for each, in their order; called outside of any transaction, but by {@link
     * ModelChange#load}. It is given 200 at most, or as many as a back-fill takes.
     */
    List<N> embed(List<O> records) throws X;
  }

  private ModelChange(
      VectorRepository<O> from, VectorRepository<N> to, Reembedding<O, N, X> model) {
    this.from = from;
    this.to = to;
    this.model = model;
    this.sql = new ModelChangeSql(from.table(), to.table());
    this.writes = new ModelWrites<>(from.table(), to.table(), sql);
  }

  /**
   * A change between two repositories over one table; no I/O.
   *
   * @throws UsageException if they are over two tables or one column, or the new record has a
   *     column that the old one has not
   */
  public static <O, N, X extends Exception> ModelChange<O, N, X> of(
      VectorRepository<O> from, VectorRepository<N> to, Reembedding<O, N, X> model) {
    if (from.type() == Chunk.class) {
      throw new UsageException(
          Problem.what("the rows are chunks of documents")
              .where(from.table().place("ModelChange"))
              .why("whoever replaces a document writes both embeddings of its chunks")
              .fix("use DocumentModelChange.of(documents, documents.embeddedIn(…), model)"));
    }
    return between(from, to, model);
  }

  /** Like {@link #of}, of any rows. */
  static <O, N, X extends Exception> ModelChange<O, N, X> between(
      VectorRepository<O> from, VectorRepository<N> to, Reembedding<O, N, X> model) {
    VectorTable<O> before = from.table();
    VectorTable<N> after = to.table();
    if (!before.name().equals(after.name())) {
      throw misfit(before, "the tables are " + before.name() + " and " + after.name());
    }
    if (before.columns().indexOf(after.embeddingName()) >= 0) {
      throw misfit(before, "the column " + after.embeddingName() + " is in both records");
    }
    for (String column : after.columns().names()) {
      if (!column.equals(after.embeddingName()) && before.columns().indexOf(column) < 0) {
        throw misfit(before, "the column " + column + " is in the new record only");
      }
    }
    return new ModelChange<>(from, to, model);
  }

  private static UsageException misfit(VectorTable<?> before, String what) {
    return new UsageException(
        Problem.what(what)
            .where(before.place("ModelChange"))
            .why("one row holds both embeddings, and what the new one is made of")
            .fix(
                "give the record of the new model the components of the old one, with an embedding"
                    + " of another name"));
  }

  /**
   * The new column as SQL for a migration, with its check and the trigger that keeps the two
   * together.
   *
   * <p>Adding it rewrites nothing. Behind a fence it is made of repositories over the base table,
   * {@code DSL.table(DSL.name("fenced", …))}, and the declaration of the fence follows it again.
   */
  public String addSql() {
    return sql.add();
  }

  /**
   * Writes a row with both embeddings, whether it exists or not; the last writer wins. One round
   * trip.
   *
   * @throws X what the model throws; nothing is written then
   */
  public void upsert(Session session, O record) throws X {
    from.table().requireTenant(session, "ModelChange.upsert");
    N embedded = embedded(List.of(record)).get(0);
    writes.upsert(session, record, embedded);
  }

  /**
   * Writes many rows with both embeddings as one unit of work: all of them or none.
   *
   * <p>All records are checked, and all are given to the model, before any I/O; errors name the
   * record by its position, from 0. They are written in the order of their ids, as {@link
   * VectorRepository#upsertAll} does. Otherwise as {@link #load}.
   *
   * @throws X what the model throws; nothing is written then
   */
  public long upsertAll(Session session, Collection<? extends O> records) throws X {
    VectorTable<O> table = from.table();
    table.requireTenant(session, "ModelChange.upsertAll");
    int position = 0;
    String where = table.place("ModelChange.upsertAll");
    for (O record : Required.require(records, "collection of records", where)) {
      table.check(record, BulkLoad.position(where, position++));
    }
    if (!records.isEmpty()) {
      long unused =
          unwrapped(() -> writes.upsertAll(session, rows("upsertAll", records.iterator())));
    }
    return records.size();
  }

  /**
   * Writes a stream of rows with both embeddings as one unit of work: all of them or none, in
   * bounded memory.
   *
   * <p>The same as an {@link #upsert} of each in order: of records with the same id the last wins.
   * It runs, and ends where a record is refused, as {@link VectorRepository#load}. The model is
   * called while the transaction is open, which keeps the rows that are written locked meanwhile:
   * where it is slow, {@link #upsertAll} what fits into memory.
   *
   * <p>The stream is closed.
   *
   * @return how many records were read and written
   * @throws X what the model throws; nothing is written then
   */
  public long load(Session session, Stream<? extends O> records) throws X {
    try (records) {
      from.table().requireTenant(session, "ModelChange.load");
      Required.require(records, "stream of records", from.table().place("ModelChange.load"));
      return unwrapped(() -> writes.load(session, rows("load", records.iterator())));
    }
  }

  private ModelRows<O, N, X> rows(String operation, Iterator<? extends O> records) {
    String place = from.table().place("ModelChange." + operation);
    return new ModelRows<>(from.table(), to.table(), this::embedded, BATCH, records, place);
  }

  private long unwrapped(LongSupplier write) throws X {
    try {
      return write.getAsLong();
    } catch (ModelRows.ModelFailure failure) {
      @SuppressWarnings("unchecked") // what is checked can only be what the model declares
      X thrown = (X) failure.getCause();
      throw thrown;
    }
  }

  /** What is left to do for the session's tenant. */
  public Backfill backfill(Session session) {
    from.table().requireTenant(session, "ModelChange.backfill");
    return new Backfill(session);
  }

  /**
   * What part of the nearest rows both models agree on: the mean over rows of the tenant that are
   * drawn as queries, of those that have both embeddings. Each query costs two exact searches.
   *
   * @param queries how many rows are drawn
   * @param top how many of the nearest are compared, without the row itself
   * @throws InvalidDataException if fewer than two rows have both
   */
  public Overlap overlap(Session session, int queries, int top) {
    from.table().requireTenant(session, "ModelChange.overlap");
    requirePositive("queries", queries);
    requirePositive("top", top);
    return new ModelOverlap<>(from, to).measure(session, queries, top);
  }

  private void requirePositive(String name, int value) {
    if (value < 1) {
      throw new UsageException(
          Problem.what(name + " of " + value + " were asked for")
              .where(from.table().place("ModelChange.overlap"))
              .why("what a query finds is compared, so there is one, and it finds one")
              .fix("pass 1 or more, for example overlap(session, 40, 10)"));
    }
  }

  /**
   * How much two models agree.
   *
   * @param queries how many rows were drawn
   * @param mean 0 to 1
   * @param low where the interval begins that holds the true mean with 95 % confidence
   * @param high where it ends
   */
  public record Overlap(int queries, double mean, double low, double high) {}

  /**
   * From now on every row has the new embedding, and a writer of the new model alone is taken. The
   * table is read once for it, while others read and write. It waits at most 5 seconds for each
   * lock, because whoever comes behind it waits as long.
   *
   * @param owner as the role that owns the table
   * @throws InvalidDataException if a row lacks the new embedding; it says how many of which
   *     tenant, where the owner may see rows
   * @throws RetryableException if another transaction kept a lock; call it again
   */
  public void cutOver(Database owner) {
    new ModelSwitch(from.table(), to.table(), owner).cutOver();
  }

  /**
   * The way back: every row has the old embedding, and a writer of the old model alone is taken.
   * Otherwise as {@link #cutOver}.
   *
   * @param owner as the role that owns the table
   * @throws InvalidDataException if a row lacks the old embedding, as one that was written by the
   *     new model alone: an {@link #upsert} of its old record gives it one, no back-fill does
   */
  public void rollBack(Database owner) {
    new ModelSwitch(from.table(), to.table(), owner).rollBack();
  }

  /**
   * The end of the old model as SQL for a migration, behind {@link #cutOver} and once nobody uses
   * its repository: drops the trigger that kept the two together, and the old column with its
   * index. There is no way back then; it fails, and drops nothing, while a row lacks the new
   * embedding.
   *
   * <p>Behind a fence it is of the base table, and the fence's view, which shows the old column,
   * must go before it: in one script drop the view, end the model, declare the fence again, and
   * grant what was granted on the view.
   */
  public String finishSql() {
    return sql.finish();
  }

  private List<N> embedded(List<O> records) throws X {
    List<N> made = model.embed(records);
    boolean fits = made.size() == records.size();
    for (int i = 0; fits && i < made.size(); i++) {
      fits = id(from.table(), records.get(i)).equals(id(to.table(), made.get(i)));
    }
    if (!fits) {
      throw new UsageException(
          Problem.what("the model gave other records than it was given")
              .where(from.table().place("ModelChange"))
              .why("an embedding is written to the row that its text is from")
              .fix("return one record for each, with its id, in their order"));
    }
    return made;
  }

  private static <T> String id(VectorTable<T> table, @Nullable T record) {
    return record == null ? "" : String.valueOf(table.columns().value(record, table.id()));
  }

  /**
   * Makes the new embeddings of one tenant's rows that lack them, batch by batch.
   *
   * <p>What is done stands in the rows, so a run that ends early is gone on with by the next. Any
   * number may run at once: each begins at a row drawn at random, and goes around. A row that is
   * written meanwhile is left to its writer, or to the next run. For use by one thread.
   */
  public final class Backfill {

    private static final int ATTEMPTS = 5;
    private static final long GIVE_WAY = TimeUnit.MILLISECONDS.toNanos(100);

    private final Session session;
    private int batch = BATCH;
    private long done;

    private Backfill(Session session) {
      this.session = session;
    }

    /** So many rows are given to the model at a time, 200 by default. */
    public Backfill batch(int rows) {
      if (rows < 1) {
        throw new UsageException(
            Problem.what("batch(" + rows + ") was asked for")
                .where("ModelChange.Backfill.batch")
                .why("a batch has a row or more")
                .fix("pass what the model takes at a time"));
      }
      batch = rows;
      return this;
    }

    /** How many rows this has made. */
    public long done() {
      return done;
    }

    /** How many rows lack the new embedding; reads all of the tenant's. One round trip. */
    public long left() {
      return writes.left(session);
    }

    /** Works until no row lacks it. */
    public void run() throws X {
      run(() -> false);
    }

    /**
     * Works until no row lacks it, or until it is to stop.
     *
     * @param stopping asked before each batch
     * @throws X what the model throws; batches before are written
     */
    public void run(BooleanSupplier stopping) throws X {
      LackingRows<O> lacking = new LackingRows<>(writes, session);
      while (!stopping.getAsBoolean()) {
        ModelWrites.Batch<O> read = lacking.next(batch);
        if (read.records().isEmpty()) {
          return;
        }
        done += filled(read, embedded(read.records()));
      }
    }

    /** A deadlock with a writer of many rows undoes the batch alone, which is made by then. */
    private long filled(ModelWrites.Batch<O> read, List<N> made) {
      for (int attempt = 1; ; attempt++) {
        try {
          return writes.fill(session, read, made);
        } catch (RetryableException conflict) {
          if (attempt == ATTEMPTS || session instanceof Transaction) {
            throw conflict;
          }
          // Tried at once it may lock the rows again before the writer, which waits, has them.
          LockSupport.parkNanos(this, GIVE_WAY * attempt);
        }
      }
    }
  }
}
