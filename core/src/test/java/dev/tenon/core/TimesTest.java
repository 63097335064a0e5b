package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.testkit.servers.FaultProxy;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The times that PostgreSQL can hold, and those that it cannot. */
class TimesTest {

  private static final Table<Record> TIMES = DSL.table(DSL.name("times"));
  private static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  private static final Migrations MIGRATIONS =
      Migrations.named("times")
          .script(
              "V1__times.sql",
              """
              create table public.times (
                id uuid primary key,
                instant timestamptz,
                offset_time timestamptz,
                local_time timestamp,
                day date
              );
              """);

  record Times(
      UUID id,
      @Nullable Instant instant,
      @Nullable OffsetDateTime offsetTime,
      @Nullable LocalDateTime localTime,
      @Nullable LocalDate day) {

    static Times of(Instant instant) {
      return new Times(UuidV7.next(), instant, null, null, null);
    }

    static Times of(OffsetDateTime time) {
      return new Times(UuidV7.next(), null, time, null, null);
    }

    static Times of(LocalDateTime time) {
      return new Times(UuidV7.next(), null, null, time, null);
    }

    static Times of(LocalDate day) {
      return new Times(UuidV7.next(), null, null, null, day);
    }
  }

  private static final Repository<Times, UUID> ROWS =
      Repository.of(TIMES, Times.class).id(ID).shared().build();

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(MIGRATIONS);

  @Test
  void refuses_a_time_beyond_the_range_with_its_column_value_and_range() {
    assertRefused(Times.of(Instant.MAX), "instant", "294276-12-31");
    assertRefused(Times.of(Instant.MIN), "instant", "-4712-11-24");
    assertRefused(Times.of(Instant.parse("+294276-12-31T23:59:59.999999500Z")), "instant", "to");
    assertRefused(Times.of(Instant.parse("-4712-11-23T23:59:59.999999Z")), "instant", "to");
    assertRefused(Times.of(OffsetDateTime.MAX), "offset_time", "294276-12-31");
    assertRefused(Times.of(OffsetDateTime.MIN), "offset_time", "-4712-11-24");
    assertRefused(Times.of(LocalDateTime.MAX), "local_time", "294276-12-31");
    assertRefused(Times.of(LocalDateTime.of(294277, 1, 1, 0, 0)), "local_time", "+294277-01-01");
    assertRefused(Times.of(LocalDate.MAX), "day", "5874897-12-31");
    assertRefused(Times.of(LocalDate.MIN), "day", "-4712-11-24");
    assertRefused(Times.of(LocalDate.of(5874898, 1, 1)), "day", "+5874898-01-01");
    assertThat(database.get().sql().fetchCount(TIMES)).isZero();
  }

  private void assertRefused(Times times, String column, String part) {
    assertThatThrownBy(() -> ROWS.insert(database.get(), times))
        .isInstanceOf(InvalidDataException.class)
        .hasNoCause()
        .hasMessageContaining("column " + column + " of Times")
        .hasMessageContaining(part);
  }

