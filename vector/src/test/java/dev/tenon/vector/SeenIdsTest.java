package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SeenIdsTest {

  @Test
  void knows_ids_that_are_all_different() {
    SeenIds seen = new SeenIds();
    assertThat(seen.areDifferent()).isTrue();
    IntStream.range(0, SeenIds.REMEMBERED).forEach(seen::add);
    assertThat(seen.areDifferent()).isTrue();
  }

  @Test
  void says_nothing_of_more_than_it_remembers() {
    SeenIds seen = new SeenIds();
    IntStream.rangeClosed(0, SeenIds.REMEMBERED).forEach(seen::add);
    assertThat(seen.areDifferent()).isFalse();
  }

  @Test
  void one_that_comes_again_is_not_forgotten() {
    SeenIds seen = new SeenIds();
    UUID id = new UUID(1, 2);
    seen.add(id);
    seen.add(new UUID(1, 2));
    seen.add(new UUID(3, 4));
    assertThat(seen.areDifferent()).isFalse();
  }
}
