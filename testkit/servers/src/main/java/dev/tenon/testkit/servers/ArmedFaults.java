package dev.tenon.testkit.servers;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Faults that wait for their moment. Safe for use by several threads. */
final class ArmedFaults {

  private static final class Armed {
    private final Moment moment;
    private final Fault fault;
    private int left;

    Armed(Moment moment, Fault fault) {
      this.moment = moment;
      this.fault = fault;
      this.left = moment.occurrence();
    }
  }

  private final List<Armed> waiting = new ArrayList<>();

  synchronized void add(Moment moment, Fault fault) {
    waiting.add(new Armed(moment, fault));
  }

  synchronized int count() {
    return waiting.size();
  }

  /** The first fault whose moment this is; it is due once. */
  synchronized @Nullable Fault due(Moment.Place place, String text) {
    for (Iterator<Armed> all = waiting.iterator(); all.hasNext(); ) {
      Armed armed = all.next();
      if (armed.moment.place() == place && armed.moment.matches(text) && --armed.left == 0) {
        all.remove();
        return armed.fault;
      }
    }
    return null;
  }
}
