package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a text does to savepoints. Other statements stand between those that it does first and the
 * one that it may end with, so that it is known of a text that failed which of them ran.
 *
 * @param first what it does before all else
 * @param last what it does at the end
 */
record SavepointText(List<Step> first, List<Step> last) {

  static final SavepointText NONE = new SavepointText(List.of(), List.of());

  /** What one statement does. */
  enum Kind {
    MAKE,
    RETURN,
    RELEASE
  }

  /**
   * One statement.
   *
   * @param name of the savepoint, as the server keeps it
   */
  record Step(Kind kind, String name) {}

  private static final Pattern WORDS =
      Pattern.compile("\\b(?:savepoint|rollback|release)\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern TOKEN =
      Pattern.compile("[A-Za-z_\\x{80}-\\x{10FFFF}][\\w$\\x{80}-\\x{10FFFF}]*|\"(?:[^\"]|\"\")+\"");

  /**
   * Reads a text.
   *
   * @throws UsageException if nobody could tell afterwards what it did
   */
  static SavepointText of(String sql, Connection connection) throws SQLException {
    if (isOther(sql) || !WORDS.matcher(sql).find()) {
      return NONE;
    }
    List<Step> first = new ArrayList<>();
    List<Step> last = new ArrayList<>();
    boolean others = false;
    for (String statement : TransactionControl.statements(sql, connection)) {
      @Nullable Step step = new Reading(statement).step();
      if (!last.isEmpty()) {
        throw refused(sql);
      }
      others |= step == null;
      if (step != null) {
        (others ? last : first).add(step);
      }
    }
    if (!others && !first.isEmpty()) {
      last.add(first.remove(first.size() - 1));
    }
    return new SavepointText(List.copyOf(first), List.copyOf(last));
  }

  boolean isEmpty() {
    return first.isEmpty() && last.isEmpty();
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

  private static UsageException refused(String sql) {
    return new UsageException(
        Problem.what("what a text does to savepoints cannot be told: " + Problem.excerpt(sql))
            .where("Session.sql or Session.jdbc")
            .why(
                "actions that were registered after a savepoint go when a text returns to it, so"
                    + " it must be known which statements ran and what they name")
            .fix(
                "use Transaction.savepoint(…), or send each statement on savepoints as a text of"
                    + " its own, with a plain name"));
  }

  /** One statement, from its first word on. */
  private static final class Reading {

    private final String sql;
    private final Matcher token;
    private int at;

    Reading(String sql) {
      this.sql = sql;
      this.token = TOKEN.matcher(sql);
      this.at = SqlComments.after(sql, 0);
    }

    @Nullable Step step() {
      if (took("savepoint")) {
        return new Step(Kind.MAKE, name());
      }
      if (took("release")) {
        skipWordSavepoint();
        return new Step(Kind.RELEASE, name());
      }
      if (!took("rollback")) {
        return null;
      }
      if (!took("work")) {
        took("transaction");
      }
      if (!took("to")) {
        throw refused(sql);
      }
      skipWordSavepoint();
      return new Step(Kind.RETURN, name());
    }

    /** The word may be a name too. */
    private void skipWordSavepoint() {
      int before = at;
      if (took("savepoint") && at == sql.length()) {
        at = before;
      }
    }

    private boolean took(String word) {
      if (token.region(at, sql.length()).lookingAt() && token.group().equalsIgnoreCase(word)) {
        at = SqlComments.after(sql, token.end());
        return true;
      }
      return false;
    }

    private String name() {
      if (!token.region(at, sql.length()).lookingAt()
          || SqlComments.after(sql, token.end()) != sql.length()) {
        throw refused(sql);
      }
      return SavepointNames.kept(token.group());
    }
  }
}
