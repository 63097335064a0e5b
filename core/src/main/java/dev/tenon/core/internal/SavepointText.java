package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text that makes a savepoint, returns to it or releases it.
 *
 * <p>It is one statement and nothing else, so that it did nothing if there was an error, and all if
 * there was none.
 *
 * @param name of the savepoint, as the server keeps it
 */
record SavepointText(Kind kind, String name) {

  /** What it does. */
  enum Kind {
    MAKE,
    RETURN,
    RELEASE
  }

  private static final Pattern WORDS =
      Pattern.compile("\\b(?:savepoint|rollback|release)\\b", Pattern.CASE_INSENSITIVE);

  /**
   * Reads a text.
   *
   * @return null for a text about anything else
   * @throws UsageException if nobody could tell afterwards what it did
   */
  static @Nullable SavepointText of(String sql, Connection connection) throws SQLException {
    if (isOther(sql) || !WORDS.matcher(sql).find()) {
      return null;
    }
    List<String> statements = TransactionControl.statements(sql, connection);
    SavepointText found = null;
    for (String statement : statements) {
      SavepointText text = ofStatement(statement);
      found = text == null ? found : text;
    }
    if (found != null && statements.size() > 1) {
      throw refused(sql);
    }
    return found;
  }

  /** Most texts are one query. */
  private static boolean isOther(String sql) {
    if (!TransactionControl.isOneStatement(sql)) {
      return false;
    }
    char begin = sql.charAt(0);
    return switch (begin) {
      case 'r', 'R' -> false;
      case 's', 'S' -> !sql.regionMatches(true, 0, "savepoint", 0, "savepoint".length());
      default -> true;
    };
  }

  private static @Nullable SavepointText ofStatement(String sql) {
    SqlWords words = new SqlWords(sql);
    Kind kind = kind(words);
    if (kind == null) {
      return null;
    }
    if (kind != Kind.MAKE) {
      words.tookBeforeMore("savepoint");
    }
    String name = words.last();
    if (name == null) {
      throw refused(sql);
    }
    return new SavepointText(kind, SavepointNames.kept(name));
  }

  private static @Nullable Kind kind(SqlWords words) {
    if (words.took("savepoint")) {
      return Kind.MAKE;
    }
    if (words.took("release")) {
      return Kind.RELEASE;
    }
    if (!words.took("rollback")) {
      return null;
    }
    if (!words.took("work")) {
      words.took("transaction");
    }
    return words.took("to") ? Kind.RETURN : null;
  }

  static UsageException refused(String sql) {
    return new UsageException(
        Problem.what("what a text does to savepoints cannot be told: " + Problem.excerpt(sql))
            .where("Session.sql or Session.jdbc")
            .why(
                "actions that were registered after a savepoint go when a text returns to it, so"
                    + " it must be known which statements ran and what they name")
            .fix(
                "use Transaction.savepoint(…), or send each statement on savepoints as a text of"
                    + " its own, with a plain name and no parameters, by execute or executeUpdate:"
                    + " not in a batch, nor by executeQuery or prepareCall, nor for generated"
                    + " keys"));
  }
}
