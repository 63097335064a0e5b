package dev.tenon.core.internal;

import dev.tenon.core.Session;

/**
 * A session that can send a prepared statement together with its settings, also as the first
 * statement of a transaction.
 *
 * <p>Repositories go through {@link #run}, which costs no round trip for settings in either kind of
 * session; {@link Session#jdbc} hands a transaction's plain connection instead and so sends pending
 * settings ahead.
 */
public interface FramedSession extends Session {

  /**
   * Runs work that makes and executes prepared statements only: no batches, no cursors, no COPY.
   */
  <R> R framed(JdbcWork<R> work);

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

  static <R> R run(Session session, JdbcWork<R> work) {
    return session instanceof FramedSession framed ? framed.framed(work) : session.jdbc(work);
  }
}
