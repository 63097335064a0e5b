package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings the rollups of one tenant up to what the rows are, step by step.
 *
 * <p>A step is one READ COMMITTED transaction, and one call of a function that the migration made:
 * it takes what the log tells of, makes those buckets anew from what is stored, and tells the
 * rollups that are made from this one. What a step took is in the log again if it fails, so a run
 * that is cancelled, or killed, is gone on with by the next. Any number may run at once: of one
 * rollup of one tenant one step runs at a time.
 *
 * <p>Safe for use by many threads: {@link #progress} and {@link #cancel} are for others than the
 * one that runs.
 */
public final class RollupRefresh {

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
        if (unmade == null && step.unmade() != null) {
          unmade = unmade(rollup, step.unmade());
        }
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
   * @param unmade what the server says of a bucket that could not be made; null if all could
   */
  record Step(boolean more, long stored, long removed, @Nullable String unmade) {}

  /**
   * Does one step.
   *
   * @param again whether buckets are tried that could not be made before
   */
  Step step(Rollup rollup, boolean again) {
    String sql =
        "select * from %s(?, ?)"
            .formatted(new RollupStep(hypertable, new RollupTable(hypertable, rollup)).function());
    Step done =
        session.transactionResult(
            transaction ->
                Statements.jdbc(
                    transaction,
                    hypertable,
                    "refresh",
                    connection -> {
                      try (PreparedStatement statement = connection.prepareStatement(sql)) {
                        statement.setObject(1, tenant.value());
                        statement.setBoolean(2, again);
                        return step(statement);
                      }
                    }));
    add(done);
    return done;
  }

  private static Step step(PreparedStatement statement) throws SQLException {
    try (ResultSet result = statement.executeQuery()) {
      result.next();
      return new Step(
          result.getBoolean(1), result.getLong(2), result.getLong(3), result.getString(4));
    }
  }

  private synchronized void add(Step done) {
    progress =
        new Progress(
            progress.steps() + 1,
            progress.stored() + done.stored(),
            progress.removed() + done.removed());
  }

  private InvalidDataException unmade(Rollup rollup, String reason) {
    return new InvalidDataException(
        Problem.what("a bucket of the rollup " + rollup.name() + " cannot be made")
            .where(hypertable.where("refresh"))
            .why("the server says: " + reason)
            .fix("correct its rows, or leave out the state; all other buckets are refreshed"));
  }
}
