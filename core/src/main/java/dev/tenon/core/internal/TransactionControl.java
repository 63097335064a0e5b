package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.regex.Pattern;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.Parser;

/**
 * SQL that begins or ends a transaction, where the transaction belongs to the session.
 *
 * <p>What follows a {@code rollback} would be committed without what came before it, and without
 * the tenant; a rollback to a savepoint is the caller's own.
 */
final class TransactionControl {

  private static final Pattern FIRST_WORD =
      Pattern.compile(
          "(?:begin|start|commit|end|abort|prepare|rollback)\\b", Pattern.CASE_INSENSITIVE);

  private TransactionControl() {}

  /**
   * Refuses a text before it is sent.
   *
   * @throws UsageException if one of its statements begins or ends a transaction
   */
  static void refuseIn(String sql, Connection connection) throws SQLException {
    if (isOneStatement(sql)) {
      refuse(sql, 0);
      return;
    }
    for (String statement : statements(sql, connection)) {
      refuse(statement, SqlComments.after(statement, 0));
    }
  }

  /** The statements of a text, by the driver's own parser: what it takes for one is sent as one. */
  static List<String> statements(String sql, Connection connection) throws SQLException {
    if (isOneStatement(sql)) {
      return List.of(sql);
    }
    boolean standardStrings =
        connection.unwrap(BaseConnection.class).getStandardConformingStrings();
    String unescaped = Parser.replaceProcessing(sql, true, standardStrings);
    return Parser.parseJdbcSql(unescaped, standardStrings, false, true, false, false).stream()
        .map(statement -> statement.nativeSql)
        .toList();
  }

  /** Most texts begin with their first word and have no semicolon. */
  static boolean isOneStatement(String sql) {
    return !sql.isEmpty() && Character.isLetter(sql.charAt(0)) && sql.indexOf(';') < 0;
  }

  private static void refuse(String sql, int start) {
    if (mayBeControl(sql, start)
        && FIRST_WORD.matcher(sql).region(start, sql.length()).lookingAt()
        && isControl(sql)) {
      throw new UsageException(
          Problem.what("a statement begins or ends a transaction: " + Problem.excerpt(sql))
              .where("Session.sql or Session.jdbc")
              .why(
                  "the transaction belongs to the session: what was written could be lost silently")
              .fix(
                  "return from the callback to commit, throw to roll back; for a part of it use"
                      + " transaction.sql().transaction(…) or a savepoint"));
    }
  }

  /** Looks at the first letters alone, as queries need no more. */
  private static boolean mayBeControl(String sql, int start) {
    if (start >= sql.length()) {
      return false;
    }
    return switch (sql.charAt(start)) {
      case 'i', 'I', 'u', 'U', 'd', 'D', 'w', 'W' -> false;
      case 's', 'S' -> sql.regionMatches(true, start, "st", 0, 2);
      default -> true;
    };
  }

  /** Of what begins with one of the words, all but a prepared statement and a way back. */
  private static boolean isControl(String sql) {
    SqlWords words = new SqlWords(sql);
    if (words.took("prepare")) {
      return words.took("transaction");
    }
    if (!words.took("rollback")) {
      return true;
    }
    if (!words.took("work")) {
      words.took("transaction");
    }
    return !words.took("to");
  }
}
