package dev.tenon.core.internal;

import java.sql.SQLException;

/**
 * What is sent around a statement in the same round trip.
 *
 * @param opening a statement before everything, ended by a semicolon, or empty
 * @param settings set between the opening and the statement
 * @param closing a statement after it, led by a semicolon, or empty
 */
record Frame(String opening, Settings settings, String closing) {

  static final Frame NONE = new Frame("", Settings.NONE, "");

  /**
   * One statement as a unit of work: it begins, carries its settings, and commits, in one round
   * trip.
   *
   * <p>The explicit BEGIN is what makes this safe. Without it the statements would share the
   * implicit transaction of one pipeline, and from the sixth execution on the driver may split that
   * pipeline and lose the settings silently.
   *
   * @param tellsIsolation whether it says that it is READ COMMITTED
   */
  static Frame unit(Settings settings, boolean tellsIsolation) {
    String begin = tellsIsolation ? "begin isolation level read committed; " : "begin; ";
    return settings.isEmpty() ? NONE : new Frame(begin, settings, "\n; commit");
  }

  /** A query in front of whose rows somebody else began a transaction, and ends it after them. */
  static Frame reading(Settings settings) {
    return new Frame("set transaction isolation level read committed, read only; ", settings, "");
  }

  boolean isEmpty() {
    return opening.isEmpty() && settings.isEmpty() && closing.isEmpty();
  }

  boolean isClosed() {
    return !closing.isEmpty();
  }

  /** Whether the other frame makes the same text, so that one prepared statement serves both. */
  boolean hasTextOf(Frame other) {
    return opening.equals(other.opening)
        && settings.sql().equals(other.settings.sql())
        && closing.equals(other.closing);
  }

  /** The number of results that come before the statement's own. */
  int resultsBefore() {
    return (opening.isEmpty() ? 0 : 1) + (settings.isEmpty() ? 0 : 1);
  }

  /** Refuses a text that must not be sent. */
  @FunctionalInterface
  interface Fitness {
    void require(String sql) throws SQLException;
  }

  /** The text to send, of a statement that is fit. */
  String around(String statement, Fitness fitness) throws SQLException {
    String known = isClosed() ? settings.unitTexts().find(statement) : null;
    if (known != null) {
      return known;
    }
    fitness.require(statement);
    String text = around(statement);
    // What many statements are fit for depends on how the connection reads strings.
    if (isClosed() && TransactionControl.isOneStatement(statement)) {
      settings.unitTexts().keep(statement, text);
    }
    return text;
  }

  /**
   * The text to send. The closing starts on its own line, so that a trailing comment cannot swallow
   * it.
   */
  String around(String statement) {
    return isEmpty()
        ? statement
        : opening + (settings.isEmpty() ? "" : settings.sql()) + statement + closing;
  }
}
