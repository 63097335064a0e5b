package dev.tenon.examples.quickstart;

import java.time.Instant;
import java.util.UUID;

/** One measured value; a host and a metric make a series. */
record Sample(UUID hostId, String metric, Instant time, double value, String unit) {}
