package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.timeseries.RollupStatements.Taken;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings the rollups of one tenant up to what the rows are, step by step.
 *
 * <p>A step is one READ COMMITTED transaction: it takes what the log tells of, makes those buckets
 * anew from what is stored, and tells the rollups that are made from this one. What a step took is
 * in the log again if it fails, so a run that is cancelled, or killed, is gone on with by the next.
 * Any number may run at once: of one rollup of one tenant one step runs at a time.
 *
 * <p>Safe for use by many threads: {@link #progress} and {@link #cancel} are for others than the
 * one that runs.
 */
public final class RollupRefresh {

  /** A coarser rollup is made of so many buckets in one step, where all of it has to be made. */
  private static final int BUCKETS_A_STEP = 1_000;

  private final Session session;
  private final TenantId tenant;
  private final Hypertable<?> hypertable;
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private volatile Progress progress = new Progress(0, 0, 0);

  /**
   * What a refresh has done.
   *
   * @param steps transactions that were committed
   * @param stored rows of rollups that were written because they differed
   * @param removed rows of rollups whose bucket has no rows of its series any more
   */
  public record Progress(long steps, long stored, long removed) {}

  /**
   * What a rollup has not been told yet.
   *
   * @param rollup its name
   * @param changes ranges of time that changed, some of them perhaps twice
   * @param from where the first begins
   * @param to where the last ends
   */
  public record Pending(String rollup, long changes, Instant from, Instant to) {}

  /**
   * How a rollup differs from what it is made from.
   *
   * @param rollup its name
   * @param stored rows that are missing, or have another value
   * @param removed rows that should not be
   */
  public record Difference(String rollup, long stored, long removed) {

    /** Whether there is none. */
    public boolean isNone() {
      return stored == 0 && removed == 0;
    }
  }

  RollupRefresh(Session session, TenantId tenant, Hypertable<?> hypertable) {
    if (session instanceof Transaction) {
      throw new UsageException(
          Problem.what("a transaction was given")
              .where(hypertable.where("refresh"))
              .why("a refresh commits step by step, so that it holds nobody up")
              .fix("pass the tenant's session"));
    }
    this.session = session;
    this.tenant = tenant;
    this.hypertable = hypertable;
  }

  /**
   * Works until each rollup has what was committed before this call, those that others are made
   * from first; or until it is cancelled.
   *
   * <p>A bucket whose values cannot be added up holds back no other: it is tried again by the next
   * run, and a strict answer of it fails as one from the rows does.
   *
   * @return what was done
   * @throws InvalidDataException after all others are made, if a bucket could not be
   */
  public Progress run() {
    return run(() -> false);
  }

  Progress run(BooleanSupplier stopping) {
    if (!new ChangeLog(hypertable).tellsAnything(session, tenant)) {
      return progress;
    }
    InvalidDataException unmade = null;
    for (Rollup rollup : hypertable.rollups()) {
      boolean more = true;
      for (int i = 0; more && !cancelled.get() && !stopping.getAsBoolean(); i++) {
        Step step = step(rollup, i == 0);
        more = step.more();
        unmade = unmade == null ? step.unmade() : unmade;
      }
    }
    if (unmade != null) {
      throw unmade;
    }
    return progress;
  }

  /**
   * What a run would begin with, by rollup; those that others are made from tell them of more. One
   * round trip.
   */
  public List<Pending> plan() {
    return new ChangeLog(hypertable).pending(session, tenant);
  }

  /**
   * Compares rollups with what they are made from, within a range; for what no log tells of, such
   * as rows that logical replication brought. What is not refreshed yet is a difference too.
   *
   * <p>It costs what it costs to make the range anew, which is done and rolled back. Sums of {@code
   * double precision} may differ in their last digit where the server added up in another order.
   *
   * @return one for each rollup, in their order
   */
  public List<Difference> verify(TimeRange range) {
    return new RollupVerification(session, tenant, hypertable).differences(range);
  }

  /**
   * Makes all buckets of a range anew, in every rollup; then works like {@link #run()}.
   *
   * <p>Buckets whose rows a retention has dropped stay as they are.
   */
  public Progress repair(TimeRange range) {
    new RollupVerification(session, tenant, hypertable).tell(range);
    return run();
  }

  /** What was done so far. */
  public Progress progress() {
    return progress;
  }

  /** Ends the run behind the step that is under way. */
  public void cancel() {
    cancelled.set(true);
  }

  /**
   * How a step ended.
   *
   * @param more whether there may be more to do
   * @param unmade why a bucket could not be made; null if all could
   */
  record Step(boolean more, @Nullable InvalidDataException unmade) {}

  /**
   * Does one step.
   *
   * @param again whether buckets are tried that could not be made before
   */
  Step step(Rollup rollup, boolean again) {
    RollupStatements statements =
        new RollupStatements(hypertable, new RollupTable(hypertable, rollup));
    BucketRemake all = statements::remake;
    try {
      return session.transactionResult(
          transaction -> step(transaction, statements, rollup, again, all));
    } catch (InvalidDataException unfit) {
      BucketRemake single = new SingleBuckets(statements, rollup.bucket());
      return session.transactionResult(
          transaction -> step(transaction, statements, rollup, again, single));
    }
  }

  private Step step(
      Transaction transaction,
      RollupStatements statements,
      Rollup rollup,
      boolean again,
      BucketRemake remake) {
    statements.lock(transaction);
    Optional<Instant> asOf = statements.begin(transaction, tenant);
    Taken taken = statements.take(transaction, tenant, again);
    Share share = share(transaction, statements, rollup, taken.ranges());
    RemadeBuckets written =
        share.now().isEmpty()
            ? RemadeBuckets.NOTHING
            : remake.remake(transaction, tenant, share.now());
    if (written.stored() + written.removed() > 0) {
      statements.tellNext(transaction, tenant, share.now());
    }
    statements.putBack(transaction, tenant, share.later());
    statements.hold(transaction, tenant, written.unmade());
    boolean more = taken.rows() == RollupStatements.MOST_TAKEN || !share.later().isEmpty();
    if (!more) {
      statements.finish(transaction, tenant, asOf);
    }
    transaction.afterCommit(() -> add(written));
    return new Step(more, written.reason());
  }

  private synchronized void add(RemadeBuckets written) {
    progress =
        new Progress(
            progress.steps() + 1,
            progress.stored() + written.stored(),
            progress.removed() + written.removed());
  }

  /** What one step does of the ranges that it took, and what it puts back. */
  private record Share(List<TimeRange> now, List<TimeRange> later) {}

  private Share share(
      Transaction transaction, RollupStatements statements, Rollup rollup, List<TimeRange> ranges) {
    List<TimeRange> now = new ArrayList<>();
    List<TimeRange> later = new ArrayList<>();
    Duration window = window(rollup);
    Duration left = window;
    for (TimeRange range : ranges) {
      Duration length = Duration.between(range.from(), range.to());
      if (left.isNegative() || left.isZero()) {
        later.add(range);
      } else if (length.compareTo(window) <= 0) {
        now.add(range);
        left = left.minus(length);
      } else {
        left = Duration.ZERO;
        cut(transaction, statements, range, window, now, later);
      }
    }
    return new Share(now, later);
  }

  /** Does the first part of a long range that has anything in it, and puts the rest back. */
  private void cut(
      Transaction transaction,
      RollupStatements statements,
      TimeRange range,
      Duration window,
      List<TimeRange> now,
      List<TimeRange> later) {
    Instant first = firstNotEmpty(transaction, statements, range, window);
    if (first.equals(range.to())) {
      return;
    }
    TimeRange part =
        statements.widened(transaction, new TimeRange(first, earlier(first, window, range.to())));
    now.add(part);
    if (part.to().isBefore(range.to())) {
      later.add(new TimeRange(part.to(), range.to()));
    }
  }

  /**
   * Where within a window's length the first of a range lies, or its end if it is empty: the length
   * that is asked for doubles while nothing is found, and halves then.
   */
  private Instant firstNotEmpty(
      Transaction transaction, RollupStatements statements, TimeRange range, Duration window) {
    Instant from = range.from();
    Duration length = window;
    while (from.isBefore(range.to())) {
      Instant to = earlier(from, length, range.to());
      if (statements.hasAny(transaction, tenant, new TimeRange(from, to))) {
        return narrowed(transaction, statements, from, to, window);
      }
      from = to;
      length = length.multipliedBy(2);
    }
    return range.to();
  }

  private Instant narrowed(
      Transaction transaction,
      RollupStatements statements,
      Instant first,
      Instant last,
      Duration window) {
    Instant from = first;
    Instant to = last;
    while (Duration.between(from, to).compareTo(window) > 0) {
      Instant middle = from.plus(Duration.between(from, to).dividedBy(2));
      if (statements.hasAny(transaction, tenant, new TimeRange(from, middle))) {
        to = middle;
      } else {
        from = middle;
      }
    }
    return from;
  }

  private static Instant earlier(Instant from, Duration length, Instant end) {
    return length.compareTo(Duration.between(from, end)) < 0 ? from.plus(length) : end;
  }

  /** A chunk of rows, or so many buckets of a rollup. */
  private Duration window(Rollup rollup) {
    Rollup source = rollup.source();
    return source == null
        ? hypertable.chunkInterval()
        : Buckets.longest(source.bucket()).multipliedBy(BUCKETS_A_STEP);
  }
}
