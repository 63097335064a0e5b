package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.LocatedSqlException;
import java.util.Set;
import java.util.function.Supplier;

/** Runs the statements of a hypertable, so that their errors name it and say what to do. */
final class Statements {

  private static final String DUPLICATE = "23505";
  private static final String CHECK = "23514";

  /** An undefined table, function or schema. */
  private static final Set<String> UNDEFINED = Set.of("42P01", "42883", "3F000");

  private Statements() {}

  static <R> R jdbc(
      Session session, Hypertable<?> hypertable, String operation, Session.JdbcWork<R> work) {
    String statement = hypertable.statement(operation);
    return explained(
        hypertable, operation, () -> session.jdbc(LocatedSqlException.locating(statement, work)));
  }

  /** Runs what asks the server for this hypertable. */
  static <R> R explained(Hypertable<?> hypertable, String operation, Supplier<R> work) {
    try {
      return work.get();
    } catch (InvalidDataException error) {
      throw has(error, Set.of(DUPLICATE))
          ? duplicate(error, hypertable, operation)
          : isBelowFloor(error, hypertable) ? belowFloor(error, hypertable, operation) : error;
    } catch (UsageException error) {
      throw has(error, UNDEFINED) ? missing(error, hypertable, operation) : error;
    }
  }

  private static boolean has(TenonException error, Set<String> states) {
    return error.sqlState().filter(states::contains).isPresent();
  }

  private static boolean isBelowFloor(InvalidDataException error, Hypertable<?> hypertable) {
    return has(error, Set.of(CHECK))
        && String.valueOf(error.getMessage()).contains(new Floor(hypertable).refusal());
  }

  private static InvalidDataException belowFloor(
      InvalidDataException error, Hypertable<?> hypertable, String operation) {
    return new InvalidDataException(
        Problem.what("a row is older than the floor of " + hypertable.name())
            .where(hypertable.statement(operation))
            .why(
                "the rows of its time are dropped, and rollups cannot be made anew there; the server"
                    + " says: "
                    + error.problem().what())
            .fix(
                "leave out what is older than floor(session); nothing of the batch was stored, and a"
                    + " SampleWriter stores the others"),
        error.getCause());
  }

  /** The constraint that the server names is the chunk's. */
  private static InvalidDataException duplicate(
      InvalidDataException error, Hypertable<?> hypertable, String operation) {
    return new InvalidDataException(
        Problem.what("a row of the same series and time is stored already, or twice in the batch")
            .where(hypertable.statement(operation))
            .why(error.problem().why() + "; the key of a row is " + hypertable.keyList())
            .fix(
                "leave out the rows that are stored, or name another component in series(…), in a"
                    + " table that is made so; nothing of the batch was stored"),
        error.getCause());
  }

  private static UsageException missing(
      UsageException error, Hypertable<?> hypertable, String operation) {
    return new UsageException(
        Problem.what(
                "the hypertable " + hypertable.quotedTable() + " or a function of it is missing")
            .where(hypertable.statement(operation))
            .why(
                "its migration did not run in this database, or was made for another kind of"
                    + " engine or record; the server says: "
                    + error.problem().what())
            .fix(
                "run the repository's migrationSql(session.capabilities()), or upgradeSql() where the"
                    + " table is there, as the owner of the schema, in a migration"),
        error.getCause());
  }
}
