package dev.tenon.testkit.isolation;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What attacks found, and what they could not decide. */
record Verdict(List<Leak> leaks, Set<String> unproved) {

  Verdict() {
    this(new ArrayList<>(), new LinkedHashSet<>());
  }

  Verdict and(Verdict more) {
    leaks.addAll(more.leaks);
    unproved.addAll(more.unproved);
    return this;
  }
}
