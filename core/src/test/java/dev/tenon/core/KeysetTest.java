package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
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
    for (int trial = 0; trial < 150; trial++) {
      List<SortField<?>> order = randomOrder(random);
      Page.Request request =
          Page.Request.of(1 + random.nextInt(7)).orderBy(order.toArray(SortField<?>[]::new));
      assertThat(pagedIds(request))
          .as("%s, pages of %d", order, request.size())
          .containsExactlyElementsOf(plainIds(order));
    }
  }

  @Test
  void rows_with_nulls_follow_the_last_row_without_one() {
    for (@Nullable Integer rank : new @Nullable Integer[] {1, null, 2, null, null}) {
      TASK_ROWS.insert(database.get(), new Task(UuidV7.next(), rank, null, 1));
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

  private String planFarBehind(Field<Integer> column) {
    Page.Request request = Page.Request.of(10).where(column.gt(0)).orderBy(column.asc());
    Page.Request near = Page.Request.of(10).where(column.gt(15_000)).orderBy(column.asc());
    String cursor = TASK_ROWS.page(database.get(), near).next().orElseThrow();
    String query =
        Keyset.of(RowMapping.of(TASKS, Task.class), request.after(cursor), ID)
            .query(database.get().sql(), TASKS, DSL.noCondition())
            .getSQL(ParamType.INLINED);
    String plan =
        database.get().sql().fetch("explain (analyze, costs off, timing off) " + query).format();
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

  private List<UUID> pagedIds(Page.Request request) {
    int rows = database.get().sql().fetchCount(TASKS);
    List<UUID> ids = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      Page<Task> page = TASK_ROWS.page(database.get(), next.map(request::after).orElse(request));
      page.rows().forEach(task -> ids.add(task.id()));
      assertThat(ids).as("the rows of all pages so far").hasSizeLessThanOrEqualTo(rows);
      next = page.next();
    } while (next.isPresent());
    return ids;
  }

  private List<UUID> plainIds(List<SortField<?>> order) {
    List<SortField<?>> complete = new ArrayList<>(order);
    complete.add(ID.asc());
    return database.get().sql().select(ID).from(TASKS).orderBy(complete).fetch(ID);
  }
}
