package dev.tenon.core.search;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The text search configurations of a table: one for all rows, or one for each value of a property.
 *
 * <p>The names stand in the SQL as constants: a generated column has to be immutable, and a column
 * of type {@code regconfig} would keep pg_upgrade from taking the database along.
 *
 * @param property what tells the language of a row; null where all have the same
 * @param configurations by the value of the property
 */
record Languages(@Nullable Property property, SortedMap<String, String> configurations) {

  /** Of words as they are written; there on every server. */
  static final String AS_WRITTEN = "simple";

  static Languages fixed(String configuration) {
    return new Languages(null, new TreeMap<>(Map.of("", configuration)));
  }

  static Languages perRow(Property property, Map<String, String> configurations) {
    return new Languages(
        property, Collections.unmodifiableSortedMap(new TreeMap<>(configurations)));
  }

  Collection<String> values() {
    return List.copyOf(configurations.keySet());
  }

  /** A configuration as a constant; its name was checked, so that it needs no quotes. */
  static String constant(String configuration) {
    return "'" + configuration + "'::regconfig";
  }
}
