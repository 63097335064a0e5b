package dev.tenon.core.internal;

import java.util.regex.Pattern;

/** Whether a text may roll back to a savepoint, and with it what was set since. */
final class RollbackText {

  private static final Pattern ROLLBACK =
      Pattern.compile("\\brollback\\b", Pattern.CASE_INSENSITIVE);

  private RollbackText() {}

  /** Looks at the first character and for a semicolon first, because most texts are queries. */
  static boolean isIn(String sql) {
    char first = sql.isEmpty() ? ' ' : sql.charAt(0);
    boolean ruledOut =
        first != 'r' && first != 'R' && Character.isLetter(first) && sql.indexOf(';') < 0;
    return !ruledOut && ROLLBACK.matcher(sql).find();
  }
}
