package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jooq.impl.TableImpl;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the database fills in by itself is read, and never written. */
class GeneratedColumnsTest {

  @RegisterExtension
  final FreshDatabase database =
      FreshDatabase.with(
          Migrations.named("bills")
              .script(
                  "V1__bills.sql",
                  """
                  create table bills (
                    id bigint generated always as identity primary key,
                    number text not null unique,
                    price numeric not null,
                    pieces integer not null,
                    total numeric generated always as (price * pieces) stored,
                    made_at timestamptz not null default now(),
                    version integer not null);
                  create table tags (id bigint generated always as identity primary key,
                    name text not null unique);
                  """));

  record Bill(
      @Nullable Long id,
      String number,
      BigDecimal price,
      int pieces,
      @Nullable BigDecimal total,
      @Nullable Instant madeAt,
      int version) {

    static Bill of(String number, int pieces) {
      return new Bill(null, number, new BigDecimal("1.50"), pieces, null, null, 1);
    }

    Bill pieces(int other) {
      return new Bill(id, number, price, other, total, madeAt, version);
    }
  }

  record Tag(@Nullable Long id, String name) {}

  private static final Table<Record> BILLS = DSL.table(DSL.name("bills"));
  private static final Field<Long> ID = DSL.field(DSL.name("id"), SQLDataType.BIGINT);
  private static final Field<String> NUMBER = DSL.field(DSL.name("number"), SQLDataType.VARCHAR);
  private static final Field<BigDecimal> TOTAL = DSL.field(DSL.name("total"), SQLDataType.NUMERIC);
  private static final Field<Instant> MADE_AT = DSL.field(DSL.name("made_at"), SQLDataType.INSTANT);
  private static final Field<Integer> VERSION = DSL.field(DSL.name("version"), SQLDataType.INTEGER);

  private static final Repository<Bill, Long> bills =
      Repository.of(BILLS, Bill.class)
          .id(ID)
          .version(VERSION)
          .unique(NUMBER)
          .generated(ID, TOTAL, MADE_AT)
          .shared()
          .build();

  private static final Repository<Tag, Long> tags =
      Repository.of(DSL.table(DSL.name("tags")), Tag.class)
          .id(ID)
          .unique(DSL.field(DSL.name("name")))
          .generated(ID)
          .shared()
          .build();

  @Test
  void an_insert_returns_the_identifier_and_what_was_computed() {
    Bill stored = bills.insertReturning(database.get(), Bill.of("1", 4));
    assertThat(stored.id()).isEqualTo(1);
    assertThat(stored.total()).isEqualByComparingTo("6");
    assertThat(stored.madeAt()).isNotNull();
    assertThat(bills.get(database.get(), 1L)).isEqualTo(stored);
  }

  @Test
  void an_update_and_a_patch_compute_anew() {
    Bill stored = bills.insertReturning(database.get(), Bill.of("1", 4));
    Bill updated = bills.update(database.get(), stored.pieces(6));
    assertThat(updated.total()).isEqualByComparingTo("9");
    assertThat(updated.id()).isEqualTo(stored.id());
    Patch patch = Patch.of(DSL.field(DSL.name("pieces"), SQLDataType.INTEGER), 2);
    assertThat(bills.patch(database.get(), 1L, patch).total()).isEqualByComparingTo("3");
  }

  @Test
  void many_rows_get_their_identifiers_by_arrays_and_by_copy() {
    List<Bill> few = IntStream.range(0, 10).mapToObj(i -> Bill.of("few " + i, i)).toList();
    List<Bill> many = IntStream.range(0, 10_000).mapToObj(i -> Bill.of("many " + i, i)).toList();
    bills.insertAll(database.get(), few);
    bills.insertAll(database.get(), many);
    assertThat(
            database.get().sql().fetchValue("select count(distinct id) from bills where total > 0"))
        .isEqualTo(10_008L);
    List<Bill> stored = bills.list(database.get(), NUMBER.like("few%"));
    bills.updateAll(
        database.get(), stored.stream().map(b -> b.pieces(2)).toList(), OnStale.FAIL_ALL);
    assertThat(bills.list(database.get(), NUMBER.like("few%")))
        .extracting(Bill::total)
        .containsOnly(new BigDecimal("3.00"));
    assertThat(bills.deleteAll(database.get(), stored.stream().map(Bill::id).toList()))
        .isEqualTo(10);
  }

  @Test
  void many_rows_come_back_in_their_order_with_what_the_server_made_of_them() {
    List<Bill> asked =
        IntStream.range(0, 12_000).mapToObj(i -> Bill.of("n" + (12_000 - i), i)).toList();
    List<Bill> stored = bills.insertAllReturning(database.get(), asked);
    assertThat(stored)
        .extracting(Bill::number)
        .isEqualTo(asked.stream().map(Bill::number).toList());
    assertThat(stored)
        .extracting(Bill::id)
        .isEqualTo(LongStream.rangeClosed(1, 12_000).boxed().toList());
    assertThat(stored.get(9).total()).isEqualByComparingTo("13.5");
    assertThat(bills.list(database.get(), NUMBER.eq("n11991"))).containsExactly(stored.get(9));
  }

