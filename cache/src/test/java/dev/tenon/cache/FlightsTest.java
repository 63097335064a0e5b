package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.Flights.Failed;
import dev.tenon.cache.Flights.Flight;
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
    flights.end(late, new Failed<>());
    assertThat(flights.join(flights.open(KEY, 2))).isSameAs(newer);
  }

  @Test
  void a_load_that_ends_twice_does_not_end_the_next_one() {
    Flight<Integer, String> first = flights.open(KEY, 1);
    assertThat(flights.join(first)).isNull();
    flights.end(first, new Failed<>());
    Flight<Integer, String> next = flights.open(KEY, 1);
    assertThat(flights.join(next)).isNull();
    flights.end(first, new Failed<>());
    assertThat(flights.join(flights.open(KEY, 1))).isSameAs(next);
  }
}
