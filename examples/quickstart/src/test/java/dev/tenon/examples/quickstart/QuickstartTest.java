package dev.tenon.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class QuickstartTest {

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final Report report = new Report(new PrintStream(printed, true, StandardCharsets.UTF_8));

  @Test
  void everything_is_as_promised() {
    int exitCode = run(owner -> {});

    assertThat(report.surprises()).isEmpty();
    assertThat(exitCode).isZero();
    assertThat(text())
        .contains("Everything was as promised.")
        .containsPattern("harbor: load the runbooks +32 ")
        .containsPattern("0\\.[5-9]\\d+ +The disk is saturated by writes")
        .containsPattern("0\\.[4-9]\\d+ +The scheduler is busy switching between threads")
        .contains(
            "backup-agent ─0.93→ block-storage ─0.90→ orders-db ─0.85→ checkout ─0.75→ storefront"
                + "   (together 0.534)")
        .contains("edge-proxy ─0.91→ playback   (together 0.479)");
  }

  @Test
  void a_table_without_its_policy_ends_it_with_1() {
    int exitCode =
        run(owner -> owner.sql().execute("alter table runbook disable row level security"));

    assertThat(exitCode).isEqualTo(1);
    assertThat(text()).contains("SURPRISE  raw SQL: read from runbook succeeded");
  }

  @Test
  void a_row_that_could_be_taken_over_ends_it_with_1() {
    int exitCode =
        run(
            owner ->
                owner
                    .sql()
                    .execute(
                        "alter policy tenant on service_graph using (true) with check (true)"));

    assertThat(exitCode).isEqualTo(1);
    assertThat(text())
        .contains("SURPRISE  raw SQL: take over from service_graph succeeded with 1")
        .contains("SURPRISE  the rows of meadow after the attempts");
  }

  @Test
  void an_error_ends_it_with_1_and_says_what_to_do() {
    int exitCode = run(owner -> owner.sql().execute("drop table service_graph"));

    assertThat(exitCode).isEqualTo(1);
    assertThat(text()).contains("SURPRISE  relation \"service_graph\" does not exist", "fix: ");
  }

  private int run(Consumer<Database> afterMigration) {
    return Quickstart.run(report, afterMigration);
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
