package dev.tenon.testkit.isolation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One thing that the fence did not hold.
 *
 * @param object the table, view or function that was attacked
 * @param attack what was tried
 * @param condition how the connection had come to be; all of them, if it was seen under several
 * @param what was seen
 */
public record Leak(String object, String attack, String condition, String what) {

  @Override
  public String toString() {
    return object + ": " + attack + " (" + condition + "): " + what;
  }

  /** Each leak once, with the conditions under which it was seen, in the order of the first. */
  static List<Leak> merged(List<Leak> leaks) {
    Map<Leak, Set<String>> conditions = new LinkedHashMap<>();
    for (Leak leak : leaks) {
      conditions
          .computeIfAbsent(leak.under(""), first -> new LinkedHashSet<>())
          .add(leak.condition);
    }
    List<Leak> merged = new ArrayList<>();
    conditions.forEach((leak, seen) -> merged.add(leak.under(String.join(", ", seen))));
    return List.copyOf(merged);
  }

  private Leak under(String other) {
    return new Leak(object, attack, other, what);
  }
}
