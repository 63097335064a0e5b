package dev.tenon.examples.benchmarks;

import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.PostgresServer;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How often a call of a benchmark waits for the server, counted by a network in between. */
final class RoundTrips {

  /** The coordinate of the server without any network in between. */
  static final String DIRECT_URL = "direct.url";

  /** Enough calls for the driver to have prepared on the server what it prepares. */
  private static final int BEFORE = 20;

  private static final int COUNTED = 11;

  private RoundTrips() {}

  /** For each method of the group, if its benchmarks can be counted; the median of some calls. */
  static Map<String, Integer> of(Group group, Coordinates coordinates) throws Exception {
    if (!CountedBenchmark.class.isAssignableFrom(group.benchmarks())) {
      return Map.of();
    }
    try (FaultProxy network = FaultProxy.to(PostgresServer.shared())) {
      CountedBenchmark benchmark =
          (CountedBenchmark) group.benchmarks().getDeclaredConstructor().newInstance();
      benchmark.open(coordinates.with("url", network.reroute(coordinates.get(DIRECT_URL))));
      try {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (String name : group.methods()) {
          counts.put(name, count(network, benchmark, group.benchmarks().getMethod(name)));
        }
        return counts;
      } finally {
        benchmark.close();
      }
    }
  }

  /** The pool speaks to the server too now and then, but not during most calls. */
  private static int count(FaultProxy network, CountedBenchmark benchmark, Method call)
      throws ReflectiveOperationException {
    for (int i = 0; i < BEFORE; i++) {
      call.invoke(benchmark);
    }
    List<Integer> counts = new ArrayList<>();
    for (int i = 0; i < COUNTED; i++) {
      int before = network.roundTrips();
      call.invoke(benchmark);
      counts.add(network.roundTrips() - before);
    }
    counts.sort(null);
    return counts.get(COUNTED / 2);
  }
}
