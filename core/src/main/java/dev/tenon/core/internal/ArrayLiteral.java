package dev.tenon.core.internal;

import org.jspecify.annotations.Nullable;

/**
 * The text of a one-dimensional <a
 * href="https://www.postgresql.org/docs/17/arrays.html#ARRAYS-IO">array</a>, in the making.
 *
 * <p>As one text the whole column of a bulk statement is one parameter, bound with its type, which
 * the driver neither parses nor asks the server about.
 */
public final class ArrayLiteral {

  private static final int LIKELY_LENGTH = 16;

  private final StringBuilder text;

  /** Begins an array of about so many elements. */
  public ArrayLiteral(int elements) {
    text = new StringBuilder(elements * LIKELY_LENGTH).append('{');
  }

  /**
   * Adds an element.
   *
   * @param bare whether its text needs no quotes
   * @param element its text; null for null
   */
  public void add(boolean bare, @Nullable String element) {
    if (text.length() > 1) {
      text.append(',');
    }
    if (element == null) {
      text.append("NULL");
    } else if (bare) {
      text.append(element);
    } else {
      quoted(element);
    }
  }

  private void quoted(String element) {
    text.append('"');
    int plain = 0;
    for (int i = 0; i < element.length(); i++) {
      char character = element.charAt(i);
      if (character == '"' || character == '\\') {
        text.append(element, plain, i).append('\\');
        plain = i;
      }
    }
    text.append(element, plain, element.length()).append('"');
  }

  public int length() {
    return text.length();
  }

  /** The array, which takes no more elements. */
  public String end() {
    return text.append('}').toString();
  }
}
