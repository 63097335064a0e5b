package dev.tenon.examples.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
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
 * What the benchmarks of a group measured, round by round, and how many round trips a call of each
 * takes, where that is counted.
 *
 * <p>A round runs each benchmark once, for about a second, and the next goes through them in the
 * opposite order: what else the machine does then falls on all of them. Benchmarks that wait for a
 * server share this JVM, so that they are compiled once and long before the last round; where a
 * call takes nanoseconds each run has a JVM of its own, because there the compiler's view of the
 * others would show.
 */
record Rounds(Group group, Map<String, List<RunResult>> results, Map<String, Integer> roundTrips) {

  static Rounds measure(Group group, Plan plan, Path directory, PrintStream log) throws Exception {
    try (Stage stage = Stage.build(group.stage(), group.rows());
        PrivateFile coordinates = PrivateFile.create()) {
      stage.coordinates().publish(coordinates.path());
      Map<String, Integer> roundTrips = RoundTrips.of(group, stage.coordinates());
      OutputFormat output = OutputFormatFactory.createFormatInstance(log, VerboseMode.NORMAL);
      Map<String, List<RunResult>> results = new LinkedHashMap<>();
      List<String> methods = new ArrayList<>(group.methods());
      int count = group.isForked() ? plan.forks() : plan.rounds();
      for (int round = 0; round < count; round++) {
        for (String method : methods) {
          RunResult result = run(group, method, options(group, plan, round, coordinates), output);
          results.computeIfAbsent(method, any -> new ArrayList<>()).add(result);
        }
        Collections.reverse(methods);
      }
      Rounds rounds = new Rounds(group, results, roundTrips);
      rounds.write(directory.resolve(group.name() + ".json"));
      return rounds;
    }
  }

  private static RunResult run(
      Group group, String method, ChainedOptionsBuilder options, OutputFormat output)
      throws RunnerException {
    String benchmark = Pattern.quote(group.benchmarks().getName() + "." + method);
    return new Runner(options.include("^" + benchmark + "$").build(), output).runSingle();
  }

  private static ChainedOptionsBuilder options(
      Group group, Plan plan, int round, PrivateFile coordinates) {
    boolean isFirst = group.isForked() || round == 0;
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .forks(group.isForked() ? 1 : 0)
            .jvmArgs("-Xms512m", "-Xmx512m", "-XX:+UseParallelGC")
            .jvmArgsAppend(Coordinates.option(coordinates.path()))
            .shouldFailOnError(true)
            .warmupIterations(1)
            .warmupTime(isFirst ? plan.warmUp() : plan.settling())
            .measurementIterations(plan.iterations())
            .measurementTime(plan.iteration());
    return group.isForked() ? options.addProfiler(GCProfiler.class) : options;
  }

  /** The figures of a benchmark, one for each round. */
  List<Double> figures(String method) {
    return results(method).stream().map(group.figure()::of).toList();
  }

  /** The bytes that a call allocates, if they were counted; the median of the rounds. */
  double allocated(String method) {
    return Figure.median(
        results(method).stream().flatMap(round -> Figure.allocated(round).stream()).toList());
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
