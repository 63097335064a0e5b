package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jooq.impl.TableImpl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A char(n) comes back with blanks that it is not compared with. */
class BlankPaddedTest {

  record Code(String code, int grade) {}

  record Entry(int id, String code) {}

  /** As jOOQ generates them. */
  private static final class Codes extends TableImpl<Record> {

    private static final long serialVersionUID = 1L;

    final transient Field<Integer> id =
        createField(DSL.name("id"), SQLDataType.INTEGER.nullable(false), this, "");
    final transient Field<String> code;

    Codes(String name, DataType<String> type) {
      super(DSL.name(name), DSL.schema(DSL.name("public")));
      this.code = createField(DSL.name("code"), type, this, "");
      createField(DSL.name("grade"), SQLDataType.INTEGER, this, "");
    }
  }

  private static final Codes CODES = new Codes("codes", SQLDataType.CHAR(5).notNull());

  private static final Repository<Code, String> KEYED =
      Repository.of(CODES, Code.class).id(CODES.code).shared().build();

  @RegisterExtension
  final FreshDatabase database =
      FreshDatabase.with(
          Migrations.named("codes")
              .script(
                  "V1__codes.sql",
                  """
                  create table codes (code char(5) primary key, grade int not null);
                  create table entries (id int primary key, code char(5) not null, grade int);
                  """));

  @Test
  void a_key_is_found_with_its_blanks_and_without_by_one_and_by_many() {
    KEYED.insertAll(database.get(), List.of(new Code("ab", 1), new Code("abc", 2)));
    Code stored = KEYED.get(database.get(), "ab");
    assertThat(stored.code()).isEqualTo("ab   ");
    assertThat(KEYED.find(database.get(), stored.code())).contains(stored);
    assertThat(KEYED.findAll(database.get(), List.of(stored.code(), "abc"))).hasSize(2);
    Code changed = new Code(stored.code(), 7);
    assertThat(KEYED.updateAll(database.get(), List.of(changed), OnStale.FAIL_ALL).written())
        .isEqualTo(1);
    KEYED.upsertAll(database.get(), List.of(new Code("ab ", 8)));
    assertThat(KEYED.get(database.get(), "ab").grade()).isEqualTo(8);
    assertThat(KEYED.deleteAll(database.get(), List.of(stored.code()))).isEqualTo(1);
  }

  @Test
  void one_key_with_and_without_blanks_is_one_row_twice() {
    assertThatThrownBy(
            () -> KEYED.upsertAll(database.get(), List.of(new Code("ab", 1), new Code("ab  ", 2))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("more than once");
  }

  @Test
  void pages_meet_every_row_once_in_both_directions() {
    Codes notNull = new Codes("entries", SQLDataType.CHAR(5).notNull());
    Codes nullable = new Codes("entries", SQLDataType.CHAR(5));
    database
        .get()
        .sql()
        .execute(
            "insert into entries select n, substr('abcab', 1, 1 + n % 3) from generate_series(1, 13)"
                + " n");
    for (Codes entries : List.of(notNull, nullable)) {
      Repository<Entry, Integer> rows =
          Repository.of(entries, Entry.class).id(entries.id).shared().build();
      for (int size : new int[] {1, 2, 5}) {
        assertMet(rows, Page.Request.of(size).orderBy(entries.code.asc()));
        assertMet(rows, Page.Request.of(size).orderBy(entries.code.desc()));
        assertMet(
            rows, Page.Request.of(size).where(DSL.trueCondition()).orderBy(entries.code.asc()));
      }
    }
  }

  private void assertMet(Repository<Entry, Integer> rows, Page.Request request) {
    List<Integer> met = new ArrayList<>();
    Page<Entry> page = rows.page(database.get(), request);
    page.rows().forEach(row -> met.add(row.id()));
    while (page.next().isPresent() && met.size() <= 13) {
      page = rows.page(database.get(), request.after(page.next().get()));
      page.rows().forEach(row -> met.add(row.id()));
    }
    assertThat(met)
        .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, 13).boxed().toList());
  }
}
