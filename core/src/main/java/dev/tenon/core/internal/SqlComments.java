package dev.tenon.core.internal;

/** Skips comments as the server does: the driver takes {@code /*}{@code /} for a whole one. */
final class SqlComments {

  private SqlComments() {}

  /** Where the first word at or behind a place begins, or the end. */
  static int after(String sql, int start) {
    int at = start;
    while (at < sql.length()) {
      if (sql.startsWith("--", at)) {
        at = afterLine(sql, at);
      } else if (sql.startsWith("/*", at)) {
        at = afterBlock(sql, at);
      } else if (Character.isWhitespace(sql.charAt(at))) {
        at++;
      } else {
        return at;
      }
    }
    return at;
  }

  private static int afterLine(String sql, int start) {
    int at = start;
    while (at < sql.length() && sql.charAt(at) != '\n' && sql.charAt(at) != '\r') {
      at++;
    }
    return at;
  }

  private static int afterBlock(String sql, int start) {
    int depth = 1;
    int at = start + 2;
    while (at < sql.length() && depth > 0) {
      if (sql.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (sql.startsWith("*/", at)) {
        depth--;
        at += 2;
      } else {
        at++;
      }
    }
    return at;
  }
}
