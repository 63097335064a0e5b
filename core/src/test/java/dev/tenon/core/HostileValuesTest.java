package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jooq.types.DayToSecond;
import org.jooq.types.YearToMonth;
import org.jooq.types.YearToSecond;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values at the edge of what a column holds, and beyond it. */
class HostileValuesTest {

  @RegisterExtension
  final FreshDatabase database =
      FreshDatabase.with(
          Migrations.named("edges")
              .script(
                  "V1__edges.sql",
                  """
                  create table prices (id numeric primary key, price numeric(12, 2));
                  create table moments (
                    id timestamptz primary key, day date, at timestamp, wakes time);
                  create table papers (id int primary key, body jsonb, raw jsonb);
                  create table flags (id int primary key, flag text);
                  create table lists (
                    id int primary key, sizes text[], span tstzrange, took interval, term interval);
                  """));

  enum Size {
    SMALL
  }

  record Price(BigDecimal id, @Nullable BigDecimal price) {}

  record Moment(
      Instant id, @Nullable LocalDate day, @Nullable LocalDateTime at, @Nullable LocalTime wakes) {}

  record Paper(int id, @Nullable Map<String, BigDecimal> body, @Nullable JSONB raw) {}

  record Flag(int id, boolean flag) {}

  record Lists(
      int id,
      @Nullable List<Size> sizes,
      @Nullable Range<Instant> span,
      @Nullable Duration took,
      @Nullable Period term) {}

  private static final Field<Integer> ID = DSL.field(DSL.name("id"), SQLDataType.INTEGER);

  private static final Repository<Price, BigDecimal> prices =
      Repository.of(DSL.table(DSL.name("prices")), Price.class)
          .id(DSL.field(DSL.name("id"), SQLDataType.NUMERIC))
          .shared()
          .build();
  private static final Repository<Moment, Instant> moments =
      Repository.of(DSL.table(DSL.name("moments")), Moment.class)
          .id(DSL.field(DSL.name("id"), SQLDataType.INSTANT))
          .shared()
          .build();
  private static final Repository<Paper, Integer> papers =
      Repository.of(DSL.table(DSL.name("papers")), Paper.class).id(ID).shared().build();
  private static final Repository<Flag, Integer> flags =
      Repository.of(DSL.table(DSL.name("flags")), Flag.class).id(ID).shared().build();
  private static final Repository<Lists, Integer> lists =
      Repository.of(DSL.table(DSL.name("lists")), Lists.class).id(ID).shared().build();

  @ParameterizedTest
  @ValueSource(strings = {"1E+262146", "1E+131072", "-3E+262144", "1E-16384", "1E-262149"})
  void a_number_that_numeric_does_not_hold_is_refused_and_never_another_one(String text) {
    BigDecimal number = new BigDecimal(text);
    prices.insert(database.get(), new Price(BigDecimal.ZERO, BigDecimal.ONE));
    assertInvalid(() -> prices.insert(database.get(), new Price(BigDecimal.ONE, number)));
    assertInvalid(() -> prices.insertAll(database.get(), List.of(new Price(number, null))));
    assertInvalid(() -> prices.delete(database.get(), number));
    assertInvalid(() -> prices.update(database.get(), new Price(BigDecimal.ZERO, number)));
    assertThat(prices.count(database.get(), DSL.noCondition())).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1E+131071", "1E-16383", "0E+200000", "0E-16383"})
  void the_numbers_at_the_edge_are_held(String text) {
    BigDecimal number = new BigDecimal(text);
    prices.insert(database.get(), new Price(number, null));
    assertThat(prices.get(database.get(), number).id()).isEqualByComparingTo(number);
  }

  private static void assertInvalid(ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(InvalidDataException.class);
  }

  @Test
  void leap_days_before_christ_are_read_as_text_and_as_binary() {
    LocalDate leap = LocalDate.of(0, 2, 29);
    Moment moment =
        new Moment(leap.atStartOfDay().toInstant(ZoneOffset.UTC), leap, leap.atStartOfDay(), null);
    moments.insert(database.get(), moment);
    for (int i = 0; i < 12; i++) {
      assertThat(moments.get(database.get(), moment.id())).isEqualTo(moment);
    }
  }

  static Stream<LocalTime> times() {
    return Stream.of(
        LocalTime.parse("00:00:00.1234565"),
        LocalTime.parse("00:00:00.1234564"),
        LocalTime.parse("07:30"),
        LocalTime.parse("23:59:59.9999994"),
        LocalTime.parse("23:59:59.9999995"),
        LocalTime.MAX);
  }

  @ParameterizedTest
  @MethodSource("times")
  void a_time_of_day_is_the_same_by_one_row_by_arrays_and_by_copy(LocalTime time) {
    moments.insert(database.get(), new Moment(Instant.EPOCH, null, null, time));
    moments.insertAll(
        database.get(), List.of(new Moment(Instant.EPOCH.plusSeconds(1), null, null, time)));
    List<Moment> many = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      many.add(new Moment(Instant.EPOCH.plusSeconds(10 + i), null, null, time));
    }
    moments.insertAll(database.get(), many);
    assertThat(database.get().sql().fetch("select distinct wakes::text from moments")).hasSize(1);
    LocalTime read = moments.get(database.get(), Instant.EPOCH).wakes();
    assertThat(moments.list(database.get(), DSL.condition("id < '1970-01-01 00:00:05Z'")))
        .extracting(Moment::wakes)
        .containsExactly(read, read);
  }

