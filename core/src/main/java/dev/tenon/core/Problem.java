package dev.tenon.core;

import org.jspecify.annotations.Nullable;

/**
 * What went wrong, where, why, and how to fix it: the text of every {@link TenonException}.
 *
 * @param what the fact, one line
 * @param where the table, repository, option or input position it happened at
 * @param why the likely cause
 * @param fix what the reader can do about it
 */
public record Problem(
    String what, @Nullable String where, @Nullable String why, @Nullable String fix) {

  private static final int EXCERPT = 80;

  public static Problem what(String what) {
    return new Problem(what, null, null, null);
  }

  public Problem where(String place) {
    return new Problem(what, place, why, fix);
  }

  public Problem why(String cause) {
    return new Problem(what, where, cause, fix);
  }

  public Problem fix(String remedy) {
    return new Problem(what, where, why, remedy);
  }

  /**
   * Shortens a hostile or huge value for a message: at most 80 characters, each line break with the
   * blanks around it a space, other control characters replaced.
   */
  public static String excerpt(@Nullable String value) {
    if (value == null) {
      return "null";
    }
    String head = value.substring(0, Math.min(value.length(), 4 * EXCERPT));
    String line = head.replaceAll("\\s*[\\r\\n]\\s*", " ");
    boolean isCut = line.length() > EXCERPT || head.length() < value.length();
    String plain = isCut ? line.substring(0, Math.min(line.length(), EXCERPT)) + "…" : line;
    return plain.replaceAll("\\p{Cntrl}", "�");
  }

  /** Renders the parts that are known, one line each. */
  public String message() {
    StringBuilder text = new StringBuilder(what);
    append(text, "where", where);
    append(text, "why", why);
    append(text, "fix", fix);
    return text.toString();
  }

  private static void append(StringBuilder text, String label, @Nullable String part) {
    if (part != null) {
      text.append("\n  ").append(label).append(": ").append(part);
    }
  }
}
