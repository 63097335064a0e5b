package dev.tenon.core;

import dev.tenon.core.internal.EachSession;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What repositories and operations want removed now and then; {@code OutboxJobs} has the jobs of an
 * outbox.
 */
public final class PurgeJobs {

  private static final Duration HOUR = Duration.ofHours(1);

  private PurgeJobs() {}

  /**
   * Empties the trash of a repository every hour, of each session's tenant what has been there for
   * longer than its grace; named {@code tenon-trash-purge-} and the table.
   *
   * <p>A session that fails holds back no other; the run fails afterwards with the first error, the
   * others suppressed. A run that is to stop is not kept waiting for the sessions to come.
   *
   * @param sessions asked anew at each run and closed afterwards: one session for each tenant, or
   *     the database alone where the rows are shared
   * @throws UsageException if the repository has no trash
   */
  public static Job trash(
      Repository<?, ?> repository, Supplier<? extends Stream<? extends Session>> sessions) {
    Required.require(repository, "repository", "PurgeJobs.trash");
    Required.require(sessions, "sessions", "PurgeJobs.trash");
    return Job.of(
        "tenon-trash-purge-" + repository.trashName(),
        HOUR,
        run ->
            EachSession.run(
                sessions.get(), run::isStopping, session -> run.add(repository.purge(session))));
  }

  /**
   * Forgets every hour the keys of operations that are older than this; named {@code
   * tenon-operations-purge}.
   *
   * @param session as the owner of the schema {@code tenon}
   * @param olderThan a week is plenty; up to 3650 days
   */
  public static Job operations(Session session, Duration olderThan) {
    Required.require(session, "session", "PurgeJobs.operations");
    Durations.requireAge("PurgeJobs.operations", olderThan);
    return Job.of(
        "tenon-operations-purge", HOUR, run -> run.add(Operations.purge(session, olderThan)));
  }
}
