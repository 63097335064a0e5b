package dev.tenon.core.internal;

/** Texts that PostgreSQL holds, in text and in jsonb. */
public final class StorableText {

  private StorableText() {}

  /** Whether it has neither U+0000 nor half of a surrogate pair. */
  public static boolean isStorable(String text) {
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (unit == 0
          || (Character.isSurrogate(unit)
              && !Character.isSupplementaryCodePoint(text.codePointAt(i++)))) {
        return false;
      }
    }
    return true;
  }
}
