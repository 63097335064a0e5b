package dev.tenon.core.internal;

/**
 * The quotation of a body in SQL, which may hold anything and so anything that ends a quotation.
 */
public final class DollarQuote {

  private DollarQuote() {}

  /** A mark to put around a text, such as {@code $tenon$}, that the text does not have. */
  public static String around(String text) {
    String mark = "$tenon$";
    for (int i = 0; text.contains(mark); i++) {
      mark = "$tenon" + i + "$";
    }
    return mark;
  }
}
