package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.sql.SQLException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Parser;

/**
 * SQL that gives a unit of work another tenant than its session says.
 *
 * <p>A guard against mistakes, by the text alone: a name that is bound, put together in SQL, or
 * written inside the body of a function or of {@code do}, gets past it. What holds against hostile
 * SQL is that an application sends none.
 */
final class TenantSwitch {

  private static final String SETTING = TenantId.SETTING;
  private static final String NAME = SETTING.substring(SETTING.indexOf('.') + 1);
  private static final int UNDERSCORE = NAME.indexOf('_');

  private static final Pattern RESET = Pattern.compile("\\breset\\b", Pattern.CASE_INSENSITIVE);

  /** Over the {@link #plain} text of one statement; a definition runs nothing. */
  private static final Pattern SWITCH =
      Pattern.compile(
          "(?:set(?:\\s+(?:local|session))?|reset)\\s+"
              + SETTING.replace(".", "\\s*\\.\\s*")
              + "\\b.*"
              + "|reset\\s+all\\b.*"
              + "|(?!create\\b|alter\\b|comment\\b).*\\bset_config\\s*\\(\\s*"
              + "(?:\\w+\\s*(?:=>|:=)\\s*)?e?'"
              + Pattern.quote(SETTING)
              + "'.*",
          Pattern.DOTALL);

  private TenantSwitch() {}

  /**
   * Refuses a text before it is sent.
   *
   * @throws UsageException if one of its statements sets or resets the tenant
   */
  static void refuseIn(String sql) throws SQLException {
    if (!namesTheSetting(sql) && !mayReset(sql)) {
      return;
    }
    for (NativeQuery statement : Parser.parseJdbcSql(sql, true, false, true, false, false)) {
      if (SWITCH.matcher(plain(statement.nativeSql)).matches()) {
        throw new UsageException(
            Problem.what("a statement switches the tenant: " + Problem.excerpt(sql))
                .where("Session.sql or Session.jdbc")
                .why("the rest of the unit would see and write rows of another tenant, or of none")
                .fix("ask TenantDatabase.as for a session of the other tenant"));
      }
    }
  }

  /** Goes from underscore to underscore, because every text is looked at. */
  private static boolean namesTheSetting(String sql) {
    for (int at = sql.indexOf('_'); at >= 0; at = sql.indexOf('_', at + 1)) {
      if (sql.regionMatches(true, at - UNDERSCORE, NAME, 0, NAME.length())) {
        return true;
      }
    }
    return false;
  }

  /** Looks at the first character and for a semicolon first, because most texts are queries. */
  private static boolean mayReset(String sql) {
    char first = sql.isEmpty() ? ' ' : sql.charAt(0);
    boolean ruledOut =
        first != 'r' && first != 'R' && Character.isLetter(first) && sql.indexOf(';') < 0;
    return !ruledOut && RESET.matcher(sql).find();
  }

  /** In small letters, without comments, bodies, quotes of names and the insides of other texts. */
  private static String plain(String statement) {
    char[] text = statement.toCharArray();
    StringBuilder plain = new StringBuilder(text.length);
    for (int at = 0; at < text.length; at++) {
      int end = Math.min(endOfPart(text, at), text.length - 1);
      plain.append(end == at ? String.valueOf(text[at]) : plainPart(statement, at, end));
      at = end;
    }
    return plain.toString().toLowerCase(Locale.ROOT).strip();
  }

  private static int endOfPart(char[] text, int at) {
    return switch (text[at]) {
      case '\'' -> Parser.parseSingleQuotes(text, at, true);
      case '"' -> Parser.parseDoubleQuotes(text, at);
      case '-' -> Parser.parseLineComment(text, at);
      case '/' -> Parser.parseBlockComment(text, at);
      case '$' -> Parser.parseDollarQuotes(text, at);
      default -> at;
    };
  }

  private static String plainPart(String statement, int at, int end) {
    String inside = statement.substring(at + 1, end);
    return switch (statement.charAt(at)) {
      case '\'' -> inside.equalsIgnoreCase(SETTING) ? "'" + inside + "'" : "''";
      case '"' -> inside;
      default -> " ";
    };
  }
}
