package dev.tenon.core.internal;

import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.Problem;
import java.sql.SQLWarning;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * The warning that comes with the success of a commit whose wait for a synchronous standby was
 * cancelled: it is written here and may be lost with this server.
 *
 * <p>Its SQLSTATE is 01000, as of every RAISE WARNING; it is told from those by the function of the
 * server that sends it, which no language setting changes (src/backend/replication/syncrep.c).
 */
final class StandbyWait {

  private static final String ROUTINE = "SyncRepWaitForLSN";

  private StandbyWait() {}

  static void requireNotCancelled(@Nullable SQLWarning first, String where) {
    for (SQLWarning warning = first; warning != null; warning = warning.getNextWarning()) {
      if (isCancelled(warning)) {
        throw new OutcomeUnknownException(
            Problem.what("the wait for the synchronous standby was cancelled")
                .where(where)
                .why("the work is committed on this server and would be lost if it failed now")
                .fix(
                    "look whether the standby is back, and read what was written before running it"
                        + " again"
                        + SqlStates.NEXT_TIME),
            warning);
      }
    }
  }

  private static boolean isCancelled(SQLWarning warning) {
    if (!(warning instanceof PSQLWarning own)) {
      return false;
    }
    ServerErrorMessage server = own.getServerErrorMessage();
    return server != null && ROUTINE.equals(server.getRoutine());
  }
}
