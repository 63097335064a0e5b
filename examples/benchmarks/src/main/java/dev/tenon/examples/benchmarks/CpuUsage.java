package dev.tenon.examples.benchmarks;

import java.time.Instant;

/**
 * What a host measures of its processors: a row of TSBS's {@code cpu}, with the host as its only
 * tag.
 */
record CpuUsage(
    Instant time,
    String hostname,
    double usageUser,
    double usageSystem,
    double usageIdle,
    double usageNice,
    double usageIowait,
    double usageIrq,
    double usageSoftirq,
    double usageSteal,
    double usageGuest,
    double usageGuestNice) {}
