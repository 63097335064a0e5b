package dev.tenon.testkit.servers;

import java.util.Locale;

/**
 * A moment in the conversation of a client with PostgreSQL, at which {@link FaultProxy#on} lets
 * something go wrong.
 *
 * <p>Counted from when the fault is arranged, over all connections. Immutable.
 */
public final class Moment {

  /** Where in the conversation it lies. */
  enum Place {
    STATEMENT,
    BEFORE_REPLY,
    AFTER_REPLY
  }

  private final Place place;
  private final String beginning;
  private final int occurrence;

  private Moment(Place place, String beginning, int occurrence) {
    this.place = place;
    this.beginning = beginning.strip().toLowerCase(Locale.ROOT);
    this.occurrence = occurrence;
  }

  /** The next statement of a client, before it reaches the server. */
  public static Moment statement() {
    return new Moment(Place.STATEMENT, "", 1);
  }

  /**
   * The next statement that begins with these words, before it reaches the server.
   *
   * @param beginning for example {@code begin}, {@code commit} or {@code insert into orders}; case
   *     does not matter
   */
  public static Moment statement(String beginning) {
    return new Moment(Place.STATEMENT, beginning, 1);
  }

  /**
   * The server has completed a command and everything sent with it, and the client has not heard of
   * it.
   *
   * @param tag the beginning of the command's tag: {@code COMMIT}, {@code INSERT}, {@code SELECT}
   */
  public static Moment beforeReply(String tag) {
    return new Moment(Place.BEFORE_REPLY, tag, 1);
  }

  /**
   * The client has the whole answer to what it sent with a command, and can say nothing more.
   *
   * @param tag the beginning of the command's tag: {@code BEGIN}, {@code INSERT}, {@code SELECT}
   */
  public static Moment afterReply(String tag) {
    return new Moment(Place.AFTER_REPLY, tag, 1);
  }

  /**
   * The same moment at its n-th time.
   *
   * @param time 1 or more
   */
  public Moment nth(int time) {
    if (time < 1) {
      throw new IllegalArgumentException("times are counted from 1, not " + time);
    }
    return new Moment(place, beginning, time);
  }

  Place place() {
    return place;
  }

  int occurrence() {
    return occurrence;
  }

  /** Whole words only: {@code set} is not the beginning of {@code setval}. */
  boolean matches(String text) {
    String stripped = text.stripLeading();
    return stripped.regionMatches(true, 0, beginning, 0, beginning.length())
        && (beginning.isEmpty()
            || stripped.length() == beginning.length()
            || !Character.isJavaIdentifierPart(stripped.charAt(beginning.length())));
  }

  @Override
  public String toString() {
    return "Moment[" + place + " " + beginning + ", time " + occurrence + "]";
  }
}
