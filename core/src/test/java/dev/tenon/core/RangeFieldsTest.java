package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ranges in fields, conditions and results of jOOQ. */
class RangeFieldsTest {

  @RegisterExtension
  final FreshDatabase database =
      FreshDatabase.with(
          Migrations.named("stays")
              .script(
                  "V1__stays.sql",
                  "create table stays (id int primary key, days daterange, span tstzrange);"));

  private static final Field<Integer> ID = DSL.field(DSL.name("id"), SQLDataType.INTEGER);
  private static final Field<Range<LocalDate>> DAYS =
      DSL.field(DSL.name("days"), Range.dataType(LocalDate.class));
  private static final Field<Range<Instant>> SPAN =
      DSL.field(DSL.name("span"), Range.dataType(Instant.class));

  record Stay(int id, Range<LocalDate> days, Range<Instant> span) {}

  private static final Repository<Stay, Integer> stays =
      Repository.of(DSL.table(DSL.name("stays")), Stay.class).id(ID).shared().build();

  private static final Stay WEEK =
      new Stay(
          1,
          Range.of(LocalDate.parse("2026-11-23"), LocalDate.parse("2026-11-30")),
          Range.closed(Instant.EPOCH, Instant.parse("2026-11-29T00:00:00.000001Z")));

  @Test
  void a_row_that_jooq_wrote_is_the_repositorys() {
    database
        .get()
        .sql()
        .insertInto(DSL.table(DSL.name("stays")), ID, DAYS, SPAN)
        .values(WEEK.id(), WEEK.days(), WEEK.span())
        .values(2, null, Range.empty())
        .execute();
    assertThat(stays.get(database.get(), 1)).isEqualTo(WEEK);
  }

  @Test
  void a_row_that_the_repository_wrote_is_jooqs() {
    stays.insert(database.get(), WEEK);
    var row = database.get().sql().select(DAYS, SPAN).from("stays").fetchSingle();
    assertThat(row.value1()).isEqualTo(WEEK.days());
    assertThat(row.value2()).isEqualTo(WEEK.span());
  }

  @Test
  void conditions_compare_ranges() {
    stays.insert(database.get(), WEEK);
    Range<LocalDate> weekend =
        Range.closed(LocalDate.parse("2026-11-28"), LocalDate.parse("2026-11-29"));
    assertThat(
            stays.list(
                database.get(),
                DAYS.eq(WEEK.days())
                    .and("{0} @> {1}", DAYS, DSL.val(weekend, DAYS))
                    .and("{0} && {1}", SPAN, DSL.inline(WEEK.span(), SPAN))))
        .isEqualTo(List.of(WEEK));
  }

  @Test
  void a_patch_takes_a_range() {
    stays.insert(database.get(), WEEK);
    assertThat(stays.patch(database.get(), 1, Patch.of(DAYS, Range.empty())).days())
        .isEqualTo(Range.empty());
  }

  @Test
  void bounds_that_the_database_has_no_ranges_of_are_refused() {
    assertThatThrownBy(() -> Range.dataType(UUID.class))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no ranges of UUID");
  }
}
