package dev.tenon.core;

import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jooq.Field;
import org.jooq.impl.DSL;

/**
 * Jobs that pg_cron runs: they go on while no application does, and stay until they are
 * unscheduled.
 *
 * <p>The extension is installed in one database of a server, which a session of this is connected
 * to, and runs jobs in any. A run is the role's that scheduled the job, in a session of the
 * server's own. Needs pg_cron 1.5 or later. Immutable, and safe for use by many threads.
 */
public final class CronJobs {

  /** An undefined table, function or schema. */
  private static final Set<String> UNDEFINED = Set.of("42P01", "42883", "3F000");

  private final Session session;
  private final Optional<String> database;
  private final Optional<String> role;

  private CronJobs(Session session, Optional<String> database, Optional<String> role) {
    this.session = session;
    this.database = database;
    this.role = role;
  }

  /**
   * The jobs of a session's role and database.
   *
   * @param session connected to the database that has the extension, as a role that may use its
   *     schema {@code cron}
   */
  public static CronJobs on(Session session) {
    return new CronJobs(
        Required.require(session, "session", "CronJobs.on"), Optional.empty(), Optional.empty());
  }

  /** The same, run in another database of the server. */
  public CronJobs inDatabase(String name) {
    return new CronJobs(
        session, Optional.of(Required.require(name, "name", "CronJobs.inDatabase")), role);
  }

  /** The same, run as another role; only a superuser may have that. */
  public CronJobs asRole(String name) {
    return new CronJobs(
        session, database, Optional.of(Required.require(name, "name", "CronJobs.asRole")));
  }

  /**
   * Has the server run a job now and then; one of its name is replaced. One round trip.
   *
   * <p>pg_cron begins at full minutes, hours and days of GMT, and does not begin a job that still
   * runs.
   *
   * @throws UsageException if the job has no statement, or runs at times that pg_cron has not: it
   *     has seconds up to 59, minutes and hours that divide an hour and a day, and a day
   */
  public void schedule(Job job) {
    Required.require(job, "job", "CronJobs.schedule");
    String statement =
        job.statement()
            .orElseThrow(
                () ->
                    refused(
                        job + " has no statement",
                        "its work is done in Java, which a database has not",
                        "give job.task() to a db-scheduler"));
    String schedule = schedule(job.name(), job.every());
    List<Field<?>> arguments =
        new ArrayList<>(
            List.of(
                DSL.val(job.name()),
                DSL.val(schedule),
                DSL.val(statement),
                database
                    .<Field<String>>map(DSL::val)
                    .orElse(DSL.field("current_database()::text", String.class))));
    role.ifPresent(name -> arguments.add(DSL.val(name)));
    Object unused =
        explained(
            () ->
                session
                    .sql()
                    .select(
                        DSL.function(
                            DSL.name("cron", "schedule_in_database"),
                            Long.class,
                            arguments.toArray(Field[]::new)))
                    .fetchSingle());
  }

  /** Has a job of this name not be run any more, and says whether it was. One round trip. */
  public boolean unschedule(String name) {
    return explained(
        () ->
            !session
                .sql()
                .fetch(
                    "select cron.unschedule(jobid) from cron.job where jobname = {0}",
                    DSL.val(name))
                .isEmpty());
  }

  private static String schedule(String job, Duration every) {
    long seconds = every.toSeconds();
    if (every.equals(Duration.ofSeconds(seconds))) {
      if (seconds < 60) {
        return seconds + " seconds";
      }
      if (seconds % 60 == 0 && 3_600 % seconds == 0) {
        return seconds == 3_600 ? "0 * * * *" : "*/" + seconds / 60 + " * * * *";
      }
      if (seconds % 3_600 == 0 && 86_400 % seconds == 0) {
        return seconds == 86_400 ? "0 0 * * *" : "0 */" + seconds / 3_600 + " * * *";
      }
    }
    throw refused(
        "the job " + Problem.excerpt(job) + " is to run every " + every,
        "pg_cron has seconds up to 59, minutes and hours that divide an hour and a day, and a day",
        "pass one of these, such as Duration.ofMinutes(5)");
  }

  private static <R> R explained(Supplier<R> work) {
    try {
      return work.get();
    } catch (UsageException error) {
      if (error.sqlState().filter(UNDEFINED::contains).isEmpty()) {
        throw error;
      }
      throw refused(
          "this database has no pg_cron",
          "the server says: " + error.problem().what(),
          "run \"create extension pg_cron\" as a superuser in the database that the setting"
              + " cron.database_name names, and pass a session of it; or give job.task() to a"
              + " db-scheduler");
    }
  }

  private static UsageException refused(String what, String why, String fix) {
    return new UsageException(Problem.what(what).where("CronJobs").why(why).fix(fix));
  }
}
