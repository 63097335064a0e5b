package dev.tenon.cache;

import dev.tenon.core.health.HealthFinding.Severity;

/**
 * Something about a cache or its Redis that wants attention. Immutable.
 *
 * @param check what found it
 * @param severity how soon it wants attention
 * @param subject the server and the setting or the command, or the entity
 * @param what what was found there
 * @param why what follows from it
 * @param fix what to do
 */
public record CacheFinding(
    Check check, Severity severity, String subject, String what, String why, String fix) {

  /** What is looked at. */
  public enum Check {
    /** Whether Redis can be asked. */
    CONNECTION,
    /** Whether invalidations of other processes arrive. */
    BUS,
    /** Whether Redis does what the cache asks for. */
    SCRIPTS,
    /** Whether the server is of a version that is proved. */
    VERSION,
    /** Whether the server is a master. */
    ROLE,
    /** What a full Redis does. */
    EVICTION,
    /** What is left after Redis ended. */
    PERSISTENCE,
    /** How far a subscriber may be behind. */
    BUFFERS,
    /** Whether loaders end within their lease. */
    LEASE,
    /** What this user of Redis may not look at. */
    RIGHTS
  }

  @Override
  public String toString() {
    return severity + " " + check + " " + subject + ": " + what + ", " + why + "; " + fix;
  }
}
