package dev.tenon.tenancy;

import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;

/**
 * A session for one tenant.
 *
 * <p>A cheap handle: it holds no connection. The tenant travels with each statement, or with the
 * first statement of a transaction, and ends with it; nothing of it stays on a pooled connection.
 * Safe for use by many threads.
 */
public interface TenantSession extends Session {

  /** The tenant of this session. */
  TenantId tenantId();

  /**
   * A view of this session for work in the name of somebody, such as a user or a job.
   *
   * <p>It is {@link Session#ACTOR}, {@code current_setting('app.actor', true)} in a trigger. It
   * travels with the tenant, in no round trip of its own, and ends with the unit of work. It is on
   * record for triggers and defaults, and no right: SQL can change it.
   *
   * @throws UsageException if the name is null or blank
   */
  @SuppressWarnings("NullAway") // Callers without null checks of their own do pass null.
  default TenantSession withActor(String actor) {
    if (actor == null || actor.isBlank()) {
      throw new UsageException(
          Problem.what("the name of the actor is " + (actor == null ? "null" : "blank"))
              .where("TenantSession.withActor")
              .why("nobody would be on record")
              .fix("name the user or the job, or leave withActor out"));
    }
    return withSetting(ACTOR, actor);
  }

  @Override
  TenantSession withSetting(String name, String value);
}
