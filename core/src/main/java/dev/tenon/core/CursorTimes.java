package dev.tenon.core;

import java.time.DateTimeException;
import java.time.Instant;

/** Times as cursors keep them: in numbers, because to format and to parse a date costs far more. */
final class CursorTimes {

  private static final char SEPARATOR = '.';
  private static final int SECOND = 1_000_000_000;

  private CursorTimes() {}

  static String text(Instant time) {
    return time.getEpochSecond() + "" + SEPARATOR + time.getNano();
  }

  /**
   * The time that has this text.
   *
   * @throws NumberFormatException if the text has no such numbers
   * @throws DateTimeException if there is no such time
   */
  static Instant parsed(String text) {
    int end = text.indexOf(SEPARATOR);
    long seconds = Long.parseLong(text, 0, Math.max(end, 0), 10);
    int nanos = Integer.parseInt(text, end + 1, text.length(), 10);
    if (nanos < 0 || nanos >= SECOND) {
      throw new DateTimeException("no part of a second: " + nanos);
    }
    return Instant.ofEpochSecond(seconds, nanos);
  }
}
