package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jooq.Converter;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SortField;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jooq.impl.TableImpl;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pages by a column that is declared not null, over a table that holds nulls in it. */
class DeclaredNotNullTest {

  private static final Field<Long> ID = DSL.field(DSL.name("id"), SQLDataType.BIGINT);
  private static final Field<Integer> GRADE =
      DSL.field(DSL.name("grade"), SQLDataType.INTEGER.notNull());
  private static final Field<Integer> RANK = DSL.field(DSL.name("rank"), SQLDataType.INTEGER);

  record Job(long id, @Nullable Integer grade, @Nullable Integer rank) {}

  private static final Repository<Job, Long> JOBS =
      Repository.of(DSL.table(DSL.name("jobs")), Job.class).id(ID).shared().build();

  @RegisterExtension
  final FreshDatabase database =
      FreshDatabase.with(
          Migrations.named("jobs")
              .script(
                  "V1__jobs.sql",
                  """
                  create table public.jobs (id bigint primary key, grade int, rank int);
                  insert into public.jobs values
                    (1, 1, 1), (2, 2, 1), (3, 3, 2), (4, 4, 2), (5, null, 2), (6, null, 9);
                  """));

  @Test
  void pages_that_would_end_before_the_nulls_are_refused_instead() {
    for (SortField<?>[] order :
        List.of(
            new SortField<?>[] {GRADE.asc()},
            new SortField<?>[] {RANK.asc(), GRADE.asc()},
            new SortField<?>[] {RANK.desc(), GRADE.asc()})) {
      Page.Request request = Page.Request.of(3).where(RANK.lt(9)).orderBy(order);
      assertThatThrownBy(() -> readAll(request, false))
          .as("%s", List.of(order))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("the sort column grade is null");
    }
    assertThatThrownBy(() -> readAll(Page.Request.of(3).orderBy(GRADE.asc()), false))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("grade is null");
  }

  @Test
  void so_are_pages_that_are_read_from_the_end() {
    Page.Request request = Page.Request.of(3).orderBy(GRADE.desc());
    assertThatThrownBy(() -> readAll(request, true))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("grade is null");
  }

  @Test
  void nulls_that_the_request_leaves_out_are_nobodys_business() {
    for (boolean backward : new boolean[] {false, true}) {
      Page.Request request = Page.Request.of(3).where(ID.lt(5L)).orderBy(GRADE.asc());
      assertThat(readAll(request, backward)).isEqualTo(4);
    }
  }

  @Test
  void the_nulls_behind_a_view_and_under_another_name_are_met_too() {
    database.get().sql().execute("create view seen as select * from jobs where rank < 9");
    for (Table<?> table :
        List.of(
            DSL.table(DSL.name("public", "seen")),
            DSL.table(DSL.name("jobs")).as("j"),
            DSL.table("jobs"))) {
      Repository<Job, Long> jobs = Repository.of(table, Job.class).id(ID).shared().build();
      assertThatThrownBy(() -> readAll(jobs, Page.Request.of(3).orderBy(GRADE.asc()), false))
          .as("%s", table)
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("grade is null");
    }
  }

  /** As jOOQ generates it, with a converter that makes a value of null. */
  private static final class Converted extends TableImpl<Record> {

    private static final long serialVersionUID = 1L;

    final transient Field<Integer> grade =
        createField(
            DSL.name("grade"),
            SQLDataType.INTEGER
                .nullable(false)
                .asConvertedDataType(
                    Converter.of(
                        Integer.class,
                        Integer.class,
                        stored -> stored == null ? -1 : stored,
                        grade -> grade)),
            this,
            "");

    Converted() {
      super(DSL.name("jobs"), DSL.schema(DSL.name("public")));
      createField(DSL.name("id"), SQLDataType.BIGINT.nullable(false), this, "");
      createField(DSL.name("rank"), SQLDataType.INTEGER, this, "");
    }
  }

  @Test
  void a_null_of_which_a_converter_makes_a_value_is_a_null_all_the_same() {
    Converted table = new Converted();
    Repository<Job, Long> jobs = Repository.of(table, Job.class).id(ID).shared().build();
    assertThatThrownBy(() -> readAll(jobs, Page.Request.of(3).orderBy(table.grade.asc()), false))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("grade is null");
  }

  @Test
  void a_column_that_holds_no_nulls_is_paged_to_the_end() {
    database
        .get()
        .sql()
        .execute("delete from jobs where grade is null; alter table jobs alter grade set not null");
    assertThat(readAll(Page.Request.of(3).orderBy(GRADE.asc()), false)).isEqualTo(4);
  }

  private int readAll(Page.Request request, boolean backward) {
    return readAll(JOBS, request, backward);
  }

  private int readAll(Repository<Job, Long> jobs, Page.Request request, boolean backward) {
    Page<Job> page = jobs.page(database.get(), backward ? request.fromEnd() : request);
    int rows = page.rows().size();
    while ((backward ? page.previous() : page.next()).isPresent()) {
      page =
          jobs.page(
              database.get(),
              backward
                  ? request.before(page.previous().orElseThrow())
                  : request.after(page.next().orElseThrow()));
      rows += page.rows().size();
    }
    return rows;
  }
}
