package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.examples.benchmarks.CpuQuery.Question;
import dev.tenon.examples.benchmarks.QueryRace.Side;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@SuppressWarnings("NullAway.Init")
class QueryRaceTest {

  private static final QueryPlan PLAN =
      new QueryPlan(1, 9, Duration.ofMinutes(5), 2, Duration.ofMillis(1));

  private static QueryRace race;

  @BeforeAll
  static void open() throws Exception {
    race = new QueryRace(PLAN.fleet());
    // A row that is late belongs to the rows and, until the refresh, only to strict answers.
    race.change();
  }

  @AfterAll
  static void close() {
    race.close();
  }

  @ParameterizedTest
  @EnumSource
  void every_side_gives_the_same_answer(CpuQuery query) throws Exception {
    Random random = new Random(7);
    int rows = 0;
    for (int i = 0; i < 20; i++) {
      Side place = i == 0 ? Side.STRICT_CHANGED : Side.JDBC;
      Question question = race.question(query, place, random);
      List<? extends Record> answer = race.ask(question, Side.JDBC);
      assertThat(Side.values())
          .filteredOn(side -> side != Side.ROLLUP_ONLY && side.canAsk(query))
          .allSatisfy(side -> assertSame(question, side, answer));
      rows += answer.size();
    }
    assertThat(rows).isPositive();
  }

  private static void assertSame(Question question, Side side, List<? extends Record> answer)
      throws SQLException {
    List<Object> theirs = List.copyOf(answer);
    List<Object> ours = List.copyOf(race.ask(question, side));
    if (question.shape() == CpuQuery.Shape.HIGH) {
      // TSBS asks for no order.
      assertThat(ours).containsExactlyInAnyOrderElementsOf(theirs);
    } else {
      assertThat(ours).isNotEmpty().isEqualTo(theirs);
    }
  }

  @Test
  void the_rollup_alone_gives_the_same_answer_once_it_is_refreshed() throws Exception {
    try (QueryRace refreshed = new QueryRace(PLAN.fleet())) {
      refreshed.change();
      List<CpuQuery> hourly = QueryRace.hourly().toList();
      CpuQuery any = hourly.get(hourly.size() - 1);
      Question whole = refreshed.question(any, Side.ROLLUP_ONLY, new Random(1));
      assertThat(List.<Object>copyOf(refreshed.ask(whole, Side.ROLLUP_ONLY)))
          .isNotEqualTo(refreshed.ask(whole, Side.JDBC));
      refreshed.refresh();
      for (CpuQuery query : hourly) {
        Question question = refreshed.question(query, Side.STRICT_CHANGED, new Random(1));
        assertThat(List.<Object>copyOf(refreshed.ask(question, Side.ROLLUP_ONLY)))
            .isNotEmpty()
            .isEqualTo(refreshed.ask(question, Side.JDBC));
      }
    }
  }

  @Test
  void prints_a_line_for_each_query_reports_the_ratios_and_plots_them(@TempDir Path plots)
      throws Exception {
    QueryRounds rounds = QueryRounds.measure(PLAN);
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    rounds.print(new PrintStream(printed, true, StandardCharsets.UTF_8));
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("single-groupby-5-8-1", "cpu-max-all-8", "lastpoint", "month-by-hour");
    assertThat(rounds.latencies()).containsOnlyKeys(CpuQuery.values());
    assertThat(rounds.lines())
        .anySatisfy(line -> assertThat(line.target()).isEqualTo("≥ 50.00"))
        .allSatisfy(line -> assertThat(line.ratio()).isPositive());
    new Plots(plots).write(rounds);
    assertThat(plots.resolve("queries.png")).isNotEmptyFile();
    assertThat(plots.resolve("queries-rollup.png")).isNotEmptyFile();
  }
}
