package dev.tenon.examples.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * What the benchmarks of a group measured, round by round.
 *
 * <p>A round runs each benchmark once, in a JVM of its own, and the next goes through them in the
 * opposite order: what else the machine does then falls on all of them.
 */
record Rounds(Group group, Map<String, List<RunResult>> results) {

  private static final String ALLOCATION = "gc.alloc.rate.norm";

  static Rounds measure(Group group, Plan plan, Path directory, PrintStream log) throws Exception {
    try (Stage stage = Stage.build(group.stage(), group.rows());
        PrivateFile coordinates = PrivateFile.create()) {
      String option = stage.coordinates().write(coordinates.path());
      OutputFormat output = OutputFormatFactory.createFormatInstance(log, VerboseMode.NORMAL);
      Map<String, List<RunResult>> results = new LinkedHashMap<>();
      List<String> methods = new ArrayList<>(group.methods());
      for (int round = 0; round < plan.rounds(); round++) {
        for (String method : methods) {
          RunResult result = run(group, method, plan, option, output);
          results.computeIfAbsent(method, any -> new ArrayList<>()).add(result);
        }
        Collections.reverse(methods);
      }
      Rounds rounds = new Rounds(group, results);
      rounds.write(directory.resolve(group.name() + ".json"));
      return rounds;
    }
  }

  private static RunResult run(
      Group group, String method, Plan plan, String coordinates, OutputFormat output)
      throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(group.benchmarks().getName() + "." + method) + "$")
            .forks(1)
            .jvmArgs("-Xms512m", "-Xmx512m", "-XX:+UseParallelGC", coordinates)
            .shouldFailOnError(true)
            .warmupIterations(plan.warmUps())
            .warmupTime(plan.iteration())
            .measurementIterations(plan.iterations())
            .measurementTime(plan.iteration());
    if (group.countsAllocation()) {
      options.addProfiler(GCProfiler.class);
    }
    return new Runner(options.build(), output).runSingle();
  }

  /** The figures of a benchmark, one for each round. */
  List<Double> figures(String method) {
    return results(method).stream().map(group.figure()::of).toList();
  }

  /** The bytes that a call allocates, if they were counted; the median of the rounds. */
  double allocated(String method) {
    return Figure.median(
        results(method).stream()
            .flatMap(round -> Stream.ofNullable(round.getSecondaryResults().get(ALLOCATION)))
            .map(result -> result.getScore())
            .toList());
  }

  /** Tenon's figure over the other, one for each round. */
  List<Double> ratios(Comparison comparison) {
    List<Double> tenon = figures(comparison.tenon());
    List<Double> bare = figures(comparison.bare());
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < tenon.size(); round++) {
      ratios.add(tenon.get(round) / bare.get(round));
    }
    return ratios;
  }

  private List<RunResult> results(String method) {
    return results.getOrDefault(method, List.of());
  }

  /** In JMH's own format, the rounds of a benchmark as its forks. */
  private void write(Path file) {
    List<RunResult> merged = new ArrayList<>();
    for (List<RunResult> rounds : results.values()) {
      List<BenchmarkResult> forks =
          rounds.stream().flatMap(round -> round.getBenchmarkResults().stream()).toList();
      merged.add(new RunResult(rounds.get(0).getParams(), forks));
    }
    ResultFormatFactory.getInstance(ResultFormatType.JSON, file.toString()).writeOut(merged);
  }
}
