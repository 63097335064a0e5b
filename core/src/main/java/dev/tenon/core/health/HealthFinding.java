package dev.tenon.core.health;

/**
 * Something about a database that wants attention. Immutable.
 *
 * @param check what found it
 * @param severity how soon it wants attention
 * @param subject the object, the session or the pool
 * @param what what was measured there
 * @param fix what to do
 */
public record HealthFinding(
    Check check, Severity severity, String subject, String what, String fix) {

  /** How soon a finding wants attention, the most urgent first. */
  public enum Severity {
    /** Work fails or is about to. */
    CRITICAL,
    /** Work is slower than it could be, or will fail if this goes on. */
    WARNING,
    /** Space or time is spent for nothing, or a check lacks a right or a library. */
    ADVICE
  }

  /** What is looked at. */
  public enum Check {
    /** Borrowers wait for a connection, or none is to be had. */
    POOL,
    /** Connections of the server that are still free. */
    CONNECTIONS,
    /** Transactions that stay open. */
    TRANSACTIONS,
    /** Standbys, and slots that keep WAL for somebody who does not fetch it. */
    REPLICATION,
    /** Transaction numbers that are left before the server stops writing. */
    WRAPAROUND,
    /** Pages that come from memory. */
    CACHE,
    /** Indexes that no query may use because their making failed. */
    INVALID_INDEXES,
    /** Indexes that no query has used. */
    UNUSED_INDEXES,
    /** Tables that are read from end to end again and again. */
    MISSING_INDEXES,
    /** Tables and indexes with much dead space. */
    BLOAT
  }

  @Override
  public String toString() {
    return severity + " " + check + " " + subject + ": " + what + "; " + fix;
  }
}
