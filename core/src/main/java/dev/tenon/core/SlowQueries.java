package dev.tenon.core;

import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Who is told of statements that take long, and how much. Immutable.
 *
 * <p>Counted is the time until the server has answered, the network included; rows that a cursor
 * fetches later are not. Commits are statements too. What runs on the driver's own connection, as
 * COPY does, is not seen.
 *
 * @param threshold the least time that is told
 * @param listener called on the thread that ran the statement, while it holds its connection: it
 *     must return soon. What it throws is logged and goes no further
 * @param values whether bound values are told; no by default. Literals inside the text of a
 *     statement are told in any case: bind what must stay secret
 */
public record SlowQueries(Duration threshold, Listener listener, boolean values) {

  /** Told of each slow statement. */
  @FunctionalInterface
  public interface Listener {
    void slow(Statement statement);
  }

  /**
   * A statement that took long.
   *
   * @param sql its text as the caller gave it, without what Tenon sends around it
   * @param took until the server had answered
   * @param tenant of the session, if it has one
   * @param failure the SQLSTATE, if it failed; empty too where the driver gave none
   * @param values what was bound, by position; empty unless asked for, and for a batch
   */
  public record Statement(
      String sql,
      Duration took,
      Optional<TenantId> tenant,
      Optional<String> failure,
      List<String> values) {}

  public SlowQueries {
    Required.require(threshold, "threshold", "SlowQueries.over");
    Required.require(listener, "listener", "SlowQueries.over");
    if (threshold.isNegative()) {
      throw new UsageException(
          Problem.what("the threshold of slow queries is " + threshold)
              .where("SlowQueries.over")
              .why("no statement takes less than no time")
              .fix("pass zero to be told of every statement, or a time from which one is slow"));
    }
  }

  /** Tells of statements that take this long or longer, without their values. */
  public static SlowQueries over(Duration threshold, Listener listener) {
    return new SlowQueries(threshold, listener, false);
  }

  /** The same, with the values that were bound: they may be secrets. */
  public SlowQueries withValues() {
    return new SlowQueries(threshold, listener, true);
  }
}
