package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.OutageRace.Latency;
import dev.tenon.examples.benchmarks.OutageRace.Phase;
import dev.tenon.examples.benchmarks.StaleRace.Failure;
import dev.tenon.testkit.servers.TestRedis;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How long reads took before, during and after an outage of Redis. */
record OutageRounds(List<Outage> outages) {

  static final String LABEL = "cache-outage";

  /** What one library made of one kind of outage. */
  record Outage(CacheLibrary library, Failure failure, Map<Phase, Latency> latencies) {}

  static OutageRounds measure(OutagePlan plan) throws InterruptedException {
    List<Outage> outages = new ArrayList<>();
    try (TestRedis redis = TestRedis.create()) {
      for (Failure failure : Failure.values()) {
        for (CacheLibrary library : CacheLibrary.ofOutages()) {
          outages.add(new Outage(library, failure, OutageRace.run(redis, library, failure, plan)));
        }
      }
    }
    return new OutageRounds(outages);
  }

  /** Milliseconds that half, 99 and 99.9 of 100 reads stayed below, the longest, and errors. */
  void print(PrintStream out) {
    out.printf("%n%-28s%-8s", LABEL, "Redis");
    for (Phase phase : Phase.values()) {
      out.printf("%44s", phase.name().toLowerCase(Locale.ROOT) + ": p50 p99 p99.9 most, errors");
    }
    for (Outage outage : outages) {
      out.printf(
          "%n%-28s%-8s",
          outage.library().label(), outage.failure().name().toLowerCase(Locale.ROOT));
      outage.latencies().values().forEach(latency -> out.printf("%44s", text(latency)));
    }
    out.println();
  }

  private static String text(Latency latency) {
    return String.format(
        Locale.ROOT,
        "%.2f %.2f %.2f %.1f, %d",
        latency.p50(),
        latency.p99(),
        latency.p999(),
        latency.most(),
        latency.errors());
  }
}
