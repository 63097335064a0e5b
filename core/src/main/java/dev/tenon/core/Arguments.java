package dev.tenon.core;

import dev.tenon.core.internal.Required;
import org.jspecify.annotations.Nullable;

/** The rule of {@link Required}, for this package. */
final class Arguments {

  private Arguments() {}

  /**
   * The value.
   *
   * @throws UsageException if it is null
   */
  static <V> V require(@Nullable V value, String name, String where) {
    return Required.require(value, name, where);
  }
}
