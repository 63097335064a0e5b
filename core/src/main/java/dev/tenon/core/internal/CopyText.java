package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a COPY, which the driver sends whole: whatever stands beside it would run too.
 *
 * <p>It is read as the server reads it, whose comments and texts end elsewhere than the driver's
 * parser thinks.
 */
final class CopyText {

  private static final Pattern COPY = Pattern.compile("copy\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern WORD =
      Pattern.compile(
          "[a-z_\\x{80}-\\x{10FFFF}][\\w$\\x{80}-\\x{10FFFF}]*", Pattern.CASE_INSENSITIVE);
  private static final Pattern DOLLAR_QUOTE =
      Pattern.compile(
          "\\$([a-z_\\x{80}-\\x{10FFFF}][\\w\\x{80}-\\x{10FFFF}]*)?\\$", Pattern.CASE_INSENSITIVE);

  private final String sql;
  private final boolean standardStrings;
  private int at;

  private CopyText(String sql, boolean standardStrings) {
    this.sql = sql;
    this.standardStrings = standardStrings;
  }

  /**
   * Refuses what is not one COPY and nothing else.
   *
   * @param standardStrings whether a backslash in a text is one character like any other
   */
  static void requireAlone(String sql, boolean standardStrings) {
    if (!new CopyText(sql, standardStrings).isAlone()) {
      throw new UsageException(
          Problem.what("COPY was given a text that is not one COPY: " + Problem.excerpt(sql))
              .where("CopyManager of a connection on loan")
              .why("the server runs all of the text, and only a COPY alone is known to be one")
              .fix("send one COPY here, and every other statement through the session"));
    }
  }

  private boolean isAlone() {
    at = SqlComments.after(sql, 0);
    if (!COPY.matcher(sql).region(at, sql.length()).lookingAt()) {
      return false;
    }
    while (at < sql.length()) {
      if (sql.charAt(at) == ';') {
        return SqlComments.after(sql, at + 1) == sql.length();
      }
      skipPart();
    }
    return true;
  }

  private void skipPart() {
    Matcher word = WORD.matcher(sql).region(at, sql.length());
    Matcher dollarQuote = DOLLAR_QUOTE.matcher(sql).region(at, sql.length());
    if (word.lookingAt()) {
      at = word.end();
      if (word.group().equalsIgnoreCase("e") && isAt('\'')) {
        skipEscapedText();
      }
    } else if (isAt('\'')) {
      skipQuoted('\'', !standardStrings);
    } else if (isAt('"')) {
      skipQuoted('"', false);
    } else if (dollarQuote.lookingAt()) {
      int end = sql.indexOf(dollarQuote.group(), dollarQuote.end());
      at = end < 0 ? sql.length() : end + dollarQuote.group().length();
    } else {
      at = Math.max(at + 1, SqlComments.after(sql, at));
    }
  }

  /** On another line the same text goes on. */
  private void skipEscapedText() {
    while (isAt('\'')) {
      skipQuoted('\'', true);
      at = SqlComments.after(sql, at);
    }
  }

  private void skipQuoted(char quote, boolean escapes) {
    at++;
    while (at < sql.length()) {
      if (escapes && sql.charAt(at) == '\\') {
        at += 2;
      } else if (sql.charAt(at) != quote) {
        at++;
      } else if (at + 1 < sql.length() && sql.charAt(at + 1) == quote) {
        at += 2;
      } else {
        at++;
        return;
      }
    }
  }

  private boolean isAt(char expected) {
    return at < sql.length() && sql.charAt(at) == expected;
  }
}
