package dev.tenon.core;

import dev.tenon.core.internal.MissingMigrations;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * The runs of jobs, each a row of {@code tenon.job_run}: when it began, how far it is, how it
 * ended.
 *
 * <p>A row is written outside of the work's transactions, so it tells of runs that were killed too:
 * they have no end, and are not seen any more. Safe for use by many threads.
 */
public final class JobRuns {

  private static final Table<Record> RUNS = DSL.table(DSL.name("tenon", "job_run"));
  private static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  private static final Field<String> JOB = DSL.field(DSL.name("job"), SQLDataType.CLOB);
  private static final Field<Instant> STARTED = instant("started_at");
  private static final Field<Instant> SEEN = instant("seen_at");
  private static final Field<Instant> ENDED = instant("ended_at");
  private static final Field<Long> DONE = DSL.field(DSL.name("done"), SQLDataType.BIGINT);
  private static final Field<String> FAILURE = DSL.field(DSL.name("failure"), SQLDataType.CLOB);
  private static final Field<Instant> NOW = DSL.field("clock_timestamp()", SQLDataType.INSTANT);

  private static final int LONGEST_FAILURE = 2_000;

  private final Session session;

  /**
   * A run of a job.
   *
   * @param job its name
   * @param seenAt when it last said how far it is, or began
   * @param endedAt empty while it runs, and where it was killed
   * @param done what it has counted
   * @param failure why it failed; empty if it did not
   */
  public record Run(
      UUID id,
      String job,
      Instant startedAt,
      Instant seenAt,
      Optional<Instant> endedAt,
      long done,
      Optional<String> failure) {

    /** How long it took, or has been seen for. */
    public Duration duration() {
      return Duration.between(startedAt, endedAt.orElse(seenAt));
    }
  }

  /** Takes what a run has done so far. */
  @FunctionalInterface
  public interface Progress {

    /** Adds to what is done, and writes it; one round trip. */
    void add(long more);
  }

  /**
   * What is recorded.
   *
   * @param <R> the result
   * @param <X> what it throws; it reaches the caller unwrapped
   */
  @FunctionalInterface
  public interface Work<R, X extends Exception> {
    R run(Progress progress) throws X;
  }

  private JobRuns(Session session) {
    this.session = session;
  }

  /** Run these as the owner before a run is recorded; they grant nothing. */
  public static Migrations migrations() {
    return Migrations.named("job_runs").resource(JobRuns.class, "V1__job_run.sql");
  }

  /**
   * The runs of a database.
   *
   * @param session of a role that may read and write {@code tenon.job_run}, such as the owner
   * @throws UsageException if it is a transaction, which would undo what is recorded
   */
  public static JobRuns on(Session session) {
    Required.require(session, "session", "JobRuns.on");
    if (session instanceof Transaction) {
      throw new UsageException(
          Problem.what("a transaction was given")
              .where("JobRuns.on")
              .why("a run that fails would take its own record back")
              .fix("pass the database"));
    }
    return new JobRuns(session);
  }

  /**
   * Does the work, and records when it began and how it ended.
   *
   * @throws X what the work throws; that it could not be recorded is suppressed in it then
   */
  public <R, X extends Exception> R record(String job, Work<R, X> work) throws X {
    Required.require(job, "job", "JobRuns.record");
    Required.require(work, "work", "JobRuns.record");
    UUID id = UuidV7.next();
    explained("record", () -> session.sql().insertInto(RUNS, ID, JOB).values(id, job).execute());
    AtomicLong done = new AtomicLong();
    R result;
    try {
      result = work.run(more -> seen(id, done.addAndGet(more)));
    } catch (Throwable error) {
      try {
        end(id, text(error));
      } catch (TenonException unrecorded) {
        error.addSuppressed(unrecorded);
      }
      throw error;
    }
    end(id, null);
    return result;
  }

  private static String text(Throwable error) {
    String text;
    try {
      text = String.valueOf(error).replace('\0', ' ');
    } catch (RuntimeException untold) {
      text = error.getClass().getName();
    }
    return text.length() > LONGEST_FAILURE ? text.substring(0, LONGEST_FAILURE) : text;
  }

  private int seen(UUID id, long done) {
    return explained(
        "record",
        () -> session.sql().update(RUNS).set(DONE, done).set(SEEN, NOW).where(ID.eq(id)).execute());
  }

  private void end(UUID id, @Nullable String failure) {
    explained(
        "record",
        () ->
            session
                .sql()
                .update(RUNS)
                .set(ENDED, NOW)
                .set(SEEN, NOW)
                .set(FAILURE, failure)
                .where(ID.eq(id))
                .execute());
  }

  /** The latest runs of all jobs, the last that began first. */
  public List<Run> latest(int most) {
    return latest(DSL.trueCondition(), most);
  }

  /** The latest runs of a job, the last that began first. */
  public List<Run> latest(String job, int most) {
    return latest(JOB.eq(job), most);
  }

  private List<Run> latest(Condition which, int most) {
    if (most < 0) {
      throw new UsageException(
          Problem.what("the latest " + most + " runs are asked for")
              .where("JobRuns.latest")
              .fix("pass how many are wanted at most"));
    }
    return explained(
        "latest",
        () ->
            session
                .sql()
                .select(ID, JOB, STARTED, SEEN, ENDED, DONE, FAILURE)
                .from(RUNS)
                .where(which)
                .orderBy(STARTED.desc(), ID.desc())
                .limit(most)
                .fetch(
                    row ->
                        new Run(
                            row.value1(),
                            row.value2(),
                            row.value3(),
                            row.value4(),
                            Optional.ofNullable(row.value5()),
                            row.value6(),
                            Optional.ofNullable(row.value7()))));
  }

  /**
   * Forgets runs that began longer ago.
   *
   * @param olderThan up to 3650 days
   * @return how many there were
   */
  public int purge(Duration olderThan) {
    Durations.requireAge("JobRuns.purge", olderThan);
    return explained(
        "purge",
        () ->
            session
                .sql()
                .execute(
                    """
                    delete from tenon.job_run
                     where started_at < now() - {0} * interval '1 millisecond'
                    """,
                    DSL.val(olderThan.toMillis())));
  }

  private static <R> R explained(String operation, Supplier<R> work) {
    return new MissingMigrations("JobRuns." + operation, "JobRuns.migrations()").explained(work);
  }

  private static Field<Instant> instant(String name) {
    return DSL.field(DSL.name(name), SQLDataType.INSTANT);
  }
}
