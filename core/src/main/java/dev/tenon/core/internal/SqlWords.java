package dev.tenon.core.internal;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a statement word by word, as the server does: between two may be comments. */
final class SqlWords {

  private static final Pattern TOKEN =
      Pattern.compile("[A-Za-z_\\x{80}-\\x{10FFFF}][\\w$\\x{80}-\\x{10FFFF}]*|\"(?:[^\"]|\"\")+\"");

  private final String sql;
  private final Matcher token;
  private int at;

  SqlWords(String sql) {
    this.sql = sql;
    this.token = TOKEN.matcher(sql);
    this.at = SqlComments.after(sql, 0);
  }

  /** Goes behind this word if it is the next one. */
  boolean took(String word) {
    if (isToken() && token.group().equalsIgnoreCase(word)) {
      at = SqlComments.after(sql, token.end());
      return true;
    }
    return false;
  }

  /** The same for a word behind which something else stands: alone it is a name. */
  boolean tookBeforeMore(String word) {
    int before = at;
    if (took(word) && at == sql.length()) {
      at = before;
    }
    return at != before;
  }

  /** The one word that is left, or null if it is another number of them, or none. */
  @Nullable String last() {
    return isToken() && SqlComments.after(sql, token.end()) == sql.length() ? token.group() : null;
  }

  private boolean isToken() {
    return token.region(at, sql.length()).lookingAt();
  }
}
