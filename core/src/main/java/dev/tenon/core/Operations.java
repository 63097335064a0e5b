package dev.tenon.core;

import dev.tenon.core.internal.MissingMigrations;
import java.time.Duration;
import org.jooq.impl.DSL;

/**
 * The keys of operations that were applied, in the table {@code tenon.operation}: what resolves an
 * outcome that is unknown, and keeps an operation from being applied twice.
 */
public final class Operations {

  private Operations() {}

  /** Run these as the owner before a key is used. */
  public static Migrations migrations() {
    return Migrations.named("operations").resource(Operations.class, "V1__operation.sql");
  }

  /**
   * Forgets the keys that are older than this: operations that nobody will ask about or repeat.
   *
   * <p>As the owner of the schema {@code tenon}; the application's role may not delete keys.
   *
   * @param olderThan up to 3650 days
   * @return how many there were
   * @throws AccessDeniedException if the role may not delete keys
   */
  public static int purge(Session session, Duration olderThan) {
    Durations.requireAge("Operations.purge", olderThan);
    return new MissingMigrations("Operations.purge", "Operations.migrations()")
        .explained(
            () ->
                session
                    .sql()
                    .execute(
                        """
                        delete from tenon.operation
                         where recorded_at < now() - {0} * interval '1 millisecond'
                        """,
                        DSL.val(olderThan.toMillis())));
  }
}
