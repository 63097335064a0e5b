package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SortField;
import org.jooq.Table;
import org.jooq.conf.ParamType;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class KeysetTest {

  private static final Table<Record> TASKS = DSL.table(DSL.name("tasks"));
  private static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  private static final Field<Integer> RANK = DSL.field(DSL.name("rank"), SQLDataType.INTEGER);
  private static final Field<String> LABEL = DSL.field(DSL.name("label"), SQLDataType.VARCHAR);
  private static final Field<Integer> GRADE =
      DSL.field(DSL.name("grade"), SQLDataType.INTEGER.notNull());

  private static final Migrations MIGRATIONS =
      Migrations.named("tasks")
          .script(
              "V1__tasks.sql",
              """
              create table public.tasks (
                id uuid primary key,
                rank int,
                label text collate "und-x-icu",
                grade int
              );
              create index on public.tasks (rank, id);
              create index on public.tasks (grade, id);
              """);

  record Task(UUID id, @Nullable Integer rank, @Nullable String label, @Nullable Integer grade) {}

  private static final Repository<Task, UUID> TASK_ROWS =
      Repository.of(TASKS, Task.class).id(ID).shared().build();

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(MIGRATIONS);

  @Test
  void pages_in_any_order_are_the_rows_of_a_plain_order_by_each_once() {
    Random random = new Random(20261121);
    fill(random, 60);
    for (int trial = 0; trial < 75; trial++) {
      List<SortField<?>> order = randomOrder(random);
      Page.Request request =
          Page.Request.of(1 + random.nextInt(7)).orderBy(order.toArray(SortField<?>[]::new));
      assertThat(pagedIds(request))
          .as("%s, pages of %d", order, request.size())
          .containsExactlyElementsOf(plainIds(order));
      assertThat(pagedBackIds(request))
          .as("%s backward, pages of %d", order, request.size())
          .containsExactlyElementsOf(plainIds(order));
    }
  }

  @Test
  void leads_back_over_the_pages_that_led_there() {
    Random random = new Random(20261121);
    fill(random, 40);
    for (int trial = 0; trial < 20; trial++) {
      Page.Request request =
          Page.Request.of(1 + random.nextInt(7))
              .orderBy(randomOrder(random).toArray(SortField<?>[]::new));
      Page<Task> page = page(request);
      assertThat(page.previous()).isEmpty();
      while (page.next().isPresent()) {
        Page<Task> next = page(request.after(page.next().get()));
        Page<Task> back = page(request.before(next.previous().orElseThrow()));
        assertThat(back.rows()).isEqualTo(page.rows());
        assertThat(back.previous()).isEqualTo(page.previous());
        assertThat(page(request.after(back.next().orElseThrow()))).isEqualTo(next);
        page = next;
      }
    }
  }

  @Test
  void an_empty_page_leads_back_to_where_it_was_asked_from() {
    for (@Nullable Integer rank : new @Nullable Integer[] {1, 2, 3, null}) {
      insert(rank);
    }
    for (SortField<?> order : List.of(RANK.asc(), RANK.desc(), RANK.asc().nullsFirst())) {
      Page.Request request = Page.Request.of(2).orderBy(order);
      Page<Task> first = page(request);
      Page<Task> last = page(request.fromEnd());
      last.rows().forEach(task -> TASK_ROWS.delete(database.get(), task.id()));
      Page<Task> empty = page(request.after(first.next().orElseThrow()));
      assertThat(empty.rows()).isEmpty();
      assertThat(empty.next()).isEmpty();
      assertThat(page(request.before(empty.previous().orElseThrow())).rows())
          .isEqualTo(first.rows());
      last.rows().forEach(task -> TASK_ROWS.insert(database.get(), task));
      first.rows().forEach(task -> TASK_ROWS.delete(database.get(), task.id()));
      Page<Task> before = page(request.before(last.previous().orElseThrow()));
      assertThat(before.rows()).isEmpty();
      assertThat(before.previous()).isEmpty();
      assertThat(page(request.after(before.next().orElseThrow())).rows()).isEqualTo(last.rows());
      first.rows().forEach(task -> TASK_ROWS.insert(database.get(), task));
    }
  }

  @Test
  void meets_what_was_inserted_between_two_pages_on_the_way_back() {
    insert(1);
    insert(3);
    Page.Request request = Page.Request.of(1).orderBy(RANK.asc());
    Page<Task> second = page(request.after(page(request).next().orElseThrow()));
    Task between = insert(2);
    assertThat(page(request.before(second.previous().orElseThrow())).rows())
        .containsExactly(between);
  }

  @Test
  void an_offset_leaves_out_as_many_rows_and_goes_on_with_cursors() {
    fill(new Random(3), 20);
    Page.Request request = Page.Request.of(4).orderBy(RANK.desc().nullsLast());
    List<UUID> all = plainIds(List.of(RANK.desc().nullsLast()));
    Page<Task> page = page(request.offset(8));
    assertThat(page.rows()).extracting(Task::id).isEqualTo(all.subList(8, 12));
    assertThat(page(request.after(page.next().orElseThrow())).rows())
        .extracting(Task::id)
        .isEqualTo(all.subList(12, 16));
    assertThat(page(request.before(page.previous().orElseThrow())).rows())
        .extracting(Task::id)
        .isEqualTo(all.subList(4, 8));
    assertThat(page(request.offset(0))).isEqualTo(page(request));
    assertThat(page(request.offset(20))).isEqualTo(new Page<>(List.of(), none(), none()));
  }

  private static Optional<String> none() {
    return Optional.empty();
  }

  @Test
  void refuses_an_offset_that_makes_the_server_read_for_nothing() {
    for (int offset : new int[] {-1, 10_001}) {
      assertThatThrownBy(() -> Page.Request.of(1).offset(offset))
          .isInstanceOf(UsageException.class)
          .hasMessage(
              """
              the offset is %d
                where: Page.Request.offset
                why: the server reads all rows before it, so it is 0 to 10000
                fix: go on with the cursor of a page, or narrow the condition"""
                  .formatted(offset));
    }
  }

  @Test
  void rows_with_nulls_follow_the_last_row_without_one() {
    for (@Nullable Integer rank : new @Nullable Integer[] {1, null, 2, null, null}) {
      insert(rank);
    }
    assertThat(pagedIds(Page.Request.of(2).orderBy(RANK.asc()))).hasSize(5).doesNotHaveDuplicates();
  }

  @Test
  void keeps_a_text_apart_from_a_null_and_from_the_marks_of_the_cursor() {
    for (@Nullable String label :
        new @Nullable String[] {null, "", "null", "\u001e", "\u001e2", "\u001f", "\u001e1"}) {
      TASK_ROWS.insert(database.get(), new Task(UuidV7.next(), 1, label, 1));
    }
    assertThat(pagedIds(Page.Request.of(1).orderBy(LABEL.desc())))
        .containsExactlyElementsOf(plainIds(List.of(LABEL.desc())));
  }

  /** The collation of the column sorts a before B, the other one after it. */
  @Test
  void goes_on_by_the_collation_of_the_column_or_by_one_of_its_own() {
    for (String label : List.of("b", "B", "a", "A", "C")) {
      TASK_ROWS.insert(database.get(), new Task(UuidV7.next(), 1, label, 1));
    }
    SortField<?> natural = LABEL.asc();
    SortField<?> binary = LABEL.collate("C").asc();
    assertThat(plainIds(List.of(natural))).isNotEqualTo(plainIds(List.of(binary)));
    for (SortField<?> order : List.of(natural, binary)) {
      assertThat(pagedIds(Page.Request.of(2).orderBy(order)))
          .containsExactlyElementsOf(plainIds(List.of(order)));
    }
  }

  @Test
  void reads_a_page_far_behind_from_the_index_alone_also_where_nulls_are_possible() {
    database
        .get()
        .sql()
        .execute(
            """
            insert into tasks select gen_random_uuid(), n, null, n from generate_series(1, 20000) n
            """);
    database.get().sql().execute("analyze tasks");
    assertThat(planFarBehind(GRADE)).contains("ROW(grade, id) > ROW(").doesNotContain("Append");
    assertThat(planFarBehind(RANK)).contains("ROW(rank, id) > ROW(");
  }

  @Test
  void reads_a_page_far_before_from_the_index_alone_too() {
    database
        .get()
        .sql()
        .execute(
            """
            insert into tasks select gen_random_uuid(), n, null, n from generate_series(1, 20000) n
            """);
    database.get().sql().execute("analyze tasks");
    Page.Request request = Page.Request.of(10).where(GRADE.gt(0)).orderBy(GRADE.asc());
    Page<Task> far = page(request.where(GRADE.gt(15_000)).offset(5));
    assertThat(plan(request.before(far.previous().orElseThrow())))
        .contains("Backward", "ROW(grade, id) < ROW(")
        .doesNotContain("Append");
  }

  private String planFarBehind(Field<Integer> column) {
    Page.Request request = Page.Request.of(10).where(column.gt(0)).orderBy(column.asc());
    return plan(request.after(page(request.where(column.gt(15_000))).next().orElseThrow()));
  }

  private String plan(Page.Request request) {
    DSLContext sql = database.get().sql();
    PageCursors cursors =
        PageCursors.of(
            sql.configuration(), "page", TASKS.getQualifiedName().toString(), "Task", null);
    String query =
        Keyset.of(RowMapping.of(TASKS, Task.class), request, ID, cursors)
            .query(sql, TASKS, DSL.noCondition())
            .getSQL(ParamType.INLINED);
    String plan = sql.fetch("explain (analyze, costs off, timing off) " + query).format();
    assertThat(plan).contains("Index Cond").doesNotContain("Seq Scan").doesNotContain("Removed by");
    return plan;
  }

  @Test
  void a_null_in_a_column_declared_not_null_is_an_error_and_loses_no_row() {
    TASK_ROWS.insert(database.get(), new Task(UuidV7.next(), 1, null, 1));
    TASK_ROWS.insert(database.get(), new Task(UuidV7.next(), 1, null, null));
    assertThatThrownBy(
            () -> TASK_ROWS.page(database.get(), Page.Request.of(1).orderBy(GRADE.asc())))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("grade is null");
  }

  @Test
  void an_order_by_an_expression_is_refused_also_under_the_name_of_a_column() {
    for (Field<?> computed :
        List.of(DSL.lower(LABEL), DSL.lower(LABEL).as(LABEL), RANK.cast(SQLDataType.VARCHAR))) {
      assertThatThrownBy(
              () -> TASK_ROWS.page(database.get(), Page.Request.of(1).orderBy(computed.asc())))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("the order names an expression")
          .hasMessageContaining("generated");
    }
  }

  record Gauge(long id, @Nullable Double value, @Nullable Instant at, @Nullable LocalDate day) {}

  @Test
  void goes_on_from_the_odd_values_of_a_type() {
    database
        .get()
        .sql()
        .execute(
            """
            create table gauges (id bigint primary key, value float8, at timestamptz, day date);
            insert into gauges values
              (1, 'NaN', '4713-12-31 BC', '4713-12-31 BC'), (2, '-Infinity', '294276-12-31', null),
              (3, '-0', null, '5874897-12-31'), (4, '0', '0001-01-01 BC', '0001-01-01'),
              (5, 'Infinity', '2026-11-21 12:34:56.123456', '2026-11-21'), (6, 5e-324, null, null),
              (7, null, '2026-11-21 12:34:56.123455', '2026-11-21'), (8, 'NaN', '294276-12-30', null);
            """);
    Field<Long> id = DSL.field(DSL.name("id"), SQLDataType.BIGINT);
    Repository<Gauge, Long> gauges =
        Repository.of(DSL.table(DSL.name("gauges")), Gauge.class).id(id).shared().build();
    for (Field<?> column :
        List.of(
            DSL.field(DSL.name("value"), SQLDataType.DOUBLE),
            DSL.field(DSL.name("at"), SQLDataType.INSTANT),
            DSL.field(DSL.name("day"), SQLDataType.LOCALDATE))) {
      List<Long> expected =
          database.get().sql().select(id).from("gauges").orderBy(column.asc(), id).fetch(id);
      Page.Request request = Page.Request.of(1).orderBy(column.asc());
      List<Long> forward = new ArrayList<>();
      Page<Gauge> page = gauges.page(database.get(), request);
      forward.add(page.rows().get(0).id());
      while (page.next().isPresent()) {
        page = gauges.page(database.get(), request.after(page.next().get()));
        forward.add(page.rows().get(0).id());
      }
      assertThat(forward).as("%s", column).isEqualTo(expected);
      List<Long> backward = new ArrayList<>(List.of(page.rows().get(0).id()));
      while (page.previous().isPresent()) {
        page = gauges.page(database.get(), request.before(page.previous().get()));
        backward.add(0, page.rows().get(0).id());
      }
      assertThat(backward).as("%s backward", column).isEqualTo(expected);
    }
  }

  @Test
  void refuses_a_cursor_made_for_another_place_of_nulls() {
    fill(new Random(1), 10);
    String cursor =
        TASK_ROWS
            .page(database.get(), Page.Request.of(2).orderBy(RANK.asc().nullsFirst()))
            .next()
            .orElseThrow();
    assertThatThrownBy(
            () ->
                TASK_ROWS.page(
                    database.get(), Page.Request.of(2).orderBy(RANK.asc()).after(cursor)))
        .isInstanceOf(InvalidDataException.class);
  }

  private void fill(Random random, int rows) {
    for (int i = 0; i < rows; i++) {
      TASK_ROWS.insert(
          database.get(),
          new Task(
              UuidV7.next(),
              random.nextInt(3) == 0 ? null : random.nextInt(3),
              random.nextInt(3) == 0 ? null : String.valueOf((char) ('x' + random.nextInt(3))),
              random.nextInt(3)));
    }
  }

  private static List<SortField<?>> randomOrder(Random random) {
    List<Field<?>> columns = new ArrayList<>(List.of(RANK, LABEL, GRADE, ID));
    Collections.shuffle(columns, random);
    List<SortField<?>> order = new ArrayList<>();
    for (Field<?> column : columns.subList(0, 1 + random.nextInt(4))) {
      SortField<?> sort = random.nextBoolean() ? column.asc() : column.desc();
      order.add(
          switch (random.nextInt(3)) {
            case 0 -> sort.nullsFirst();
            case 1 -> sort.nullsLast();
            default -> sort;
          });
    }
    return order;
  }

  private Task insert(@Nullable Integer rank) {
    Task task = new Task(UuidV7.next(), rank, null, 1);
    TASK_ROWS.insert(database.get(), task);
    return task;
  }

  private Page<Task> page(Page.Request request) {
    return TASK_ROWS.page(database.get(), request);
  }

  private List<UUID> pagedIds(Page.Request request) {
    int rows = database.get().sql().fetchCount(TASKS);
    List<UUID> ids = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      Page<Task> page = page(next.map(request::after).orElse(request));
      page.rows().forEach(task -> ids.add(task.id()));
      assertThat(ids).as("the rows of all pages so far").hasSizeLessThanOrEqualTo(rows);
      next = page.next();
    } while (next.isPresent());
    return ids;
  }

  private List<UUID> pagedBackIds(Page.Request request) {
    int rows = database.get().sql().fetchCount(TASKS);
    List<UUID> ids = new ArrayList<>();
    Optional<String> previous = Optional.empty();
    do {
      Page<Task> page = page(previous.map(request::before).orElse(request.fromEnd()));
      ids.addAll(0, page.rows().stream().map(Task::id).toList());
      assertThat(ids).as("the rows of all pages so far").hasSizeLessThanOrEqualTo(rows);
      previous = page.previous();
    } while (previous.isPresent());
    return ids;
  }

  private List<UUID> plainIds(List<SortField<?>> order) {
    List<SortField<?>> complete = new ArrayList<>(order);
    complete.add(ID.asc());
    return database.get().sql().select(ID).from(TASKS).orderBy(complete).fetch(ID);
  }
}
