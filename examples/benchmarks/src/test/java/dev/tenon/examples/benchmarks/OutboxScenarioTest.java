package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.examples.benchmarks.OutboxRace.Side;
import dev.tenon.examples.benchmarks.OutboxScenario.Measure;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutboxScenarioTest {

  private static final OutboxPlan PLAN =
      new OutboxPlan(1, 1, 300, Duration.ofMillis(200), Duration.ofMillis(500));

  @ParameterizedTest
  @EnumSource(OutboxScenario.class)
  void every_system_delivers_all_events_and_tenon_in_order_and_once_if_no_batch_fails(
      OutboxScenario scenario) throws Exception {
    try (OutboxRace race = new OutboxRace()) {
      for (Side side : scenario.sides()) {
        Map<Measure, Double> figures = scenario.run(race, side, PLAN);
        assertThat(figures)
            .allSatisfy(
                (measure, figure) -> {
                  if (measure == Measure.PUBLISHED || measure == Measure.LATENCY) {
                    assertThat(figure).isPositive();
                  }
                });
        if (EnumSet.of(Side.BATCH, Side.SINGLE, Side.BARE).contains(side)) {
          assertThat(figures).containsEntry(Measure.INVERTED, 0.0);
        }
        if (side == Side.SINGLE || (side == Side.BATCH && scenario != OutboxScenario.FAILURES)) {
          assertThat(figures).containsEntry(Measure.REPEATED, 0.0);
        }
      }
    }
  }

  @Test
  void prints_a_line_for_each_system_and_reports_their_ratios(@TempDir Path directory)
      throws Exception {
    Report report = new Report();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    OutboxRounds.run(
        List.of(OutboxScenario.THROUGHPUT),
        PLAN,
        report,
        directory,
        new PrintStream(printed, true, StandardCharsets.UTF_8));
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("published/s", "out of order", "bare batched relay", "gruelbox", "db-scheduler");
    assertThat(report.lines())
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line.ratio()).isPositive());
    assertThat(Files.readString(directory.resolve("outbox.json"))).contains("BATCH", "DELIVERED");
  }

  @Test
  void scenarios_are_chosen_by_name_beside_the_groups() {
    assertThat(OutboxScenario.named(List.of("outbox", "core")))
        .containsExactly(OutboxScenario.THROUGHPUT);
    assertThat(Benchmarks.ofGroups(List.of("outbox", "timeseries-ingest", "core")))
        .containsExactly("core");
    assertThat(OutboxScenario.named(List.of("all"))).containsExactly(OutboxScenario.values());
    assertThat(Benchmarks.ofGroups(List.of())).containsExactly("all");
    assertThat(Benchmarks.named(List.of())).isEmpty();
  }

  @Test
  void one_event_in_ten_fails_and_no_aggregate_has_many_of_them() {
    int[] ofAggregate = new int[1_000];
    int unlucky = 0;
    for (int number = 0; number < 30_000; number++) {
      if (OutboxScenario.isUnlucky(number)) {
        unlucky++;
        ofAggregate[number % ofAggregate.length]++;
      }
    }
    assertThat(unlucky).isBetween(2_900, 3_100);
    assertThat(Arrays.stream(ofAggregate).max().orElseThrow()).isLessThanOrEqualTo(6);
  }

  @Test
  void traffic_tells_what_came_twice_and_what_came_after_a_later_one() {
    Traffic traffic = new Traffic(3_000);
    traffic.handled("a7", 1);
    traffic.handled("a7", 3);
    traffic.handled("a7", 2);
    traffic.handled("a7", 3);
    traffic.handled("a8", 1);
    assertThat(traffic.handled()).isEqualTo(4);
    assertThat(traffic.inverted()).isEqualTo(1);
    assertThat(traffic.repeated()).isEqualTo(1);
  }
}
