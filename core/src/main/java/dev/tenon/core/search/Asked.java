package dev.tenon.core.search;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.internal.ColumnCodec;
import dev.tenon.core.internal.Required;
import org.jooq.Condition;
import org.jooq.Field;

/**
 * What a search asks of a row, and how it rates those that match. Columns are named without their
 * table, and the values are bound.
 */
sealed interface Asked permits WordMatch, SimilarMatch {

  /** No user types as much; the server takes time by the number of words. */
  int LONGEST = 1_000;

  /** The rows that match. */
  Condition matches();

  /** How well a row matches: the more, the better. */
  Field<Float> score();

  /** Whether nothing is asked for, so that nothing matches. */
  Condition isEmpty();

  /** A passage of a column, with what matches between the marks of {@link Headline}. */
  Field<String> headline(String column);

  /** Whether there is a {@link #headline}. */
  boolean hasHeadline();

  /** The session with the settings that the operators want, which travel with the statement. */
  Session tune(Session session);

  /**
   * The text itself.
   *
   * @throws InvalidDataException if it is too long, or none that PostgreSQL takes
   */
  static String check(String text, String name, String place) {
    Required.require(text, name, place);
    if (text.length() > LONGEST) {
      throw new InvalidDataException(
          Problem.what("the " + name + " have " + text.length() + " characters")
              .where(place)
              .why("a search takes " + LONGEST)
              .fix("cut them, or search for fewer"));
    }
    return ColumnCodec.requireEncodable(text, place, "the " + name);
  }
}
