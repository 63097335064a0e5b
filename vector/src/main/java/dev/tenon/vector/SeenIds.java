package dev.tenon.vector;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether the ids of a stream are all different, as long as it is no longer than is remembered. */
final class SeenIds {

  static final int REMEMBERED = 50_000;

  private final Set<@Nullable Object> ids = new HashSet<>();
  private boolean different = true;

  void add(@Nullable Object id) {
    if (different) {
      different = ids.size() < REMEMBERED && ids.add(id);
    }
    if (!different) {
      ids.clear();
    }
  }

  /** True if that is known. */
  boolean areDifferent() {
    return different;
  }
}
