package dev.tenon.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunbookShelfTest {

  @Test
  void each_fleet_has_32_runbooks_of_its_own() {
    List<RunbookText> harbor = RunbookShelf.of("harbor");
    List<RunbookText> meadow = RunbookShelf.of("meadow");

    assertThat(harbor).hasSize(32);
    assertThat(meadow).hasSize(32);
    assertThat(harbor.stream().map(RunbookText::title))
        .doesNotContainAnyElementsOf(meadow.stream().map(RunbookText::title).toList());
  }

  @Test
  void a_runbook_has_60_to_140_words() {
    assertThat(RunbookShelf.of("harbor"))
        .allSatisfy(runbook -> assertThat(runbook.body().split("\\s+").length).isBetween(60, 140));
  }

  @Test
  void refuses_a_runbook_without_a_head() {
    assertThatThrownBy(() -> RunbookShelf.parse("loose", "Just call Ada.\n"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("where: loose.md");
  }
}
