package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.examples.benchmarks.PassageCorpus.Question;
import dev.tenon.examples.benchmarks.PassageStore.Wanted;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@SuppressWarnings("NullAway.Init")
class VectorRaceTest {

  private static final int PASSAGES = 2_000;
  private static final VectorPlan PLAN =
      new VectorPlan(
          1,
          new PassageCorpus(PASSAGES, 24),
          300,
          5,
          List.of(40, 400),
          List.of(2),
          Duration.ofMillis(5));

  private static VectorRace race;

  @BeforeAll
  static void open() throws Exception {
    race = new VectorRace(PLAN);
    race.fill();
    race.configure();
    race.search(OptionalInt.of(400));
  }

  @AfterAll
  static void close() {
    race.close();
  }

  @ParameterizedTest
  @EnumSource
  void every_library_finds_the_nearest_of_every_share(PassageArm arm) throws Exception {
    for (Share share : Share.values()) {
      Wanted wanted = new Wanted(share, VectorRace.TOP, OptionalInt.of(400));
      for (Question question : race.questions()) {
        assertThat(race.ask(arm, question, wanted))
            .as("%s of %s", share, question.text())
            .isNotEmpty()
            .startsWith(question.nearest(share).get(0))
            .hasSameElementsAs(question.nearest(share));
      }
      assertThat(race.answers(arm, wanted)).isEqualTo(new VectorRace.Answers(1, 1));
    }
  }

  @Test
  void loads_in_every_way_prints_and_reports_ratios_and_plots(@TempDir Path plots)
      throws Exception {
    VectorRounds rounds = VectorRounds.measure("vectors", PLAN);
    VectorReport report = new VectorReport(rounds);
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    report.print(new PrintStream(printed, true, StandardCharsets.UTF_8));
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("Spring AI 2.0.0", "top 10 of thousandth", "ef 400, top 10 of all", "2 threads");
    assertThat(rounds.loads()).containsOnlyKeys(PassageLoad.values());
    assertThat(report.lines())
        .anySatisfy(line -> assertThat(line.target()).isEqualTo("≥ 1.70"))
        .allSatisfy(line -> assertThat(line.ratio()).isPositive());
    assertThat(report.figures().searches()).isNotEmpty();
    new Plots(plots).write(rounds);
    assertThat(plots.resolve("vectors.png")).isNotEmptyFile();
  }
}
