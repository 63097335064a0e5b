package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A row whose version is the last one that its component holds. */
class VersionLimitTest {

  private static final Field<Long> ID = DSL.field(DSL.name("id"), SQLDataType.BIGINT);
  private static final Field<Integer> COUNT = DSL.field(DSL.name("count"), SQLDataType.INTEGER);
  private static final Field<Integer> INT = DSL.field(DSL.name("version"), SQLDataType.INTEGER);
  private static final Field<Long> LONG = DSL.field(DSL.name("version"), SQLDataType.BIGINT);

  private static final Field<Instant> DELETED_AT =
      DSL.field(DSL.name("deleted_at"), SQLDataType.INSTANT);

  record Small(long id, String name, int count, int version) {}

  record Large(long id, String name, int count, long version) {}

  @RegisterExtension
  final FreshDatabase database =
      FreshDatabase.with(
          Migrations.named("limits")
              .script(
                  "V1__limits.sql",
                  """
                  create table public.ints (
                    id bigint primary key, name text not null unique, count int not null,
                    version int not null, deleted_at timestamptz);
                  create table public.longs (like public.ints including all);
                  alter table public.longs alter version type bigint;
                  """));

  @Test
  void an_int_in_a_column_of_ints() {
    check("ints", true, Integer.MAX_VALUE);
  }

  @Test
  void an_int_in_a_wider_column() {
    check("longs", true, Integer.MAX_VALUE);
  }

  @Test
  void a_long() {
    check("longs", false, Long.MAX_VALUE);
  }

  private void check(String table, boolean small, long last) {
    if (small) {
      Repository<Small, Long> rows =
          builder(table, Small.class).version(INT).softDelete(DELETED_AT).build();
      check(table, rows, new Small(1, "a", 1, (int) last), new Small(2, "b", 1, (int) last));
    } else {
      Repository<Large, Long> rows =
          builder(table, Large.class).version(LONG).softDelete(DELETED_AT).build();
      check(table, rows, new Large(1, "a", 1, last), new Large(2, "b", 1, last));
    }
  }

  private static <T> RepositoryBuilder<T, Long> builder(String table, Class<T> type) {
    return Repository.of(DSL.table(DSL.name(table)), type).id(ID).shared();
  }

  private <T> void check(String table, Repository<T, Long> rows, T live, T trashed) {
    rows.insertAll(database.get(), List.of(live, trashed));
    database.get().sql().execute("update " + table + " set deleted_at = now() where id = 2");
    List<?> before = stored(table);
    Map<String, Consumer<Session>> writes = new TreeMap<>();
    writes.put("update", session -> rows.update(session, live));
    writes.put("patch", session -> rows.patch(session, 1L, Patch.of(COUNT, 7)));
    writes.put("upsert", session -> rows.upsert(session, live));
    writes.put("updateAll", session -> rows.updateAll(session, List.of(live), OnStale.REPORT));
    writes.put("upsertAll", session -> rows.upsertAll(session, List.of(live)));
    writes.put("delete", session -> rows.delete(session, 1L));
    writes.put("deleteAll", session -> rows.deleteAll(session, List.of(1L)));
    writes.put("restore", session -> rows.restore(session, 2L));
    writes.forEach(
        (operation, write) ->
            assertThatThrownBy(() -> write.accept(database.get()))
                .as(operation)
                .isInstanceOf(InvalidDataException.class)
                .hasMessageContaining("the version of a row is the last one")
                .hasMessageContaining("." + operation)
                .hasMessageContaining("nothing was written"));
    assertThat(stored(table)).isEqualTo(before);
  }

  @Test
  void another_number_that_is_out_of_range_is_not_taken_for_the_version() {
    database.get().sql().execute("alter table ints add price numeric(3, 1) not null default 1");
    record Priced(long id, String name, int count, @Nullable Double price, int version) {}
    Repository<Priced, Long> rows = builder("ints", Priced.class).version(INT).build();
    Priced one = new Priced(1, "a", 1, 1.0, 1);
    rows.insert(database.get(), one);
    assertThatThrownBy(() -> rows.update(database.get(), new Priced(1, "a", 1, 1e9, 1)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("a number is out of the range of its type");
  }

  private List<?> stored(String table) {
    return database.get().sql().fetch("select * from " + table + " order by id").intoMaps();
  }
}
