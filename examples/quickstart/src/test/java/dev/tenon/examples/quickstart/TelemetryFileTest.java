package dev.tenon.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import java.io.StringReader;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class TelemetryFileTest {

  private static final String HEADER = "time,metric,value,unit\n";
  private static final String GOOD = "2026-11-20T16:05:22.106Z,disk_write,4.45871e+07,bytes\n";

  @Test
  void reads_the_bundled_file_whole() {
    List<Reading> readings = TelemetryFile.bundled();

    assertThat(readings).hasSize(60_090);
    assertThat(readings.stream().map(Reading::metric).distinct()).hasSize(15);
    assertThat(readings.get(0))
        .isEqualTo(
            new Reading(Instant.parse("2026-11-20T16:05:22.106Z"), "cpu_user", 21.4286, "percent"));
  }

  @Test
  void reads_exponents_and_windows_line_ends() {
    assertThat(TelemetryFile.read("t.csv", new StringReader((HEADER + GOOD).replace("\n", "\r\n"))))
        .extracting(Reading::value)
        .containsExactly(4.45871e+07);
  }

  @Test
  void names_line_and_column_of_a_value_that_is_no_number() {
    assertMalformed(
        GOOD + GOOD.replace("4.45871e+07", "much"), 3, "value", "'much' is not a number");
  }

  @Test
  void refuses_values_that_are_not_finite() {
    assertMalformed(GOOD.replace("4.45871e+07", "NaN"), 2, "value", "not a finite number");
  }

  @Test
  void names_line_and_column_of_a_malformed_time() {
    assertMalformed(GOOD + "yesterday,disk_write,1,bytes\n", 3, "time", "'yesterday'");
  }

  @Test
  void names_the_missing_column_of_a_short_line() {
    assertMalformed(
        "2026-11-20T16:05:22.106Z,disk_write,1\n", 2, "unit", "there are 3 columns, not 4");
  }

  @Test
  void refuses_a_line_with_too_many_columns() {
    assertMalformed(GOOD.replace("bytes", "bytes,more"), 2, "unit", "there are 5 columns");
  }

  @Test
  void refuses_an_empty_line_in_the_middle() {
    assertMalformed(GOOD + "\n" + GOOD, 3, "metric", "there are 1 columns");
  }

  @Test
  void refuses_a_metric_that_is_no_name() {
    assertMalformed(GOOD.replace("disk_write", "disk write"), 2, "metric", "'disk write'");
  }

  @Test
  void counts_the_lines_of_a_quoted_field_that_spans_several() {
    assertMalformed(
        GOOD.replace("disk_write", "\"disk\nwrite\"") + GOOD, 2, "metric", "is not a name");
  }

  @Test
  void refuses_a_quote_that_is_never_closed() {
    assertThatThrownBy(read(HEADER + GOOD + "\"2026,disk_write,1,bytes\n"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("t.csv, line 3");
  }

  @Test
  void refuses_another_header() {
    assertThatThrownBy(read("when,what,value,unit\n" + GOOD))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("line 1")
        .hasMessageContaining("the header is not 'time,metric,value,unit'");
  }

  @Test
  void refuses_an_empty_file() {
    assertThatThrownBy(read("")).isInstanceOf(InvalidDataException.class);
  }

  private static void assertMalformed(String lines, int line, String column, String what) {
    assertThatThrownBy(read(HEADER + lines))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("where: t.csv, line " + line + ", column " + column)
        .hasMessageContaining(what)
        .hasMessageContaining("why: ")
        .hasMessageContaining("fix: ");
  }

  private static ThrowingCallable read(String text) {
    return () -> TelemetryFile.read("t.csv", new StringReader(text));
  }
}
