package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.TenonException;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Drops the chunks of a hypertable that are older than its definition keeps, in four steps.
 *
 * <ol>
 *   <li>The floor is raised: from then on the database refuses rows from before it, by a trigger.
 *   <li>The rollups of every tenant that has changes there are refreshed.
 *   <li>Each chunk is handed to the archive, if there is one.
 *   <li>A chunk is dropped if it has as many rows as the archive kept.
 * </ol>
 *
 * <p>Rollups keep what they have of the time before the floor. A run that ends early, or is killed,
 * leaves whole chunks, and the next goes on. Two runs at once do no harm and some work twice. It
 * waits a quarter of a second for a lock, tries again ever later, and gives up after a minute, so
 * that no reader or writer waits long for it.
 *
 * <p>Safe for use by many threads: {@link #cancel} is for others than the one that runs.
 */
public final class Retention {

  private static final Transaction.Options IMPATIENT =
      Transaction.Options.defaults().withLockTimeout(Duration.ofMillis(250));

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final IntervalFunction PAUSES =
      IntervalFunction.ofExponentialBackoff(Duration.ofMillis(250), 2, Duration.ofSeconds(10));

  private final Session owner;
  private final Function<TenantId, ? extends Session> sessions;
  private final Hypertable<?> hypertable;
  private final RetentionStatements statements;
  private final AtomicBoolean cancelled = new AtomicBoolean();

  /**
   * What a retention has done, or would do.
   *
   * @param floor before which no rows are; empty if it was never raised
   * @param dropped the chunks, in order
   * @param unmade whose rollups lack a bucket there, because its values cannot be added up
   * @param removed rows of rollups that are older than {@link Rollup#retention} keeps them; a plan
   *     does not count them
   */
  public record Report(
      Optional<Instant> floor, List<Chunk> dropped, Set<TenantId> unmade, long removed) {

    public Report {
      dropped = List.copyOf(dropped);
      unmade = Set.copyOf(unmade);
    }
  }

  Retention(
      Session owner, Function<TenantId, ? extends Session> sessions, Hypertable<?> hypertable) {
    this.owner = owner;
    this.sessions = sessions;
    this.hypertable = hypertable;
    this.statements = new RetentionStatements(hypertable, Dialect.of(owner.capabilities()));
    if (owner instanceof Transaction || owner.tenant().isPresent()) {
      throw misuse(
          "a transaction or a tenant's session was given",
          "chunks hold the rows of all tenants, and are dropped one by one",
          "pass a Database that is connected as the owner of the table");
    }
    if (hypertable.retention().isEmpty()) {
      throw misuse(
          "the definition says nothing of a retention",
          "nobody said how long rows are kept",
          "call retention(…) in the definition, and run upgradeSql() in a migration");
    }
  }

  /** What a run would do if nobody wrote anything meanwhile. */
  public Report plan() {
    return planned(statements.now(owner));
  }

  private Report planned(Instant now) {
    Optional<Instant> floor = new Floor(hypertable).read(owner);
    Instant keep = now.minus(hypertable.retention().orElseThrow());
    List<Chunk> old =
        statements.chunks(owner).stream()
            .filter(chunk -> !floorAbove(chunk.to()).isAfter(keep))
            .toList();
    Optional<Instant> raised =
        old.isEmpty() ? floor : Optional.of(floorAbove(old.get(old.size() - 1).to()));
    return new Report(
        floor.isPresent() && raised.isPresent() && floor.get().isAfter(raised.get())
            ? floor
            : raised,
        old,
        Set.of(),
        0);
  }

  /** The end of the chunk, or of the buckets that it begins: a bucket is never made of a part. */
  private Instant floorAbove(Instant end) {
    Instant floor = end;
    for (Rollup rollup : hypertable.rollups()) {
      if (rollup.source() == null) {
        Bucket bucket = rollup.bucket();
        Instant start = bucket.startOf(end);
        Instant above = start.equals(end) ? end : bucket.next(start);
        floor = above.isAfter(floor) ? above : floor;
      }
    }
    return floor;
  }

  /**
   * Drops what is older than the definition keeps, without an archive.
   *
   * @throws RetryableException if a lock was not to be had for a minute
   * @throws dev.tenon.core.AccessDeniedException if the session is not of the table's owner
   */
  public Report run() {
    return this.<RuntimeException>run(null, () -> false);
  }

  /**
   * Archives what is older than the definition keeps, chunk by chunk, and drops it.
   *
   * @throws X what the archive throws; the chunk stays, and those after it
   * @throws UsageException if the archive kept another number of rows than the chunk has
   */
  public <X extends Exception> Report run(ChunkArchive<X> archive) throws X {
    return run(archive, () -> false);
  }

  <X extends Exception> Report run(@Nullable ChunkArchive<X> archive, BooleanSupplier stopping)
      throws X {
    return run(statements.now(owner), stopping, archive);
  }

  /** Ends the run behind the chunk that is under way. */
  public void cancel() {
    cancelled.set(true);
  }

  <X extends Exception> Report run(
      Instant now, BooleanSupplier stopping, @Nullable ChunkArchive<X> archive) throws X {
    Report plan = planned(now);
    List<Chunk> dropped = new ArrayList<>();
    BooleanSupplier ending = () -> cancelled.get() || stopping.getAsBoolean();
    if (plan.dropped().isEmpty()) {
      Set<TenantId> unmade = new HashSet<>();
      long removed =
          plan.floor().isPresent() ? removeBuckets(now, plan.floor().get(), ending, unmade) : 0;
      return new Report(plan.floor(), List.of(), unmade, removed);
    }
    statements.requireKnown(owner);
    Instant raised = plan.floor().orElseThrow();
    Instant floor = impatiently(transaction -> statements.raise(transaction, raised));
    Set<TenantId> unmade = seal(floor, ending);
    for (Chunk chunk : plan.dropped()) {
      if (ending.getAsBoolean()) {
        break;
      }
      if (archive == null ? drop(chunk, null) : archiveAndDrop(chunk, archive)) {
        dropped.add(chunk);
      }
    }
    long removed = removeBuckets(now, floor, ending, unmade);
    return new Report(Optional.of(floor), dropped, unmade, removed);
  }

  /** Where rows are gone, what rollups have of them may go too. */
  private long removeBuckets(
      Instant now, Instant floor, BooleanSupplier ending, Set<TenantId> unmade) {
    RollupRetention rollups = new RollupRetention(hypertable, now, floor);
    if (rollups.rollups().isEmpty()) {
      return 0;
    }
    statements.requireKnown(owner);
    AtomicLong removed = new AtomicLong();
    while (!ending.getAsBoolean()) {
      RetentionStatements.Owners owners =
          impatiently(transaction -> statements.sealCoarser(transaction, floor, rollups.seals()));
      if (owners.behind().isEmpty()) {
        each(
            owners.all(),
            ending,
            tenant -> removed.addAndGet(rollups.removeFromAll(sessionOf(tenant))));
        break;
      }
      refresh(owners.behind(), ending, unmade);
    }
    return removed.get();
  }

  /**
   * Refreshes rollups until they have all from before the floor, where none comes any more.
   *
   * @return those that lack a bucket, which holds nobody else up
   * @throws TenonException if a tenant's rollups could not be refreshed, after all others
   */
  private Set<TenantId> seal(Instant floor, BooleanSupplier ending) {
    Set<TenantId> unmade = new HashSet<>();
    if (hypertable.rollups().isEmpty()) {
      return unmade;
    }
    List<Chunk> below =
        statements.chunks(owner).stream().filter(chunk -> chunk.from().isBefore(floor)).toList();
    Set<TenantId> owners = statements.tenants(owner, below);
    for (boolean first = true; !ending.getAsBoolean(); first = false) {
      boolean again = first;
      RetentionStatements.Lacking lacking =
          impatiently(transaction -> statements.seal(transaction, floor, owners, again));
      if (lacking.behind().isEmpty()) {
        return lacking.unmade();
      }
      refresh(lacking.behind(), ending, unmade);
    }
    return unmade;
  }

  private void refresh(Set<TenantId> behind, BooleanSupplier ending, Set<TenantId> unmade) {
    each(
        behind,
        ending,
        tenant -> {
          try {
            new RollupRefresh(sessionOf(tenant), tenant, hypertable).run(ending);
          } catch (InvalidDataException bucket) {
            unmade.add(tenant);
          }
        });
  }

  /** A tenant that fails holds back no other; the first error is thrown after all. */
  private static void each(Set<TenantId> tenants, BooleanSupplier ending, Consumer<TenantId> work) {
    TenonException failure = null;
    for (TenantId tenant : tenants) {
      if (ending.getAsBoolean()) {
        break;
      }
      try {
        work.accept(tenant);
      } catch (TenonException error) {
        if (failure == null) {
          failure = error;
        } else {
          failure.addSuppressed(error);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private Session sessionOf(TenantId tenant) {
    Session session = sessions.apply(tenant);
    if (!session.tenant().equals(Optional.of(tenant))) {
      throw misuse(
          "a session of "
              + session.tenant().map(TenantId::toString).orElse("nobody")
              + " was given",
          "the rollups of the tenant " + tenant + " are to be refreshed",
          "pass tenants::as");
    }
    return session;
  }

  private <X extends Exception> boolean archiveAndDrop(Chunk chunk, ChunkArchive<X> archive)
      throws X {
    if (!statements.hasRows(owner, chunk)) {
      // An empty chunk may have the name of one that is archived.
      return drop(chunk, 0L);
    }
    Optional<Long> kept =
        owner.transactionResult(
            transaction -> {
              transaction.lock(statements.lockName());
              return statements.exists(transaction, chunk)
                  ? Optional.of(archive.archive(new ChunkExport(transaction, hypertable, chunk)))
                  : Optional.empty();
            });
    return kept.isPresent() && drop(chunk, kept.get());
  }

  private boolean drop(Chunk chunk, @Nullable Long archived) {
    return impatiently(transaction -> statements.drop(transaction, chunk, archived));
  }

  /** Waits for locks a moment only, and runs it again while others hold them. */
  private <R> R impatiently(Transaction.Work<R, RuntimeException> work) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    for (int attempt = 1; ; attempt++) {
      try {
        return owner.transactionResult(IMPATIENT, work);
      } catch (RetryableException held) {
        if (System.nanoTime() - end > 0) {
          throw held;
        }
        rest(attempt, held);
      }
    }
  }

  private static void rest(int attempt, RetryableException held) {
    try {
      Thread.sleep(PAUSES.apply(attempt));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw held;
    }
  }

  private UsageException misuse(String what, String why, String fix) {
    return new UsageException(
        Problem.what(what).where(hypertable.where("retention")).why(why).fix(fix));
  }
}
