package dev.tenon.examples.benchmarks;

import java.time.Instant;
import java.util.UUID;

/** A row of nine columns. */
record Host(
    UUID id,
    String name,
    String rack,
    String system,
    int cores,
    long memory,
    double load,
    Instant seenAt,
    int version) {

  Host withId(UUID other) {
    return new Host(other, name, rack, system, cores, memory, load, seenAt, version);
  }

  Host withLoad(double other) {
    return new Host(id, name, rack, system, cores, memory, other, seenAt, version);
  }
}
