package dev.tenon.testkit;

import dev.tenon.testkit.QueryLog.Kind;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a statement does and what it looks like without its values. */
final class StatementText {

  private static final Pattern TOKEN =
      Pattern.compile(
          """
          (?xs)
          (?<value> [eE]?'(?:[^']|'')*' | \\$(?<tag>\\w*)\\$.*?\\$\\k<tag>\\$ | \\$\\d+ \
            | (?<![\\w"$])\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?\\b )
          | (?<name> "(?:[^"]|"")*" )
          | (?<gap> --[^\\n]* | /\\*.*?\\*/ | \\s+ )
          """);
  private static final Pattern LIST =
      Pattern.compile("(\\?(?:::[a-z0-9_.\\[\\]]+)?)(?:\\s*,\\s*\\?(?:::[a-z0-9_.\\[\\]]+)?)+");
  private static final Pattern ROWS =
      Pattern.compile("(\\([^()]*\\?\\))(?:\\s*,\\s*\\([^()]*\\?\\))+");
  private static final Pattern NESTED = Pattern.compile("\\([^()]*\\)");
  private static final Pattern VERB = Pattern.compile("\\b(select|insert|update|delete|merge)\\b");

  private StatementText() {}

  static String shape(String sql) {
    String plain = plain(sql, true);
    plain = LIST.matcher(plain).replaceAll("$1");
    return ROWS.matcher(plain).replaceAll("$1");
  }

  static Kind kind(String sql) {
    String plain = plain(sql, false);
    if (plain.startsWith("select set_config(")) {
      return Kind.SETTING;
    }
    if (plain.startsWith("with ")) {
      return mainStatement(plain);
    }
    String stripped = plain.replaceFirst("^[( ]+", "");
    String word = stripped.split("[^a-z]", 2)[0];
    return switch (word) {
      case "select", "values", "table" -> Kind.SELECT;
      case "insert" -> Kind.INSERT;
      case "update" -> Kind.UPDATE;
      case "delete" -> Kind.DELETE;
      case "merge" -> Kind.MERGE;
      case "copy" -> Kind.COPY;
      case "begin", "start" -> Kind.BEGIN;
      case "commit", "end" -> Kind.COMMIT;
      case "rollback", "abort" -> stripped.startsWith("rollback to") ? Kind.OTHER : Kind.ROLLBACK;
      case "set", "reset" -> Kind.SETTING;
      default -> Kind.OTHER;
    };
  }

  /** Of a WITH, the first verb that stands in no parentheses. */
  private static Kind mainStatement(String plain) {
    String flat = plain;
    for (String before = ""; !before.equals(flat); ) {
      before = flat;
      flat = NESTED.matcher(flat).replaceAll(" ");
    }
    Matcher verb = VERB.matcher(flat);
    return verb.find() ? Kind.valueOf(verb.group(1).toUpperCase(Locale.ROOT)) : Kind.OTHER;
  }

  /** Lower case, one space for every gap, no comments, values as question marks. */
  private static String plain(String sql, boolean keepNames) {
    StringBuilder plain = new StringBuilder();
    Matcher token = TOKEN.matcher(sql);
    int end = 0;
    while (token.find()) {
      plain.append(sql.substring(end, token.start()).toLowerCase(Locale.ROOT));
      end = token.end();
      if (token.group("value") != null) {
        plain.append('?');
      } else if (token.group("name") != null) {
        plain.append(keepNames ? token.group() : "name");
      } else {
        plain.append(' ');
      }
    }
    plain.append(sql.substring(end).toLowerCase(Locale.ROOT));
    return plain.toString().strip().replaceAll(" +", " ");
  }
}
