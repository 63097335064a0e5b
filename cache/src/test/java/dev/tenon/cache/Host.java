package dev.tenon.cache;

import java.time.Instant;

/** A value of the tests. */
record Host(String name, long revision, Instant seen) {

  static Host named(String name) {
    return new Host(name, 1, Instant.parse("2026-11-21T04:26:00.123456Z"));
  }

  Host at(long number) {
    return new Host(name, number, seen);
  }
}
