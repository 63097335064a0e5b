package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import org.jspecify.annotations.Nullable;

/** The rule for null: where a value is asked for, it is a mistake of the calling code. */
public final class Required {

  private Required() {}

  /**
   * The value.
   *
   * @throws UsageException if it is null
   */
  public static <V> V require(@Nullable V value, String name, String where) {
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
