package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.FenceInterleavings.Check;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The fence in front of memory, at every interleaving of small scenarios. */
@Timeout(240)
final class FenceLinearizabilityTest {

  @Test
  void a_fill_is_taken_exactly_if_nothing_has_ended_since_it_began() throws Exception {
    assertHolds(Check.FILLS);
  }

  @Test
  void nothing_older_than_an_ended_change_is_found() throws Exception {
    assertHolds(Check.FOUND);
  }

  @Test
  void scenarios_that_nobody_thought_of_find_nothing_either() throws Exception {
    assertHolds(Check.RANDOM);
  }

  private static void assertHolds(Check check) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                FenceInterleavings.class.getName(),
                check.name())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }
}
