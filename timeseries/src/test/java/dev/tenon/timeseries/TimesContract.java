package dev.tenon.timeseries;

import static dev.tenon.timeseries.Samples.SAMPLES;
import static dev.tenon.timeseries.Samples.WIDE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.QueryLog;
import dev.tenon.timeseries.Samples.Sample;
import dev.tenon.timeseries.Samples.Wide;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** The times that a hypertable keeps and refuses, on every engine. */
abstract class TimesContract extends HypertableContract {

  @Test
  void times_out_of_range_are_refused(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    Instant milliseconds = Instant.ofEpochSecond(NOON.toEpochMilli());

    for (Instant time : List.of(milliseconds, Instant.MIN, Instant.MAX)) {
      assertThatThrownBy(() -> SAMPLES.append(acme, List.of(new Sample(time, "cpu", 1, 1, null))))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("time")
          .hasMessageContaining("record 0");
    }
    assertThatThrownBy(() -> TimeRange.of(NOON, milliseconds))
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void a_time_that_the_server_does_not_hold_is_refused_before_io_with_its_column_and_range(
      TenantDatabase tenants, QueryLog queries) {
    TenantSession acme = tenants.as(ACME);
    acme.capabilities();
    queries.clear();
    OffsetDateTime zoned = OffsetDateTime.ofInstant(NOON, ZoneOffset.UTC);
    LocalDateTime local = LocalDateTime.of(2026, 11, 20, 3, 4, 5);
    LocalDate day = LocalDate.of(2026, 11, 20);

    assertBeyond(acme, wide(OffsetDateTime.MAX, local, day), "zoned", "+294276-12-31");
    assertBeyond(acme, wide(OffsetDateTime.MIN, local, day), "zoned", "-4712-11-24");
    assertBeyond(acme, wide(zoned, LocalDateTime.MAX, day), "local", "+294276-12-31");
    assertBeyond(acme, wide(zoned, LocalDateTime.MIN, day), "local", "-4712-11-24");
    assertBeyond(acme, wide(zoned, local, LocalDate.MAX), "day", "+5874897-12-31");
    assertBeyond(acme, wide(zoned, local, LocalDate.MIN), "day", "-4712-11-24");
    assertBeyond(acme, wide(zoned, local, LocalDate.of(5_874_898, 1, 1)), "day", "+5874897-12-31");
    for (Instant time : List.of(Instant.MAX, Instant.MIN)) {
      assertThatThrownBy(() -> SAMPLES.append(acme, List.of(new Sample(time, "cpu", 1, 1, null))))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("column time")
          .hasMessageContaining("the column holds -4712-11-24T00:00:00Z to +294276-12-31");
    }
    assertThat(queries).hasRoundTrips(0);
  }

  @Test
  void the_first_and_the_last_time_that_the_server_holds_are_kept(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    LocalDateTime first = LocalDateTime.parse("-4712-11-24T00:00:00");
    LocalDateTime last = LocalDateTime.parse("+294276-12-31T23:59:59.999999");
    List<Wide> edges =
        List.of(
            wide(first.atOffset(ZoneOffset.UTC), first, first.toLocalDate()),
            wide(last.atOffset(ZoneOffset.UTC), last, LocalDate.of(5_874_897, 12, 31)));

    WIDE.append(acme, edges);

    assertThat(WIDE.range(acme, ALWAYS))
        .extracting(Wide::zoned)
        .hasSameElementsAs(edges.stream().map(Wide::zoned).toList());
    assertThat(WIDE.range(acme, ALWAYS))
        .extracting(Wide::local)
        .hasSameElementsAs(edges.stream().map(Wide::local).toList());
    assertThat(WIDE.range(acme, ALWAYS))
        .extracting(Wide::day)
        .hasSameElementsAs(edges.stream().map(Wide::day).toList());
  }

  @Test
  void an_infinite_time_that_others_wrote_is_refused_with_its_column(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    WIDE.append(acme, List.of(wide("a", BigDecimal.ONE)));
    acme.transaction(
        transaction -> transaction.sql().execute("update wide set zoned = 'infinity'"));

    assertInfinite(() -> WIDE.range(acme, ALWAYS));
    assertInfinite(() -> WIDE.range(acme, ALWAYS, DSL.trueCondition()));
    assertInfinite(() -> WIDE.last(acme));
  }

  private static void assertInfinite(ThrowingCallable read) {
    assertThatThrownBy(read)
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("infinity is no time in Java")
        .hasMessageContaining("column zoned of HypertableRepository of Wide on wide");
  }

  private static void assertBeyond(TenantSession session, Wide row, String column, String bound) {
    assertThatThrownBy(() -> WIDE.append(session, List.of(wide("a", BigDecimal.ONE), row)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("record 1")
        .hasMessageContaining("column " + column)
        .hasMessageContaining("the column holds ")
        .hasMessageContaining(bound);
  }

  private static Wide wide(OffsetDateTime zoned, LocalDateTime local, LocalDate day) {
    Wide row = wide("a", BigDecimal.ONE);
    return new Wide(
        row.id(),
        row.seenAt(),
        row.small(),
        row.medium(),
        row.large(),
        row.single(),
        row.twice(),
        row.flag(),
        row.exact(),
        row.text(),
        row.level(),
        row.raw(),
        row.document(),
        zoned,
        local,
        day,
        row.maybeNumber(),
        row.maybeFlag(),
        row.maybeText());
  }
}
