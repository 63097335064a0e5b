package dev.tenon.examples.benchmarks;

import java.time.Instant;
import java.util.UUID;

/** A {@link CpuUsage} whose owner is a value like others, which nobody checks. */
record OwnedCpuUsage(
    UUID tenantId,
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
    double usageGuestNice) {

  private static final UUID TENANT = UUID.fromString(CpuTable.TENANT);

  static OwnedCpuUsage of(CpuUsage usage) {
    return new OwnedCpuUsage(
        TENANT,
        usage.time(),
        usage.hostname(),
        usage.usageUser(),
        usage.usageSystem(),
        usage.usageIdle(),
        usage.usageNice(),
        usage.usageIowait(),
        usage.usageIrq(),
        usage.usageSoftirq(),
        usage.usageSteal(),
        usage.usageGuest(),
        usage.usageGuestNice());
  }

  CpuUsage usage() {
    return new CpuUsage(
        time,
        hostname,
        usageUser,
        usageSystem,
        usageIdle,
        usageNice,
        usageIowait,
        usageIrq,
        usageSoftirq,
        usageSteal,
        usageGuest,
        usageGuestNice);
  }
}
