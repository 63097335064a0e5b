package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.SortField;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Days that java.sql.Date does not know: before year 1, and those that 1582 left out. */
class DayPagesTest {

  private static final Table<?> DAYS = DSL.table(DSL.name("days"));
  private static final Field<Long> ID = DSL.field(DSL.name("id"), SQLDataType.BIGINT);
  private static final Field<LocalDate> DAY =
      DSL.field(DSL.name("day"), SQLDataType.LOCALDATE.notNull());
  private static final Field<LocalDateTime> AT =
      DSL.field(DSL.name("at"), SQLDataType.LOCALDATETIME.notNull());

  @RegisterExtension
  final FreshDatabase database =
      FreshDatabase.with(
          Migrations.named("days")
              .script(
                  "V1__days.sql",
                  "create table days (id bigint primary key, day date not null,"
                      + " at timestamp not null);"));

  record Day(long id, LocalDate day, LocalDateTime at) {}

  private static final Repository<Day, Long> REPOSITORY =
      Repository.of(DAYS, Day.class).id(ID).shared().build();

  @ParameterizedTest
  @ValueSource(strings = {"0000-12-31", "-4711-01-02", "1582-10-14", "1582-10-05", "2026-11-28"})
  void equal_days_are_paged_each_once(String text) {
    LocalDate day = LocalDate.parse(text);
    REPOSITORY.insertAll(
        database.get(),
        LongStream.rangeClosed(1, 5).mapToObj(id -> new Day(id, day, day.atTime(12, 30))).toList());
    for (SortField<?> order : List.of(DAY.asc(), AT.asc(), DAY.desc(), AT.desc())) {
      assertThat(paged(order, DSL.noCondition())).as("%s, plain", order).hasSize(5);
      assertThat(paged(order, ID.gt(0L))).as("%s, with a condition", order).hasSize(5);
    }
  }

  private List<Long> paged(SortField<?> order, Condition condition) {
    List<Long> seen = new ArrayList<>();
    Page.Request request = Page.Request.of(2).orderBy(order).where(condition);
    Page<Day> page = REPOSITORY.page(database.get(), request);
    page.rows().forEach(row -> seen.add(row.id()));
    for (Optional<String> next = page.next(); next.isPresent(); next = page.next()) {
      page = REPOSITORY.page(database.get(), request.after(next.get()));
      page.rows().forEach(row -> seen.add(row.id()));
    }
    assertThat(seen).doesNotHaveDuplicates();
    return seen;
  }
}
