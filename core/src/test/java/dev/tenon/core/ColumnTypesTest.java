package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Things.Mood;
import dev.tenon.core.Things.Thing;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each type comes back as it went, on every way in and on every way out. */
class ColumnTypesTest {

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Things.MIGRATIONS);

  static Stream<Arguments> repositories() {
    return Stream.of(
        Arguments.of("by hand", Things.HAND_ROWS),
        Arguments.of("generated", Things.GENERATED_ROWS));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("repositories")
  void a_row_comes_back_as_it_went(String name, Repository<Thing, Long> rows) {
    for (Thing thing : Things.hostile()) {
      rows.insert(database.get(), thing);
      // The driver changes to binary results after some runs of a statement.
      for (int i = 0; i < 12; i++) {
        assertThat(rows.get(database.get(), thing.id())).isEqualTo(thing);
      }
    }
    assertReadBack(rows, Things.hostile());
    Thing full = Things.hostile().get(1);
    assertThat(rows.upsert(database.get(), full)).isEqualTo(full);
    assertThat(rows.update(database.get(), full)).isEqualTo(full);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("repositories")
  void many_rows_come_back_as_they_went_by_arrays_and_by_copy(
      String name, Repository<Thing, Long> rows) {
    List<Thing> things = Things.hostile();
    things.forEach(thing -> rows.insert(database.get(), thing));
    String alone = stored();
    database.get().sql().execute("truncate things");
    rows.insertAll(database.get(), things);
    assertThat(stored()).isEqualTo(alone);
    assertReadBack(rows, things);
    rows.updateAll(database.get(), things, OnStale.FAIL_ALL);
    rows.upsertAll(database.get(), things);
    assertReadBack(rows, things);
    database.get().sql().execute("truncate things");
    Stream<Thing> blank = LongStream.range(10, 10_010).mapToObj(Things::blank);
    rows.insertAll(database.get(), Stream.concat(things.stream(), blank).toList());
    database.get().sql().execute("delete from things where id >= 10");
    assertThat(stored()).isEqualTo(alone);
  }

  private String stored() {
    return database
        .get()
        .sql()
        .fetchValue("select string_agg(t::text, e'\\n' order by id) from things t")
        .toString();
  }

  private void assertReadBack(Repository<Thing, Long> rows, List<Thing> things) {
    List<Long> ids = things.stream().map(Thing::id).toList();
    assertThat(rows.findAll(database.get(), ids)).isEqualTo(things);
    assertThat(rows.list(database.get(), DSL.noCondition())).isEqualTo(things);
    assertThat(rows.page(database.get(), Page.Request.of(5)).rows()).isEqualTo(things);
    assertThat(
            rows.<List<Thing>, RuntimeException>stream(
                database.get(), DSL.noCondition(), Stream::toList))
        .containsExactlyInAnyOrderElementsOf(things);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("repositories")
  void a_patch_takes_each_type(String name, Repository<Thing, Long> rows) {
    rows.insert(database.get(), Things.blank(7));
    Thing full = Things.hostile().get(1);
    Patch patch =
        Patch.of(Things.MOOD, full.mood())
            .set(DSL.field(DSL.name("tags")), full.tags())
            .set(DSL.field(DSL.name("span")), full.span())
            .set(DSL.field(DSL.name("took")), full.took())
            .set(DSL.field(DSL.name("details")), full.details());
    Thing patched = rows.patch(database.get(), 7L, patch);
    assertThat(Arrays.asList(patched.mood(), patched.tags(), patched.span(), patched.took()))
        .isEqualTo(Arrays.asList(full.mood(), full.tags(), full.span(), full.took()));
    assertThat(patched.details()).isEqualTo(full.details());
    assertThat(
            rows.patch(database.get(), 7L, Patch.of(DSL.field(DSL.name("mood")), "so-so")).mood())
        .isEqualTo(Mood.SO_SO);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("repositories")
  void pages_by_an_enumeration_go_in_the_order_of_the_server_and_by_money_in_that_of_numbers(
      String name, Repository<Thing, Long> rows) {
    long id = 0;
    for (Mood mood : List.of(Mood.ODD, Mood.FINE, Mood.SO_SO, Mood.FINE)) {
      insert(rows, ++id, mood, new BigDecimal(10 - id));
    }
    insert(rows, ++id, null, null);
    assertThat(paged(rows, Page.Request.of(2).orderBy(Things.MOOD.asc())))
        .containsExactly(3L, 2L, 4L, 1L, 5L);
    assertThat(paged(rows, Page.Request.of(1).orderBy(Things.PRICE.asc().nullsFirst())))
        .containsExactly(5L, 4L, 3L, 2L, 1L);
  }

  private void insert(
      Repository<Thing, Long> rows, long id, @Nullable Mood mood, @Nullable BigDecimal price) {
    rows.insert(database.get(), Things.blank(id));
    rows.patch(database.get(), id, Patch.of(Things.MOOD, mood).set(Things.PRICE, price));
  }

  private List<Long> paged(Repository<Thing, Long> rows, Page.Request request) {
    List<Long> ids = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      Page<Thing> page = rows.page(database.get(), next.map(request::after).orElse(request));
      page.rows().forEach(thing -> ids.add(thing.id()));
      next = page.next();
    } while (next.isPresent());
    return ids;
  }

  @Test
  void money_has_the_scale_of_its_column_and_more_digits_than_fit_are_refused() {
    Thing thing = Things.blank(1);
    Things.HAND_ROWS.insert(database.get(), thing);
    assertThat(price("0.005")).isEqualTo(new BigDecimal("0.01"));
    assertThat(price("1")).isEqualTo(new BigDecimal("1.00"));
    assertThat(price("1E+3")).isEqualTo(new BigDecimal("1000.00"));
    assertThatThrownBy(() -> price("10000000000"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("SQLSTATE 22003");
    database.get().sql().execute("update things set price = 'NaN'");
    assertThatThrownBy(() -> Things.HAND_ROWS.get(database.get(), 1L))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("column price of Thing");
  }

  private @Nullable BigDecimal price(String price) {
    return Things.HAND_ROWS
        .patch(database.get(), 1L, Patch.of(Things.PRICE, new BigDecimal(price)))
        .price();
  }

  @Test
  void discrete_ranges_come_back_half_open() {
    Things.HAND_ROWS.insert(database.get(), Things.blank(1));
    Thing patched =
        Things.HAND_ROWS.patch(
            database.get(),
            1L,
            Patch.of(DSL.field(DSL.name("ints")), Range.closed(1, 3))
                .set(DSL.field(DSL.name("stay")), Range.closed(LocalDate.EPOCH, LocalDate.EPOCH)));
    assertThat(patched.ints()).isEqualTo(Range.of(1, 4));
    assertThat(patched.stay()).isEqualTo(Range.of(LocalDate.EPOCH, LocalDate.EPOCH.plusDays(1)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "times | '{infinity}' | infinity is no Instant",
        "times | '{-infinity}' | -infinity is no Instant",
        "days | '{infinity}' | infinity is no LocalDate",
        "span | '[2026-01-01 00:00:00+00,infinity)' | infinity is no Instant",
        "stay | '[-infinity,2026-01-01)' | -infinity is no LocalDate",
        "prices | '{NaN}' | a value is no BigDecimal",
        "tags | '{{a},{b}}' | more than one dimension",
        "sizes | '{HUGE}' | a label is no Size",
        "size | HUGE | a label is no Size",
        "took | '1 day' | an interval is no Duration",
        "took | infinity | an interval is no Duration",
        "took | '1 mon' | an interval is no Duration",
        "term | -infinity | an interval is no Period",
        "term | '1 hour' | an interval is no Period",
        "details | '[]' | the JSON document is no Details",
        "details | '{\"title\": \"s3cret\", \"more\": 1}' | the JSON document is no Details at $.more",
        "lines | '[{\"text\": \"s3cret\", \"number\": null}]' | is no List at $[0].number",
        "lines | '[{\"text\": \"a\", \"number\": \"s3cret\"}]' | is no List at $[0].number",
        "lines | '[{\"text\": \"a\"}]' | is no List at $[0].number",
        "at | infinity | infinity is no time in Java",
      })
  void a_stored_value_that_the_component_cannot_hold_is_refused_with_its_column(
      String column, String value, String what) {
    database
        .get()
        .sql()
        .query("insert into things (id, {0}) values (1, {1})", DSL.name(column), DSL.inline(value))
        .execute();
    for (Repository<Thing, Long> rows : List.of(Things.HAND_ROWS, Things.GENERATED_ROWS)) {
      assertThatThrownBy(() -> rows.get(database.get(), 1L))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining(what)
          .hasMessageContaining("column " + column + " of Thing")
          .satisfies(error -> assertThat(error.getMessage()).doesNotContain("s3cret"));
    }
  }

  @ParameterizedTest
  @MethodSource("unfit")
  void a_value_that_cannot_be_stored_is_refused_with_its_column_and_the_transaction_goes_on(
      String column, Object value, String what) {
    Patch patch = Patch.of(DSL.field(DSL.name(column)), value);
    database
        .get()
        .transaction(
            transaction -> {
              assertThatThrownBy(() -> Things.HAND_ROWS.patch(transaction, 1L, patch))
                  .isInstanceOf(InvalidDataException.class)
                  .hasMessageContaining(what)
                  .hasMessageContaining("column " + column + " of Thing");
              assertThat(Things.HAND_ROWS.count(transaction, DSL.noCondition())).isZero();
            });
  }

  static Stream<Arguments> unfit() {
    return Stream.of(
        Arguments.of("tags", List.of("a", "b\u0000"), "U+0000"),
        Arguments.of("tags", List.of("\ud800"), "half of a surrogate pair"),
        Arguments.of("times", List.of(Instant.MAX), "cannot be stored"),
        Arguments.of("span", Range.from(Instant.MIN), "cannot be stored"),
        Arguments.of("stay", Range.until(LocalDate.MAX), "cannot be stored"),
        Arguments.of("lines", List.of(new Things.Line("s\u0000", 1)), "U+0000, at $/0/text"));
  }

  @Test
  void a_range_that_ends_before_it_begins_is_refused() {
    assertThatThrownBy(() -> Range.of(2, 1))
        .isInstanceOf(InvalidDataException.class)
        .hasMessage(
            """
            the range begins at 2 and ends before that, at 1
              where: Range
              why: a range goes from its lower to its upper bound
              fix: exchange the bounds, or use Range.empty()""");
    assertThat(Range.of(1, 1)).isEqualTo(Range.<Integer>empty());
    assertThat(Range.closed(1, 1).contains(1)).isTrue();
    assertThat(Range.of(1, 3).contains(3)).isFalse();
    assertThat(Range.<Integer>all().contains(3)).isTrue();
    assertThat(Range.<Integer>empty().contains(3)).isFalse();
  }

  @Test
  void spans_are_rounded_to_microseconds_and_keep_their_kind() {
    Things.HAND_ROWS.insert(database.get(), Things.blank(1));
    Thing patched =
        Things.HAND_ROWS.patch(
            database.get(),
            1L,
            Patch.of(DSL.field(DSL.name("took")), Duration.ofNanos(1_499))
                .set(DSL.field(DSL.name("term")), Period.ofMonths(14)));
    assertThat(patched.took()).isEqualTo(Duration.ofNanos(1_000));
    for (long micros : new long[] {-1, -999_999, 59_999_999, 3_599_999_999L, -86_399_999_999L}) {
      Duration span = Duration.ofNanos(micros * 1_000);
      Patch patch = Patch.of(DSL.field(DSL.name("took")), span);
      assertThat(Things.HAND_ROWS.patch(database.get(), 1L, patch).took()).isEqualTo(span);
    }
    assertThat(patched.term()).isEqualTo(Period.of(1, 2, 0));
  }

  @SuppressWarnings("ArrayRecordComponent")
  record Labels(long id, @Nullable String[] tags, Mood[] moods) {}

  @Test
  void an_array_is_a_component_as_a_list_is() {
    Repository<Labels, Long> rows =
        Repository.of(Things.BY_HAND, Labels.class).id(Things.ID).shared().build();
    @Nullable String[] tags = {"a", null, "\""};
    rows.insert(database.get(), new Labels(1, tags, new Mood[] {Mood.ODD}));
    rows.insertAll(database.get(), List.of(new Labels(2, tags, new Mood[0])));
    List<Labels> read = rows.list(database.get(), DSL.noCondition());
    assertThat(read).extracting(Labels::tags).containsExactly(tags, tags);
    assertThat(read.get(0).moods()).containsExactly(Mood.ODD);
    assertThat(read.get(1).moods()).isEmpty();
  }

  record Odd(long id, Range<String> range) {}

  record Shy(long id, Object anything) {}

  @Test
  void a_type_that_no_column_has_is_refused_when_the_repository_is_made() {
    for (Class<?> type : List.of(Odd.class, Shy.class)) {
      assertThatThrownBy(() -> Repository.of(Things.BY_HAND, type))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("cannot be mapped to a column")
          .hasMessageContaining("records and maps as documents");
    }
  }

  record Stub(String text) {}

  record Reader(long id, Stub details) {}

  @Test
  void a_projection_reads_documents_as_other_records() {
    Things.HAND_ROWS.insert(database.get(), Things.blank(1));
    database.get().sql().execute("update things set details = '{\"text\": \"a\"}'");
    assertThat(Things.GENERATED_ROWS.project(Reader.class).find(database.get(), 1L))
        .contains(new Reader(1, new Stub("a")));
  }

  @Test
  void a_span_in_a_style_that_could_be_mistaken_is_refused() {
    Things.HAND_ROWS.insert(database.get(), Things.blank(1));
    database.get().sql().execute("update things set took = '26:00', term = '1 year 2 mons'");
    for (String style : List.of("sql_standard", "iso_8601", "postgres_verbose")) {
      assertThatThrownBy(
              () -> Things.HAND_ROWS.get(database.get().withSetting("intervalstyle", style), 1L))
          .as(style)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("only 'postgres', the default, is read");
    }
  }

  @Test
  void refuses_to_page_by_what_has_no_text_or_no_order() {
    for (String column : List.of("details", "tags", "span", "took", "notes")) {
      assertThatThrownBy(
              () ->
                  Things.HAND_ROWS.page(
                      database.get(),
                      Page.Request.of(1).orderBy(DSL.field(DSL.name(column)).asc())))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("the sort column " + column);
    }
  }

  @Test
  void a_patch_takes_values_of_the_columns_own_types() {
    Thing full = Things.hostile().get(1);
    Things.GENERATED_ROWS.insert(database.get(), full);
    Instant time = Instant.parse("2026-11-29T01:02:03.5Z");
    Patch patch =
        Patch.of(DSL.field(DSL.name("tags"), String[].class), new String[] {"a,", null})
            .set(DSL.field(DSL.name("at"), Instant.class), time)
            .set(
                Things.DETAILS,
                JSONB.valueOf(
                    "{\"title\": \"t\", \"maker\": null, \"words\": [],"
                        + " \"weight\": 99999999999999999.990,"
                        + " \"lasts\": \"PT1S\", \"day\": \"1970-01-01\","
                        + " \"seen\": \"1970-01-01T00:00:00Z\"}"));
    Thing patched = Things.GENERATED_ROWS.patch(database.get(), full.id(), patch);
    assertThat(patched.tags()).containsExactly("a,", null);
    assertThat(patched.at()).isEqualTo(time.atOffset(ZoneOffset.UTC));
    assertThat(patched.details()).extracting(Things.Details::title).isEqualTo("t");
    assertThat(patched.details())
        .extracting(Things.Details::weight)
        .isEqualTo(new BigDecimal("99999999999999999.990"));
  }

  @Test
  void a_patch_refuses_a_document_that_is_not_the_records() {
    Patch patch = Patch.of(Things.DETAILS, JSONB.valueOf("{\"secret\": 1}"));
    assertThatThrownBy(() -> Things.GENERATED_ROWS.patch(database.get(), 1L, patch))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("column details of Thing");
  }
}
