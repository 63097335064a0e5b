package dev.tenon.core;

import com.github.f4b6a3.uuid.UuidCreator;
import java.util.UUID;

/**
 * Makes time-ordered identifiers (RFC 9562, version 7), which keep B-tree inserts at the right
 * edge.
 */
public final class UuidV7 {

  private UuidV7() {}

  /**
   * A new identifier; never the same twice, ascending within this process. Safe for use by many
   * threads.
   */
  public static UUID next() {
    return UuidCreator.getTimeOrderedEpochPlus1();
  }
}
