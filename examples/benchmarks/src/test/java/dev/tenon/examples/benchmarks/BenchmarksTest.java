package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.runner.options.TimeValue;

class BenchmarksTest {

  private static final TimeValue SHORTEST = TimeValue.milliseconds(20);
  private static final int FEW = 100;
  private static final Plan PLAN = new Plan(2, 1, SHORTEST, SHORTEST, 1, SHORTEST);

  @Test
  void every_comparison_names_benchmarks_and_every_benchmark_is_compared() {
    for (Class<?> type : Group.all().stream().map(Group::benchmarks).distinct().toList()) {
      assertThat(
              Group.all().stream()
                  .filter(group -> group.benchmarks() == type)
                  .flatMap(group -> group.methods().stream())
                  .distinct())
          .containsExactlyInAnyOrderElementsOf(benchmarksOf(type));
    }
  }

  @Test
  void measures_groups_in_this_jvm_and_in_forks_and_reports_their_ratios(@TempDir Path directory)
      throws Exception {
    List<Group> groups =
        Benchmarks.named(List.of("core", "cache")).stream()
            .map(group -> group.withRows(FEW))
            .toList();

    List<Report.Line> lines = Benchmarks.run(groups, PLAN, directory, nowhere()).lines();

    assertThat(lines).extracting(Report.Line::group).startsWith("core", "cache").endsWith("cache");
    assertThat(lines)
        .allSatisfy(
            line -> {
              assertThat(line.tenon()).isPositive();
              assertThat(line.bare()).isPositive();
              assertThat(line.ratio()).isBetween(line.leastRatio(), line.greatestRatio());
            });
    assertThat(lines.get(1).tenonBytes()).isNotNull();
    assertThat(Files.readString(directory.resolve("ratios.json"))).contains(lines.get(0).subject());
    assertThat(Files.readString(directory.resolve("core.json"))).contains("ReadBenchmark.jdbc");
  }

  @Test
  void an_unknown_group_is_refused_with_the_names_of_all() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Benchmarks.named(List.of("core", "nothing")))
        .withMessageContaining("nothing")
        .withMessageContaining("tenancy");
  }

  @Test
  void a_ratio_on_the_bound_keeps_the_target() {
    assertThat(new Comparison.Target(1.15, true).isMetBy(1.15)).isTrue();
    assertThat(new Comparison.Target(1.15, true).isMetBy(1.16)).isFalse();
    assertThat(new Comparison.Target(0.8, false).isMetBy(0.8)).isTrue();
    assertThat(new Comparison.Target(0.8, false).isMetBy(0.79)).isFalse();
  }

  @Test
  void the_median_of_an_even_number_of_values_is_between_the_middle_two() {
    assertThat(Figure.median(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(2.5);
    assertThat(Figure.median(List.of(9.0, 1.0, 3.0))).isEqualTo(3.0);
  }

  private static List<String> benchmarksOf(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .filter(method -> method.isAnnotationPresent(Benchmark.class))
        .map(Method::getName)
        .toList();
  }

  private static PrintStream nowhere() {
    return new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
  }
}
