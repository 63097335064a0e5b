package dev.tenon.examples.quickstart;

import java.time.Instant;

/** One line of a telemetry file. */
record Reading(Instant time, String metric, double value, String unit) {}
