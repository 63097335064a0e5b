package dev.tenon.core;

import org.jspecify.annotations.Nullable;

/** The rule for null: where a value is asked for, it is a mistake of the calling code. */
final class Arguments {

  private Arguments() {}

  /**
   * The value.
   *
   * @throws UsageException if it is null
   */
  static <V> V require(@Nullable V value, String name, String where) {
    if (value == null) {
      throw new UsageException(
          Problem.what("the " + name + " is null")
              .where(where)
              .why("only what is annotated @Nullable may be null")
              .fix("pass a value"));
    }
    return value;
  }
}
