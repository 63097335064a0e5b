package dev.tenon.core.internal;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Problem;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import java.sql.SQLException;
import java.util.function.Supplier;

/**
 * What a statement on a table of Tenon's own finds where its migrations did not run: no table, or
 * no right on the schema, since the migrations grant it.
 *
 * <p>The statement itself finds out, so nothing is asked beforehand.
 *
 * @param where the call that sends the statement
 * @param call the call that gives the migrations
 */
public record MissingMigrations(String where, String call) {

  private static final String UNDEFINED_TABLE = "42P01";

  /**
   * The result of the work, which sends statements on these tables only.
   *
   * @throws UsageException if there is no such table
   * @throws AccessDeniedException if the role lacks a right
   */
  public <R> R explained(Supplier<R> work) {
    try {
      return work.get();
    } catch (UsageException error) {
      if (error.sqlState().filter(UNDEFINED_TABLE::equals).isPresent()) {
        throw new UsageException(
            problem(error)
                .why("these migrations did not run in this database: SQLSTATE " + UNDEFINED_TABLE)
                .fix("run database.migrate(" + call + ") as the owner"),
            error.getCause());
      }
      throw error;
    } catch (AccessDeniedException error) {
      if (error.getCause() instanceof SQLException cause && Denials.isMissingRight(cause)) {
        throw new AccessDeniedException(
            problem(error)
                .why(
                    "the role lacks the right: an application's come with these migrations, and"
                        + " what they do not grant is the owner's")
                .fix("run database.migrate(" + call + ") as the owner, or do this as the owner"),
            cause);
      }
      throw error;
    }
  }

  private Problem problem(TenonException error) {
    return Problem.what(error.problem().what()).where(where);
  }
}
