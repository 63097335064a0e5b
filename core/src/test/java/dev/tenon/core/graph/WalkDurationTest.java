package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tenon.core.UsageException;
import dev.tenon.core.graph.Traversal.Direction;
import dev.tenon.core.graph.Traversal.Limits;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Walks over a complete graph, by a clock that goes on one second with each look at it. */
class WalkDurationTest {

  private static final Graph COMPLETE = RandomGraphs.complete(60, new Random(1));

  /** The clock passes what a long holds during the walk, as {@link System#nanoTime} may. */
  private static final long BEGIN = Long.MAX_VALUE / 1_000_000_000;

  private final AtomicLong seconds = new AtomicLong(BEGIN);

  @Test
  void hops_that_take_too_long_are_cut_and_say_so() {
    Traversal.Hops cut = within(4).hops("n0", 2, Direction.BOTH);
    Traversal.Neighbourhood part = within(4).neighbourhood("n0", 2, Direction.BOTH);

    assertThat(cut.reached()).isNotEmpty();
    assertThat(cut.truncated()).isTrue();
    assertThat(part.truncated()).isTrue();
    assertThat(within(1_000).hops("n0", 2, Direction.BOTH).truncated()).isFalse();
  }

  @Test
  void chains_that_take_too_long_are_cut_and_say_so() {
    ChainSearch.Chains cut = within(4).chains().from("n0");

    assertThat(cut.truncated()).isTrue();
    assertThat(cut.chains()).hasSizeLessThan(59);
    assertThat(within(1_000).chains().from("n0").chains()).hasSize(59);
  }

  @Test
  void a_single_path_that_takes_too_long_is_not_found_and_that_is_said() {
    PathSearch.Paths cut = within(4).paths(edge -> 1 - edge.confidence()).between("n0", "n59");

    assertThat(cut.truncated()).isTrue();
    assertThat(cut.paths()).isEmpty();
  }

  @Test
  void several_paths_are_those_that_were_proved_in_time() {
    PathSearch.Paths all = within(100_000).paths(edge -> 1).between("n0", "n59", 40);
    PathSearch.Paths cut = within(200).paths(edge -> 1).between("n0", "n59", 40);

    assertThat(all.truncated()).isFalse();
    assertThat(cut.truncated()).isTrue();
    assertThat(cut.paths()).isNotEmpty().isEqualTo(all.paths().subList(0, cut.paths().size()));
    assertThat(cut.paths()).hasSizeLessThan(40);
  }

  @Test
  void the_searches_of_one_walk_share_its_duration() {
    PathSearch.Paths cut = within(4).paths(edge -> 1).between("n0", "n59", 40);

    assertThat(cut.truncated()).isTrue();
    assertThat(cut.paths()).isEmpty();
    // The look that begins the walk, and those of the search backward until it is over.
    assertThat(seconds.get() - BEGIN).isEqualTo(1 + 4 + 1);
  }

  @Test
  void no_clock_is_looked_at_by_default() {
    Traversal traversal =
        Traversal.of(COMPLETE)
            .timedBy(
                () -> {
                  throw new AssertionError("the clock was looked at");
                });

    assertThat(Limits.defaults().maxDuration()).isEmpty();
    assertThat(traversal.chains().between("n0", "n59", 3).chains()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  void a_duration_that_is_not_positive_is_refused(long nanos) {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Limits.defaults().withMaxDuration(Duration.ofNanos(nanos)))
        .withMessageContaining("maxDuration");
  }

  private Traversal within(int most) {
    return Traversal.of(COMPLETE)
        .within(Limits.defaults().withMaxDuration(Duration.ofSeconds(most)))
        .timedBy(() -> seconds.getAndIncrement() * 1_000_000_000);
  }
}
