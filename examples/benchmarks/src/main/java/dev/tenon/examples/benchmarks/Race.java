package dev.tenon.examples.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What is measured on many rows, by races of their own instead of JMH. */
enum Race {

  /** Many rows into an empty table. */
  INGEST(IngestRounds.LABEL) {
    @Override
    Object run(boolean full, Report report, Plots plots, PrintStream out) throws Exception {
      IngestRounds rounds = IngestRounds.measure(full ? IngestPlan.full() : IngestPlan.quick());
      rounds.print(out);
      rounds.lines().forEach(report::add);
      plots.write(rounds);
      return rounds;
    }
  },

  /** The queries of TSBS and a month by the hour, from rows and from a rollup. */
  QUERIES(QueryRounds.LABEL) {
    @Override
    Object run(boolean full, Report report, Plots plots, PrintStream out) throws Exception {
      QueryRounds rounds = QueryRounds.measure(full ? QueryPlan.full() : QueryPlan.quick());
      rounds.print(out);
      rounds.lines().forEach(report::add);
      plots.write(rounds);
      return rounds;
    }
  },

  /** Passages beside other vector stores, as shipped and configured. */
  VECTORS("vector-peers") {
    @Override
    Object run(boolean full, Report report, Plots plots, PrintStream out) throws Exception {
      return vectors("vector-peers", VectorPlan.small(full), report, plots, out);
    }
  },

  /** The same of fewer that have more dimensions. */
  LONG_VECTORS("vector-peers-1536") {
    @Override
    Object run(boolean full, Report report, Plots plots, PrintStream out) throws Exception {
      return vectors("vector-peers-1536", VectorPlan.large(full), report, plots, out);
    }
  },

  /** What changes leave behind in two-level caches. */
  STALE(StaleRounds.LABEL) {
    @Override
    Object run(boolean full, Report report, Plots plots, PrintStream out) throws Exception {
      StalePlan plan = full ? StalePlan.full() : StalePlan.quick();
      StaleRounds rounds = StaleRounds.measure(plan, CacheLibrary.ofStaleness());
      rounds.print(out);
      return rounds;
    }
  },

  /** How long reads take while Redis is away. */
  OUTAGE(OutageRounds.LABEL) {
    @Override
    Object run(boolean full, Report report, Plots plots, PrintStream out) throws Exception {
      OutageRounds rounds = OutageRounds.measure(full ? OutagePlan.full() : OutagePlan.quick());
      rounds.print(out);
      return rounds;
    }
  },

  /** The heap that an entry in memory takes. */
  MEMORY(CacheMemory.LABEL) {
    @Override
    Object run(boolean full, Report report, Plots plots, PrintStream out) throws Exception {
      CacheMemory memory = CacheMemory.measure(CacheMemory.ENTRIES);
      memory.print(out);
      return memory;
    }
  };

  private final String label;

  Race(String label) {
    this.label = label;
  }

  static Stream<String> labels() {
    return Stream.of(values()).map(race -> race.label);
  }

  /** Runs those that are named, or all, and adds their ratios to the report. */
  static void run(List<String> names, boolean full, Report report, Path directory, PrintStream out)
      throws Exception {
    Plots plots = new Plots(Path.of(System.getProperty("benchmarks.plots", "plots")));
    ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    for (Race race : values()) {
      if (names.isEmpty() || names.contains("all") || names.contains(race.label)) {
        long start = System.nanoTime();
        out.print(race.label + " …");
        Object results = race.run(full, report, plots, out);
        out.printf(Locale.ROOT, "%.0f s%n", (System.nanoTime() - start) / 1e9);
        json.writeValue(directory.resolve(race.label + ".json").toFile(), results);
      }
    }
    report.write(directory.resolve("ratios.json"));
  }

  /** Measures, prints a table, adds ratios to the report, plots, and gives back all figures. */
  abstract Object run(boolean full, Report report, Plots plots, PrintStream out) throws Exception;

  private static Object vectors(
      String label, VectorPlan plan, Report report, Plots plots, PrintStream out) throws Exception {
    VectorRounds rounds = VectorRounds.measure(label, plan);
    VectorReport read = new VectorReport(rounds);
    read.print(out);
    read.lines().forEach(report::add);
    plots.write(rounds);
    return read.figures();
  }
}
