package dev.tenon.cache.internal;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a key: names that cannot hold a separator, and identifiers that are escaped.
 *
 * <p>An identifier becomes letters, digits and {@code . _ ~ - %}: so none can end its part of the
 * key, and two different ones never give the same text.
 */
public final class KeyText {

  /** Stands where a tenant would, for what all of them share. */
  public static final String NOBODY = "-";

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");
  private static final boolean[] PLAIN = plain();
  private static final int LONGEST_IDENTIFIER = 512;
  private static final int ESCAPED_DIGITS = 4;

  private KeyText() {}

  /**
   * The name.
   *
   * @throws InvalidDataException if it is not one
   */
  public static String requireName(String place, @Nullable String name) {
    if (name == null || !NAME.matcher(name).matches()) {
      throw new InvalidDataException(
          Problem.what("the name '" + Problem.excerpt(name) + "' cannot be part of a key")
              .where(place)
              .why("parts of a key are separated by colons and braces")
              .fix("use at most 63 lower case letters, digits and hyphens, a letter first"));
    }
    return name;
  }

  /**
   * Every character but the plain ones as {@code %} and its four hexadecimal digits of UTF-16.
   *
   * @throws InvalidDataException if the text has more than 512 characters
   */
  public static String escape(String place, String text) {
    if (text.length() > LONGEST_IDENTIFIER) {
      throw new InvalidDataException(
          Problem.what("an identifier has " + text.length() + " characters")
              .where(place)
              .why("an identifier is part of a key, which has at most " + LONGEST_IDENTIFIER)
              .fix("use a shorter identifier, e.g. a digest of this one"));
    }
    int plain = 0;
    while (plain < text.length() && isPlain(text.charAt(plain))) {
      plain++;
    }
    return plain == text.length() ? text : escapeFrom(plain, text);
  }

  private static String escapeFrom(int plain, String text) {
    StringBuilder escaped = new StringBuilder(text.length() + ESCAPED_DIGITS);
    escaped.append(text, 0, plain);
    for (int i = plain; i < text.length(); i++) {
      char character = text.charAt(i);
      if (isPlain(character)) {
        escaped.append(character);
      } else {
        escaped.append('%').append(String.format("%04x", (int) character));
      }
    }
    return escaped.toString();
  }

  private static boolean isPlain(char character) {
    return character < PLAIN.length && PLAIN[character];
  }

  private static boolean[] plain() {
    boolean[] plain = new boolean['~' + 1];
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
        .chars()
        .forEach(character -> plain[character] = true);
    return plain;
  }

  /**
   * What {@link #escape} was given.
   *
   * @throws IllegalArgumentException or {@link IndexOutOfBoundsException} if it is not its text
   */
  public static String unescape(String escaped) {
    StringBuilder text = new StringBuilder(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      char character = escaped.charAt(i);
      if (character == '%') {
        text.append((char) Integer.parseInt(escaped.substring(i + 1, i + 1 + ESCAPED_DIGITS), 16));
        i += ESCAPED_DIGITS;
      } else {
        text.append(character);
      }
    }
    return text.toString();
  }
}
