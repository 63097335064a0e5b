package dev.tenon.core.search;

/**
 * How much a word counts where a text holds it, as the rank multiplies it; of PostgreSQL's four.
 */
public enum Weight {
  /** 1.0, as for a title. */
  A,
  /** 0.4. */
  B,
  /** 0.2. */
  C,
  /** 0.1, as for the body of a text. */
  D
}
