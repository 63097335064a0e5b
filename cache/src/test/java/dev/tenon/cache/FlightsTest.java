package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.Flights.Failed;
import dev.tenon.cache.Flights.Flight;
import dev.tenon.cache.Flights.Unanswered;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who joins whose load. */
class FlightsTest {

  private static final EntityKey<Integer> KEY = new EntityKey<>(EntityKey.EVERYONE, 1);

  private final Flights<Integer, String> flights = new Flights<>();

  @Test
  void a_load_is_joined_by_readers_of_its_ticket_only() {
    Flight<Integer, String> led = flights.open(KEY, 2);
    assertThat(flights.join(led)).isNull();
    assertThat(flights.join(flights.open(KEY, 2))).isSameAs(led);
    assertThat(flights.join(flights.open(KEY, 3))).isNull();
  }

  @Test
  void a_reader_who_is_late_does_not_take_the_place_of_a_newer_load() {
    Flight<Integer, String> newer = flights.open(KEY, 2);
    assertThat(flights.join(newer)).isNull();
    Flight<Integer, String> late = flights.open(KEY, 1);
    assertThat(flights.join(late)).isNull();
    late.end(new Unanswered<>());
    assertThat(flights.join(flights.open(KEY, 2))).isSameAs(newer);
  }

  @Test
  void a_load_that_ends_twice_does_not_end_the_next_one() {
    Flight<Integer, String> first = flights.open(KEY, 1);
    assertThat(flights.join(first)).isNull();
    first.end(new Unanswered<>());
    Flight<Integer, String> next = flights.open(KEY, 1);
    assertThat(flights.join(next)).isNull();
    first.end(new Unanswered<>());
    assertThat(flights.join(flights.open(KEY, 1))).isSameAs(next);
  }

  @Test
  void a_failure_is_that_of_the_same_loader_asked_for_no_less() {
    Loader<Integer, String, IOException> one = id -> "one";
    Loader<Integer, String, IOException> other = id -> "other";
    Loader<Integer, String, IOException> around = new Sources.AroundLoader<>(one, id -> "around");
    Failed<String> failed =
        new Failed<>(new IOException("disk"), Sources.classOf(around), List.of(1, 2));
    assertThat(failed.isOf(Sources.classOf(one), Set.of(1, 2, 3))).isTrue();
    assertThat(failed.isOf(Sources.classOf(one), Set.of(1))).isFalse();
    assertThat(failed.isOf(Sources.classOf(other), Set.of(1, 2))).isFalse();
  }

  @Test
  void an_interrupt_or_an_error_is_that_of_one_caller() {
    assertThat(Flights.failed(new IOException("disk"), String.class, List.of(1)))
        .isInstanceOf(Failed.class);
    Exception hidden = new IllegalStateException(new InterruptedException("it was cancelled"));
    assertThat(Flights.failed(hidden, String.class, List.of(1))).isInstanceOf(Unanswered.class);
    assertThat(Flights.failed(new StackOverflowError(), String.class, List.of(1)))
        .isInstanceOf(Unanswered.class);
    Thread.currentThread().interrupt();
    assertThat(Flights.failed(new IOException("closed"), String.class, List.of(1)))
        .isInstanceOf(Unanswered.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