  @Test
  void two_times_that_are_stored_as_one_are_one_row() {
    Moment one = new Moment(Instant.parse("2026-01-01T00:00:00.000000100Z"), null, null, null);
    Moment other = new Moment(Instant.parse("2026-01-01T00:00:00.000000200Z"), null, null, null);
    assertThatThrownBy(() -> moments.upsertAll(database.get(), List.of(one, other)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("more than once");
  }

  record Local(LocalDateTime at) {}

  @Test
  void local_times_that_are_stored_as_one_are_one_row_too() {
    database.get().sql().execute("create table locals (at timestamp primary key)");
    Repository<Local, LocalDateTime> locals =
        Repository.of(DSL.table(DSL.name("locals")), Local.class)
            .id(DSL.field(DSL.name("at"), SQLDataType.LOCALDATETIME))
            .shared()
            .build();
    LocalDateTime time = LocalDateTime.parse("2026-01-01T00:00:00");
    assertThatThrownBy(
            () ->
                locals.upsertAll(
                    database.get(), List.of(new Local(time), new Local(time.plusNanos(400)))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("more than once");
  }

  record Unwritable(int id, Odd body) {}

  record Odd(Optional<String> text) {}

  @Test
  void a_document_that_jackson_cannot_write_names_its_column() {
    Repository<Unwritable, Integer> unwritable =
        Repository.of(DSL.table(DSL.name("papers")), Unwritable.class).id(ID).shared().build();
    assertThatThrownBy(
            () ->
                unwritable.insert(database.get(), new Unwritable(1, new Odd(Optional.of("text")))))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("column body of Unwritable")
        .hasMessageContaining("Optional<java.lang.String> at $.text");
  }

  @Test
  void a_document_that_was_written_can_be_read() {
    Paper paper =
        new Paper(
            1,
            Map.of("k".repeat(60_000), new BigDecimal("1E+2000"), "b", new BigDecimal("1E-2000")),
            null);
    papers.insert(database.get(), paper);
    assertThat(papers.get(database.get(), 1).body())
        .allSatisfy((key, value) -> assertThat(value).isPositive());
  }

  @Test
  void a_setting_that_cannot_be_sent_as_it_is_is_refused() {
    for (String value : List.of("a\ud800b", "a\u0000b")) {
      assertThatThrownBy(() -> database.get().withSetting(Session.ACTOR, value))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("Session.withSetting(" + Session.ACTOR + ")");
    }
  }

  @Test
  void half_of_an_escaped_surrogate_pair_is_refused_before_it_is_sent() {
    for (String half : List.of("\\ud800", "\\udc00", "\\ud83d\\u0041", "a\\\\\\ud800")) {
      Paper paper = new Paper(1, null, JSONB.valueOf("{\"a\": \"" + half + "\"}"));
      assertThatThrownBy(() -> papers.insert(database.get(), paper))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("half of a surrogate pair")
          .hasMessageContaining("column raw of Paper");
    }
    Paper whole = new Paper(1, null, JSONB.valueOf("{\"a\": \"\\ud83d\\ude00 \\\\ud800\"}"));
    papers.insert(database.get(), whole);
  }

  @Test
  void a_value_that_is_none_of_the_components_type_stays_out_of_the_message() {
    database.get().sql().execute("insert into flags values (1, 's3cret')");
    assertThatThrownBy(() -> flags.get(database.get(), 1))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("flag is no boolean")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void a_patch_writes_nothing_that_the_record_could_not_read() {
    lists.insert(database.get(), new Lists(1, null, null, null, null));
    Field<Object> sizes = DSL.field(DSL.name("sizes"));
    Field<Object> span = DSL.field(DSL.name("span"));
    List<Patch> unfit =
        List.of(
            Patch.of(DSL.field(DSL.name("sizes"), String[].class), new String[] {"HUGE"}),
            Patch.of(sizes, List.of("HUGE")),
            Patch.of(span, Range.of(LocalDate.EPOCH, LocalDate.MAX)));
    for (Patch patch : unfit) {
      assertThatThrownBy(() -> lists.patch(database.get(), 1, patch))
          .isInstanceOfAny(InvalidDataException.class, UsageException.class);
    }
    assertThat(lists.get(database.get(), 1)).isEqualTo(new Lists(1, null, null, null, null));
    assertThat(lists.patch(database.get(), 1, Patch.of(sizes, List.of("SMALL"))).sizes())
        .containsExactly(Size.SMALL);
  }

  @Test
  void a_patch_takes_jooqs_intervals() {
    lists.insert(database.get(), new Lists(1, null, null, null, null));
    Field<YearToSecond> took = DSL.field(DSL.name("took"), SQLDataType.INTERVAL);
    Field<YearToSecond> term = DSL.field(DSL.name("term"), SQLDataType.INTERVAL);
    Patch patch =
        Patch.of(took, new YearToSecond(new YearToMonth(), new DayToSecond(0, 23, 1)))
            .set(term, new YearToSecond(new YearToMonth(1, 2), new DayToSecond(3)).neg());
    Lists patched = lists.patch(database.get(), 1, patch);
    assertThat(patched.took()).isEqualTo(Duration.ofMinutes(23 * 60 + 1));
    assertThat(patched.term()).isEqualTo(Period.of(-1, -2, -3));
    assertThatThrownBy(
            () ->
                lists.patch(
                    database.get(),
                    1,
                    Patch.of(took, new YearToSecond(new YearToMonth(0, 1), new DayToSecond()))))
        .isInstanceOf(InvalidDataException.class);
  }
}
