package dev.tenon.tenancy.internal;

/** What a column of text gives back as it was given. */
public final class StorableText {

  private StorableText() {}

  /**
   * Whether a text has no NUL character, which PostgreSQL refuses, and no half of a surrogate pair,
   * of which the driver makes a question mark.
   */
  public static boolean is(String text) {
    return text.codePoints()
        .noneMatch(
            point ->
                point == 0
                    || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE));
  }
}
