package dev.tenon.core.internal;

import dev.tenon.core.Session;

/** What the modules of Tenon may ask of a session beyond {@link Session}. */
public interface FramedSession extends Session {

  /**
   * Runs an action after the commit, and also where the outcome of the commit is unknown: for what
   * is harmless when nothing was committed and necessary when it was, such as forgetting a cached
   * value.
   */
  void afterCommitOrUnknown(Runnable action);

  /** {@link #afterCommitOrUnknown} of this session. */
  static void afterCommitOrUnknown(Session session, Runnable action) {
    if (session instanceof FramedSession framed) {
      framed.afterCommitOrUnknown(action);
    } else {
      session.afterCommit(action);
    }
  }

  /**
   * Refuses where this session's one connection is busy with work that was lent it; a session that
   * takes a connection for each statement is never busy.
   */
  default void requireIdle(String asked) {}

  /** {@link #requireIdle(String)} of this session, with what was asked of it. */
  static void requireIdle(Session session, String asked) {
    if (session instanceof FramedSession framed) {
      framed.requireIdle(asked);
    }
  }
}