  @Test
  void many_rows_that_are_to_come_back_are_written_all_or_none() {
    bills.insert(database.get(), Bill.of("n6000", 1));
    List<Bill> asked = IntStream.range(0, 6_001).mapToObj(i -> Bill.of("n" + i, i)).toList();
    assertThatThrownBy(() -> bills.insertAllReturning(database.get(), asked))
        .isInstanceOf(InvalidDataException.class);
    database
        .get()
        .transaction(
            transaction -> {
              bills.insert(transaction, Bill.of("before", 1));
              assertThatThrownBy(() -> bills.insertAllReturning(transaction, asked))
                  .isInstanceOf(InvalidDataException.class);
              bills.insert(transaction, Bill.of("after", 1));
            });
    assertThat(bills.list(database.get(), DSL.noCondition()))
        .extracting(Bill::number)
        .containsExactly("n6000", "before", "after");
  }

  @Test
  void an_upsert_meets_a_declared_key_and_keeps_the_identifier() {
    Bill stored = bills.insertReturning(database.get(), Bill.of("1", 4));
    Bill met = bills.upsert(database.get(), Bill.of("1", 6), NUMBER);
    assertThat(met.id()).isEqualTo(stored.id());
    assertThat(met.pieces()).isEqualTo(6);
    bills.upsertAll(database.get(), List.of(Bill.of("1", 8), Bill.of("2", 1)), NUMBER);
    assertThat(bills.get(database.get(), 1L).pieces()).isEqualTo(8);
    assertThat(bills.count(database.get(), DSL.noCondition())).isEqualTo(2);
  }

  @Test
  void an_upsert_that_names_no_key_is_refused() {
    assertThatThrownBy(() -> bills.upsert(database.get(), Bill.of("1", 4)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("identifier is generated");
    assertThatThrownBy(() -> bills.upsertAll(database.get(), List.of(Bill.of("1", 4))))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("identifier is generated");
  }

  @Test
  void an_identity_that_was_not_said_to_be_one_is_told_with_the_cure() {
    Repository<Tag, Long> unsaid =
        Repository.of(DSL.table(DSL.name("tags")), Tag.class).id(ID).shared().build();
    assertThatThrownBy(() -> unsaid.insert(database.get(), new Tag(7L, "red")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("RepositoryBuilder.generated(column)");
    assertThatThrownBy(() -> unsaid.insert(database.get(), new Tag(null, "red")))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("generated(column)");
  }

  @Test
  void a_patch_of_a_generated_column_is_refused() {
    assertThatThrownBy(() -> bills.patch(database.get(), 1L, Patch.of(TOTAL, new BigDecimal("1"))))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("generated column");
  }

  @Test
  void a_row_of_nothing_but_its_keys_is_written_as_it_is() {
    Tag stored = tags.insertReturning(database.get(), new Tag(null, "red"));
    assertThat(tags.upsert(database.get(), new Tag(null, "red"), DSL.field(DSL.name("name"))))
        .isEqualTo(stored);
    tags.upsertAll(database.get(), List.of(new Tag(null, "red")), DSL.field(DSL.name("name")));
    assertThat(tags.update(database.get(), new Tag(stored.id(), "blue")).name()).isEqualTo("blue");
  }

  @Test
  void a_column_has_one_role_and_something_is_written() {
    RepositoryBuilder<Bill, Long> versions =
        Repository.of(BILLS, Bill.class).id(ID).version(VERSION).generated(VERSION).shared();
    assertThatThrownBy(versions::build)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("version has two roles");
    RepositoryBuilder<Tag, Long> nothing =
        Repository.of(DSL.table(DSL.name("tags")), Tag.class)
            .id(ID)
            .generated(ID, DSL.field(DSL.name("name")))
            .shared();
    assertThatThrownBy(nothing::build)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("fills in every column");
  }

  /** As jOOQ generates it with its read-only columns. */
  private static final class Bills extends TableImpl<Record> {
    private static final long serialVersionUID = 1L;

    final TableField<Record, Long> id =
        createField(DSL.name("id"), SQLDataType.BIGINT.nullable(false).identity(true), this, "");

    Bills() {
      super(DSL.name("bills"), DSL.schema(DSL.name("public")));
      createField(DSL.name("number"), SQLDataType.CLOB.nullable(false), this, "");
      createField(DSL.name("price"), SQLDataType.NUMERIC.nullable(false), this, "");
      createField(DSL.name("pieces"), SQLDataType.INTEGER.nullable(false), this, "");
      createField(DSL.name("total"), SQLDataType.NUMERIC.readonly(true), this, "");
      createField(
          DSL.name("made_at"),
          SQLDataType.TIMESTAMPWITHTIMEZONE(6).nullable(false).readonly(true),
          this,
          "");
      createField(DSL.name("version"), SQLDataType.INTEGER.nullable(false), this, "");
    }
  }

  @Test
  void columns_that_a_generated_table_declares_read_only_need_not_be_named() {
    Bills table = new Bills();
    Repository<Bill, Long> generated =
        Repository.of(table, Bill.class).id(table.id).generated(table.id).shared().build();
    assertThat(generated.insertReturning(database.get(), Bill.of("1", 4)).total())
        .isEqualByComparingTo("6");
  }
}
