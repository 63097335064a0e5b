package dev.tenon.core.search;

import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import java.util.Locale;

/**
 * Tells what is missing in the database from a fault of the caller.
 *
 * <p>The server is not asked beforehand, which would cost a round trip; its own error says it.
 */
final class SearchFaults {

  private static final String UNDEFINED_COLUMN = "42703";
  private static final String UNDEFINED_OBJECT = "42704";
  private static final String UNDEFINED_FUNCTION = "42883";

  private SearchFaults() {}

  /** What to do in a session. */
  @FunctionalInterface
  interface Work<V> {
    V run(Session session);
  }

  static <V> V run(Session session, String place, Work<V> work) {
    try {
      return work.run(session);
    } catch (UsageException error) {
      throw explained(error, place);
    }
  }

  private static TenonException explained(UsageException error, String place) {
    String what = error.problem().what();
    String text = what.toLowerCase(Locale.ROOT);
    String state = error.sqlState().orElse("");
    if (state.equals(UNDEFINED_COLUMN)) {
      return new UsageException(
          Problem.what(what)
              .where(place)
              .why("the search, or a condition, names a column that the table does not have")
              .fix("run the SQL of TextSearch.addSql() or tableSql(), or correct the condition"),
          error.getCause());
    }
    if (state.equals(UNDEFINED_OBJECT) && text.contains("text search configuration")) {
      return new UsageException(
          Problem.what(what)
              .where(place)
              .why("the search was declared with a language that the server does not know")
              .fix("declare one of those that pg_ts_config lists"),
          error.getCause());
    }
    if (state.equals(UNDEFINED_FUNCTION) && (text.contains("similarity") || text.contains("%"))) {
      return new ServerException(
          Problem.what("the extension 'pg_trgm' is missing")
              .where(place)
              .why("the server says: " + what)
              .fix("run, as a role that may: create extension if not exists pg_trgm"),
          error.getCause());
    }
    return error;
  }
}