  @Test
  void keeps_the_first_and_the_last_time_of_the_range() {
    for (Times times :
        List.of(
            Times.of(Instant.parse("-4712-11-24T00:00:00Z")),
            Times.of(Instant.parse("+294276-12-31T23:59:59.999999Z")),
            Times.of(LocalDateTime.parse("-4712-11-24T00:00:00")),
            Times.of(LocalDateTime.parse("+294276-12-31T23:59:59.999999")),
            Times.of(LocalDate.parse("-4712-11-24")),
            Times.of(LocalDate.parse("+5874897-12-31")))) {
      ROWS.insert(database.get(), times);
      assertThat(ROWS.get(database.get(), times.id())).isEqualTo(times);
      assertThat(ROWS.page(database.get(), Page.Request.of(1).where(ID.eq(times.id()))).rows())
          .containsExactly(times);
    }
    Times last =
        Times.of(Instant.parse("+294276-12-31T23:59:59.999999Z").atOffset(ZoneOffset.ofHours(-18)));
    ROWS.insert(database.get(), last);
    assertThat(Objects.requireNonNull(ROWS.get(database.get(), last.id()).offsetTime()).toInstant())
        .isEqualTo(Instant.parse("+294276-12-31T23:59:59.999999Z"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-4712-11-24T00:00:00Z",
        "0000-02-29T12:00:00Z",
        "1500-02-28T23:00:00Z",
        "1582-10-04T23:59:59.999999Z",
        "1582-10-10T00:00:00Z",
        "1582-10-15T00:00:00Z",
        "1582-10-24T23:59:59Z",
        "1583-01-01T00:00:00Z",
        "1582-10-16T00:00:00.000001Z",
        "1883-11-18T12:03:58Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "2026-03-29T01:30:00Z",
        "+294276-12-31T23:59:59.999999Z"
      })
  void reads_each_row_of_many_as_the_same_instant_as_text_and_in_binary(String text) {
    Instant time = Instant.parse(text);
    ROWS.insertAll(database.get(), Stream.generate(() -> Times.of(time)).limit(4).toList());
    for (String zone : List.of("UTC", "Africa/Monrovia", "Asia/Kathmandu", "America/New_York")) {
      database
          .get()
          .transaction(
              transaction -> {
                transaction.sql().execute("set local time zone '" + zone + "'");
                for (int execution = 0; execution < 12; execution++) {
                  assertThat(ROWS.page(transaction, Page.Request.of(10)).rows())
                      .extracting(Times::instant)
                      .containsExactly(time, time, time, time);
                  assertThat(ROWS.list(transaction, DSL.trueCondition()))
                      .extracting(Times::instant)
                      .containsExactly(time, time, time, time);
                }
              });
    }
  }

  @Test
  void pages_by_times_with_an_offset_from_the_first_to_the_last() {
    List<Times> all =
        Stream.of(
                "-4712-11-24T00:00:00Z",
                "0000-02-29T12:00:00Z",
                "1582-10-10T00:00:00Z",
                "2026-11-29T12:00:00.000001Z",
                "+10000-01-01T00:00:00Z",
                "+294276-12-31T23:59:59.999999Z")
            .map(text -> Times.of(Instant.parse(text).atOffset(ZoneOffset.UTC)))
            .toList();
    ROWS.insertAll(database.get(), all);
    Name column = DSL.name("offset_time");
    for (Field<?> sort :
        List.of(
            DSL.field(column, SQLDataType.TIMESTAMPWITHTIMEZONE),
            DSL.field(column, SQLDataType.TIMESTAMPWITHTIMEZONE.notNull()),
            DSL.field(column, SQLDataType.INSTANT.notNull()))) {
      Page.Request request = Page.Request.of(1).orderBy(sort.asc());
      List<Times> met = new ArrayList<>();
      Page<Times> page = ROWS.page(database.get(), request);
      while (met.addAll(page.rows()) && page.next().isPresent() && met.size() <= all.size()) {
        page = ROWS.page(database.get(), request.after(page.next().get()));
      }
      assertThat(met).isEqualTo(all);
    }
  }

  @Test
  void the_first_rows_of_a_connection_take_one_round_trip_as_the_driver_asks_nothing_about_them() {
    Times noon = Times.of(Instant.parse("2026-11-29T12:00:00Z"));
    ROWS.insertAll(database.get(), List.of(noon, Times.of(Instant.EPOCH)));
    try (FaultProxy network = FaultProxy.to(database.server());
        Database far = database.through(network, 1)) {
      assertThat(ROWS.exists(far, noon.id())).isTrue();
      assertThat(network.roundTripsDuring(() -> ROWS.page(far, Page.Request.of(10)))).isEqualTo(1);
      assertThat(network.roundTripsDuring(() -> ROWS.list(far, DSL.trueCondition()))).isEqualTo(1);
      assertThat(network.roundTripsDuring(() -> ROWS.get(far, noon.id()))).isEqualTo(1);
    }
  }

  record Called(UUID id, @Nullable Instant day) {}

  @Test
  void reads_no_day_as_an_instant_however_many_rows_there_are() {
    LocalDate day = LocalDate.parse("2026-11-29");
    ROWS.insertAll(database.get(), Stream.generate(() -> Times.of(day)).limit(4).toList());
    Repository<Called, UUID> undeclared =
        Repository.of(TIMES, Called.class).id(ID).shared().build();
    for (int execution = 0; execution < 12; execution++) {
      assertThatThrownBy(() -> undeclared.page(database.get(), Page.Request.of(10)))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("column day of Called");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "instant, infinity", "instant, -infinity", "offset_time, infinity", "offset_time, -infinity",
    "local_time, infinity", "local_time, -infinity", "day, infinity", "day, -infinity"
  })
  void names_the_column_that_holds_an_infinity_however_it_is_read(String column, String value) {
    UUID id = UuidV7.next();
    database
        .get()
        .sql()
        .execute("insert into times (id, " + column + ") values (?, '" + value + "')", id);
    assertInfinite(() -> ROWS.find(database.get(), id), column);
    assertInfinite(() -> ROWS.page(database.get(), Page.Request.of(5)), column);
    assertInfinite(
        () ->
            ROWS.<Long, RuntimeException>stream(
                database.get(), DSL.trueCondition(), rows -> rows.map(Times::id).count()),
        column);
  }

  private static void assertInfinite(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable work, String column) {
    assertThatThrownBy(work)
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("infinity")
        .hasMessageContaining("column " + column + " of Times");
  }
}
