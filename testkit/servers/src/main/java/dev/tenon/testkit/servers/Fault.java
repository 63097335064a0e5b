package dev.tenon.testkit.servers;

import java.time.Duration;

/** What goes wrong on a connection, by the names of Toxiproxy. */
record Fault(Kind kind, Duration delay) {

  enum Kind {
    LATENCY,
    TIMEOUT,
    RESET_PEER,
    DISABLE
  }

  static Fault of(Kind kind) {
    return new Fault(kind, Duration.ZERO);
  }

  /** Whether nothing that has not been delivered by then ever will be. */
  boolean ends() {
    return kind == Kind.RESET_PEER || kind == Kind.DISABLE;
  }
}
