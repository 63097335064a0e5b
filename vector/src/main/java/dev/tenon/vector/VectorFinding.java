package dev.tenon.vector;

import dev.tenon.core.health.HealthFinding.Severity;

/**
 * Something about the column of a repository's embeddings that wants attention. Immutable.
 *
 * @param check what found it
 * @param severity how soon it wants attention
 * @param subject the table, or a part of it, and the column
 * @param what what was found there, and what the repository says
 * @param why what follows from it
 * @param fix what to do
 */
public record VectorFinding(
    Check check, Severity severity, String subject, String what, String why, String fix) {

  /** What is looked at. */
  public enum Check {
    /** Whether there is such a column, of the type that holds the vectors. */
    COLUMN,
    /** Whether its vectors are of the space. */
    SPACE,
    /** Whether they are of the model. */
    MODEL,
    /** Whether its indexes are the one that {@link VectorRepository#indexedBy} names. */
    INDEX
  }

  @Override
  public String toString() {
    return severity + " " + check + " " + subject + ": " + what + ", " + why + "; " + fix;
  }
}
