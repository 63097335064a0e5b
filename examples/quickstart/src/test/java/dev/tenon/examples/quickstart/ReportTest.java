package dev.tenon.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReportTest {

  private final AtomicLong nanos = new AtomicLong();
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final Report report =
      new Report(new PrintStream(printed, true, StandardCharsets.UTF_8), nanos::get);

  @Test
  void ends_with_0_when_everything_is_as_promised() {
    report.expect("rows", 3, 3);

    assertThat(report.close()).isZero();
  }

  @Test
  void ends_with_1_after_a_surprise_and_names_it() {
    report.expect("rows", 3, 2);

    assertThat(report.close()).isEqualTo(1);
    assertThat(text()).contains("rows: expected 3, got 2");
  }

  @Test
  void prints_rows_and_seconds_of_each_step() {
    report.step(
        "load",
        List::size,
        () -> {
          nanos.addAndGet(1_500_000_000);
          return List.of("a", "b");
        });
    report.close();

    assertThat(text()).containsPattern("load +2 +1\\.500");
  }

  @Test
  void a_sparkline_spans_from_the_smallest_to_the_largest() {
    assertThat(Sparkline.of(List.of(0.0, 3.5, 7.0))).isEqualTo("▁▅█");
    assertThat(Sparkline.of(List.of(5.0, 5.0))).isEqualTo("▁▁");
    assertThat(Sparkline.of(List.of())).isEmpty();
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
