package dev.tenon.core;

import dev.tenon.core.internal.Required;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/** New values for some columns of a row. Immutable. */
public final class Patch {

  private static final Patch EMPTY = new Patch(Map.of());

  private final Map<String, Change> changes;

  private Patch(Map<String, Change> changes) {
    this.changes = changes;
  }

  /** A patch without a column, to begin with where they are not known beforehand. */
  public static Patch empty() {
    return EMPTY;
  }

  /** A patch of one column. */
  public static <V> Patch of(Field<V> column, @Nullable V value) {
    Required.require(column, "column", "Patch.of");
    return EMPTY.set(column, value);
  }

  /** This patch with one column more, or another value for it. */
  public <V> Patch set(Field<V> column, @Nullable V value) {
    Required.require(column, "column", "Patch.set");
    Map<String, Change> more = new LinkedHashMap<>(changes);
    more.put(column.getName(), new Change(column, value));
    return new Patch(Collections.unmodifiableMap(more));
  }

  Map<String, Change> changes() {
    return changes;
  }

  /** What one column becomes. */
  record Change(Field<?> column, @Nullable Object value) {}
}
