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
    int version) {}
