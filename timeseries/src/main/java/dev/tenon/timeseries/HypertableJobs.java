package dev.tenon.timeseries;

import dev.tenon.core.Job;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.internal.EachSession;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What hypertables want done now and then. */
public final class HypertableJobs {

  private HypertableJobs() {}

  /**
   * Refreshes the rollups of each session's tenant; named {@code tenon-rollups-} and the table. A
   * tenant without changes costs one round trip. It tells how many rows of rollups it changed.
   *
   * <p>A session that fails holds back no other; the run fails afterwards with the first error, the
   * others suppressed. A run that is to stop does so behind the step that is under way.
   *
   * <p>pg_cron does it too: {@code cron.schedule(job.withStatement(
   * repository.refreshStatement("select id from tenants")))}.
   *
   * @param sessions asked anew at each run and closed afterwards: one session for each tenant
   * @param every how long after a run the next begins, a second or more; a strict answer waits for
   *     no refresh
   */
  public static Job refresh(
      HypertableRepository<?> repository,
      Supplier<? extends Stream<? extends Session>> sessions,
      Duration every) {
    return Job.of(
        RefreshProcedure.job(repository.qualifiedName()),
        every,
        run ->
            EachSession.run(
                sessions.get(), run::isStopping, session -> refresh(repository, session, run)));
  }

  private static void refresh(HypertableRepository<?> repository, Session session, Job.Run run) {
    RollupRefresh refresh = repository.refresh(session);
    try {
      refresh.run(run::isStopping);
    } finally {
      RollupRefresh.Progress progress = refresh.progress();
      if (progress.steps() > 0) {
        run.add(progress.stored() + progress.removed());
      }
    }
  }

  /**
   * Drops what is older than the definition keeps, without an archive; named {@code
   * tenon-retention-} and the table. It tells how many chunks it dropped. See {@link Retention}.
   *
   * @param owner a database that is connected as the owner of the table
   * @param sessions of tenants whose rollups have to be refreshed first
   * @param every how long after a run the next begins, a second or more; an hour is plenty
   */
  public static Job retention(
      HypertableRepository<?> repository,
      Session owner,
      Function<TenantId, ? extends Session> sessions,
      Duration every) {
    return retention(repository, owner, sessions, every, null);
  }

  /**
   * Like {@link #retention(HypertableRepository, Session, Function, Duration)}, with an archive.
   *
   * @param archive given each chunk before it is dropped; what it throws ends the run
   */
  public static Job retention(
      HypertableRepository<?> repository,
      Session owner,
      Function<TenantId, ? extends Session> sessions,
      Duration every,
      @Nullable ChunkArchive<? extends RuntimeException> archive) {
    Retention retention = repository.retention(owner, sessions);
    return Job.of(
        "tenon-retention-" + repository.qualifiedName(),
        every,
        run -> run.add(retention.run(archive, run::isStopping).dropped().size()));
  }
}
