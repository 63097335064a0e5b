package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.examples.benchmarks.IngestRace.Measure;
import dev.tenon.timeseries.HypertableRepository;
import dev.tenon.timeseries.TimeRange;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestRaceTest {

  /** More than a batch of any of them, and no whole number of batches. */
  private static final IngestPlan PLAN = new IngestPlan(1, 7, 4_501);

  @Test
  void every_way_stores_the_same_rows() throws Exception {
    CpuFleet fleet = PLAN.fleet();
    List<CpuUsage> rows = fleet.stream().toList();
    try (IngestRace race = new IngestRace(fleet)) {
      for (IngestArm arm : IngestArm.values()) {
        Map<Measure, Double> figures = race.measure(arm);
        assertThat(figures).containsOnlyKeys(Measure.values());
        assertThat(stored(race, arm)).as("%s", arm).containsExactlyInAnyOrderElementsOf(rows);
      }
    }
  }

  private static List<CpuUsage> stored(IngestRace race, IngestArm arm) {
    TimeRange all = TimeRange.of(CpuFleet.START, race.fleet().end());
    if (arm == IngestArm.APPEND_SHARED) {
      return CpuTable.SHARED.range(race.server().session(), all).stream()
          .map(OwnedCpuUsage::usage)
          .toList();
    }
    HypertableRepository<CpuUsage> table =
        arm == IngestArm.APPEND_TELLING ? CpuTable.TELLING : CpuTable.PLAIN;
    return table.range(race.server().session(), all);
  }

  @Test
  void prints_a_line_for_each_way_reports_their_ratios_and_plots_them(@TempDir Path plots)
      throws Exception {
    IngestRounds rounds = IngestRounds.measure(PLAN);
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    rounds.print(new PrintStream(printed, true, StandardCharsets.UTF_8));
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("psql", "CopyManager", "PgBulkInsert", "jOOQ", "heap");
    assertThat(rounds.results()).containsOnlyKeys(IngestArm.values());
    assertThat(rounds.lines())
        .anySatisfy(line -> assertThat(line.target()).isEqualTo("≥ 0.60"))
        .filteredOn(line -> line.unit().equals("/s"))
        .allSatisfy(line -> assertThat(line.ratio()).isPositive());
    new Plots(plots).write(rounds);
    assertThat(plots.resolve("ingest-rate.png")).isNotEmptyFile();
    assertThat(plots.resolve("ingest-cpu.png")).isNotEmptyFile();
  }

  @Test
  void a_fleet_measures_by_time_and_host_between_0_and_100_always_the_same() {
    CpuFleet fleet = PLAN.fleet();
    List<CpuUsage> rows = fleet.stream().toList();
    assertThat(rows).hasSize(4_501).isEqualTo(PLAN.fleet().stream().toList());
    assertThat(rows.get(8).hostname()).isEqualTo("host_1");
    assertThat(rows.get(8).time()).isEqualTo(CpuFleet.START.plusSeconds(10));
    assertThat(rows).allSatisfy(row -> assertThat(row.usageUser()).isBetween(0.0, 100.0));
    assertThat(rows.get(4_500).time()).isBefore(fleet.end());
  }
}
