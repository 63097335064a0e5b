package dev.tenon.vector;

import dev.tenon.core.internal.Sha256;
import java.nio.charset.StandardCharsets;

/**
 * Names that are made of those of a table and a column, and are no longer than PostgreSQL keeps: it
 * would cut them, two of them to the same, and none would be found again by its whole name.
 */
final class FittedNames {

  /** In bytes of UTF-8. */
  static final int LONGEST = 63;

  private static final int TOLD = 10;

  private FittedNames() {}

  /** The name itself where it is short enough; else its beginning and a digest of all of it. */
  static String of(String name) {
    if (fits(name)) {
      return name;
    }
    String end = "_" + Sha256.hex(name).substring(0, TOLD);
    int kept = name.length();
    while (!fits(name.substring(0, kept) + end)) {
      kept = name.offsetByCodePoints(kept, -1);
    }
    return name.substring(0, kept) + end;
  }

  static boolean fits(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length <= LONGEST;
  }
}
