package dev.tenon.examples.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Runs the groups named on the command line, apart or with commas between, or all, and prints how
 * Tenon compares.
 *
 * <p>System properties: {@code benchmarks.full} measures longer, {@code benchmarks.results} is the
 * directory for JMH's log and JSON files and for {@code ratios.json}, {@code benchmarks.plots} that
 * for charts.
 */
public final class Benchmarks {

  private Benchmarks() {}

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    List<String> names =
        Stream.of(arguments).flatMap(list -> Stream.of(list.split(",", -1))).toList();
    List<OutboxScenario> scenarios = OutboxScenario.named(names);
    boolean full = Boolean.getBoolean("benchmarks.full");
    Plan plan = full ? Plan.full() : Plan.quick();
    Path directory = Path.of(System.getProperty("benchmarks.results", "target/benchmarks"));
    Report report = run(named(ofGroups(names)), plan, directory, out);
    OutboxRounds.run(
        scenarios, full ? OutboxPlan.full() : OutboxPlan.quick(), report, directory, out);
    Race.run(names, full, report, directory, out);
    out.println();
    report.print(out);
    out.println("\nJMH's log and raw results, and ratios.json: " + directory);
  }

  static Report run(List<Group> groups, Plan plan, Path directory, PrintStream out)
      throws Exception {
    Files.createDirectories(directory);
    Report report = new Report();
    try (PrintStream log = log(directory)) {
      for (Group group : groups) {
        long start = System.nanoTime();
        out.print(group.name() + " …");
        report.add(Rounds.measure(group, plan, directory, log));
        out.printf(Locale.ROOT, " %.0f s%n", (System.nanoTime() - start) / 1e9);
      }
    }
    report.write(directory.resolve("ratios.json"));
    return report;
  }

  /** The names that are left for the groups of benchmarks. */
  static List<String> ofGroups(List<String> names) {
    List<String> races = races().toList();
    return names.isEmpty()
        ? List.of("all")
        : names.stream().filter(name -> !races.contains(name)).toList();
  }

  private static Stream<String> races() {
    return Stream.concat(OutboxScenario.labels(), Race.labels());
  }

  static List<Group> named(List<String> names) {
    List<Group> all = Group.all();
    if (names.equals(List.of("all"))) {
      return all;
    }
    List<String> known = Stream.concat(all.stream().map(Group::name), races()).toList();
    for (String name : names) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "there is no group of benchmarks " + name + "; there are " + known);
      }
    }
    return all.stream().filter(group -> names.contains(group.name())).toList();
  }

  private static PrintStream log(Path directory) throws IOException {
    return new PrintStream(
        Files.newOutputStream(directory.resolve("jmh.log")), true, StandardCharsets.UTF_8);
  }
}
