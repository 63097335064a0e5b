package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static dev.tenon.cache.ephemeral.Processes.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.ephemeral.Leaderboard.Standing;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest
class LeaderboardTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final long LARGEST = 1L << 52;

  private Processes processes;

  @BeforeEach
  void opens(TestRedis redis) {
    processes = new Processes(redis);
  }

  @AfterEach
  void leaves_no_key_that_stays() {
    processes.assertThatEveryKeyExpires();
    processes.close();
  }

  @Test
  void equal_scores_have_one_rank_and_stand_by_their_bytes() {
    Leaderboard board = highest();
    board.set(ACME, "week", "dora", 10);
    board.set(ACME, "week", "bob", 20);
    board.set(ACME, "week", "alice", 20);
    board.set(ACME, "week", "cora", 20);
    board.set(ACME, "week", "eve", 30);
    assertThat(board.top(ACME, "week", 10))
        .containsExactly(
            new Standing("eve", 30, 1),
            new Standing("alice", 20, 2),
            new Standing("bob", 20, 2),
            new Standing("cora", 20, 2),
            new Standing("dora", 10, 5));
    assertThat(board.around(ACME, "week", "cora", 1))
        .containsExactly(
            new Standing("bob", 20, 2), new Standing("cora", 20, 2), new Standing("dora", 10, 5));
    assertThat(board.find(ACME, "week", "bob")).contains(new Standing("bob", 20, 2));
  }

  @Test
  void points_are_added_and_the_rank_found_at_once() {
    for (Leaderboard.Order order : Leaderboard.Order.values()) {
      Leaderboard board = processes.process().leaderboard("points", order, HOUR);
      String week = order.toString();
      board.set(ACME, week, "alice", 20);
      board.set(ACME, week, "bob", 10);
      board.set(ACME, week, "cora", 10);
      for (long points : new long[] {0, 5, 5, -20, 3, 100}) {
        Standing standing = board.addAndFind(ACME, week, "bob", points);
        assertThat(board.find(ACME, week, "bob")).contains(standing);
      }
      assertThat(board.addAndFind(ACME, week, "dora", 10))
          .isEqualTo(board.find(ACME, week, "cora").map(LeaderboardTest::ofDora).orElseThrow());
      assertThatThrownBy(() -> board.addAndFind(ACME, week, "alice", LARGEST))
          .isInstanceOf(InvalidDataException.class);
      assertThat(board.find(ACME, week, "alice").orElseThrow().score()).isEqualTo(20);
    }
  }

  private static Standing ofDora(Standing equal) {
    return new Standing("dora", equal.score(), equal.rank());
  }

  @Test
  void the_lowest_is_first_where_that_was_said() {
    Leaderboard board =
        processes.process().leaderboard("race", Leaderboard.Order.LOWEST_FIRST, HOUR);
    board.set(ACME, "lap", "alice", 61);
    board.set(ACME, "lap", "bob", 59);
    assertThat(board.top(ACME, "lap", 1)).containsExactly(new Standing("bob", 59, 1));
  }

  @Test
  void points_of_many_threads_are_all_added() throws InterruptedException, ExecutionException {
    Leaderboard board = highest();
    Processes.inThreads(
        8,
        () -> {
          for (int i = 0; i < 50; i++) {
            board.add(ACME, "week", "alice", 3);
          }
          return true;
        });
    assertThat(board.add(ACME, "week", "alice", -200)).isEqualTo(1_000);
  }

  @Test
  void every_board_is_as_a_list_that_was_sorted() {
    Leaderboard board = highest();
    Random random = new Random(20261130);
    Map<String, Long> scores = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      String member = "m" + random.nextInt(60);
      if (random.nextInt(5) == 0) {
        assertThat(board.remove(ACME, "week", member)).isEqualTo(scores.remove(member) != null);
      } else {
        long score = random.nextInt(20) - 10L;
        scores.put(member, score);
        board.set(ACME, "week", member, score);
      }
    }
    List<Standing> expected = new ArrayList<>();
    scores.forEach(
        (member, score) ->
            expected.add(
                new Standing(
                    member,
                    score,
                    1 + scores.values().stream().filter(other -> other > score).count())));
    expected.sort(Comparator.comparing(Standing::score).reversed().thenComparing(Standing::member));
    assertThat(board.top(ACME, "week", 1_000)).isEqualTo(expected);
    assertThat(board.size(ACME, "week")).isEqualTo(expected.size());
    for (int i = 0; i < expected.size(); i++) {
      assertThat(board.around(ACME, "week", expected.get(i).member(), 3))
          .isEqualTo(expected.subList(Math.max(0, i - 3), Math.min(expected.size(), i + 4)));
    }
  }

  @Test
  void the_largest_scores_are_exact_and_larger_ones_refused() {
    Leaderboard board = highest();
    board.set(ACME, "week", "alice", LARGEST);
    board.set(ACME, "week", "bob", LARGEST - 1);
    board.set(ACME, "week", "cora", -LARGEST);
    assertThat(board.top(ACME, "week", 3))
        .extracting(Standing::score)
        .containsExactly(LARGEST, LARGEST - 1, -LARGEST);
    assertThatThrownBy(() -> board.add(ACME, "week", "alice", 1))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> board.set(ACME, "week", "alice", Long.MIN_VALUE))
        .isInstanceOf(InvalidDataException.class);
    assertThat(board.find(ACME, "week", "alice").orElseThrow().score()).isEqualTo(LARGEST);
  }

  @Test
  void boards_and_tenants_are_apart() {
    Leaderboard board = highest();
    board.set(ACME, "week", "alice", 1);
    assertThat(board.top(GLOBEX, "week", 10)).isEmpty();
    assertThat(board.top(ACME, "year", 10)).isEmpty();
    assertThat(board.find(ACME, "week", "bob")).isEmpty();
    assertThat(board.around(ACME, "week", "bob", 5)).isEmpty();
    assertThat(board.size(GLOBEX, "week")).isZero();
  }

  @Test
  void a_board_expires_after_its_last_score() {
    Leaderboard board =
        processes
            .process()
            .leaderboard("race", Leaderboard.Order.HIGHEST_FIRST, Duration.ofMillis(300));
    board.add(ACME, "week", "alice", 1);
    Processes.until("it is gone", () -> board.size(ACME, "week") == 0);
  }

  @Test
  void what_cannot_be_asked_is_refused_at_the_call() {
    Leaderboard board = highest();
    assertThatThrownBy(() -> board.top(ACME, "week", 0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> board.top(ACME, "week", 1_001)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> board.around(ACME, "week", "a", -1))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> board.set(ACME, "week", "x".repeat(1 << 20), 1))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> board.set(ACME, "week", "\uDC00", 1))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(
            () ->
                processes
                    .process()
                    .leaderboard("race", Leaderboard.Order.LOWEST_FIRST, Duration.ZERO))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void an_outage_is_told_in_time_and_outlived(TestRedis redis) {
    processes.assertThatItOutlivesAnOutage(
        redis,
        ephemeral ->
            ephemeral
                .leaderboard("race", Leaderboard.Order.HIGHEST_FIRST, HOUR)
                .set(ACME, "week", "alice", 1),
        () -> assertThat(highest().size(ACME, "week")).isEqualTo(1));
  }

  private Leaderboard highest() {
    return processes.process().leaderboard("race", Leaderboard.Order.HIGHEST_FIRST, HOUR);
  }
}
