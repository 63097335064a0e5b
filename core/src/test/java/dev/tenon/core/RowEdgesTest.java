package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jooq.impl.TableImpl;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that a trigger keeps, that appear meanwhile, or that two names stand for. */
@Timeout(60)
class RowEdgesTest {

  @RegisterExtension
  final FreshDatabase database =
      FreshDatabase.with(
          Migrations.named("edges")
              .script(
                  "V1__edges.sql",
                  """
                  create table trashed (
                    c0 int primary key, name text not null, deleted_at timestamptz);
                  create table referring (
                    id int primary key references trashed on delete restrict);
                  create table items (id int primary key, name text not null);
                  create table numbered (
                    id bigint generated always as identity primary key, name text);
                  create table digits (id int primary key, name int);
                  create table floats (id double precision primary key, name text);
                  create table documents (
                    id int primary key, ints int[], part jsonb, waits interval[]);
                  """));

  record Trashed(int c0, String name, @Nullable Instant deletedAt) {}

  record Item(int id, String name) {}

  record Numbered(long id, String name) {}

  record Floats(double id, String name) {}

  record Part(int size) {}

  record Documents(
      int id, @Nullable List<Integer> ints, @Nullable Part part, @Nullable List<Duration> waits) {}

  private static final Repository<Trashed, Integer> trash =
      Repository.of(DSL.table(DSL.name("trashed")), Trashed.class)
          .id(DSL.field(DSL.name("c0"), SQLDataType.INTEGER))
          .softDelete(DSL.field(DSL.name("deleted_at"), SQLDataType.INSTANT))
          .shared()
          .build();
  private static final Repository<Item, Integer> items = byInteger("items", Item.class);
  private static final Repository<Documents, Integer> documents =
      byInteger("documents", Documents.class);
  private static final Repository<Floats, Double> floats =
      Repository.of(DSL.table(DSL.name("floats")), Floats.class)
          .id(DSL.field(DSL.name("id"), SQLDataType.DOUBLE))
          .shared()
          .build();

  private static <T> Repository<T, Integer> byInteger(String table, Class<T> type) {
    return Repository.of(DSL.table(DSL.name(table)), type)
        .id(DSL.field(DSL.name("id"), SQLDataType.INTEGER))
        .shared()
        .build();
  }

  private void sql(String statement) {
    database.get().sql().execute(statement);
  }

  private void putIntoTheTrash(int count) {
    sql(
        "insert into trashed select n, 'n', now() - interval '99 days' from generate_series(1, "
            + count
            + ") n");
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5_001})
  void a_purge_says_that_a_trigger_kept_the_rows(int count) {
    sql(
        """
        create function keep() returns trigger language plpgsql as 'begin return null; end';
        create trigger keep before delete on trashed for each row execute function keep();
        """);
    putIntoTheTrash(count);
    assertThatThrownBy(() -> trash.purge(database.get()))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("a trigger, a rule or a policy");
  }

  @Test
  void a_purge_goes_past_a_row_that_is_referred_to_whatever_the_identifier_is_called() {
    putIntoTheTrash(11_901);
    sql("insert into referring values (7000)");
    assertThatThrownBy(() -> trash.purge(database.get()))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("1 rows of the trash")
        .hasMessageContaining("the 11900 others");
    assertThat(database.get().sql().fetchCount(DSL.table("trashed"))).isEqualTo(1);
  }

  /** The first row appears while the call waits for the second, and is another's by then. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void deleting_many_waits_for_no_row_behind_another(boolean upsert) throws Exception {
    List<Item> both = List.of(new Item(1, "a"), new Item(2, "b"));
    items.insert(database.get(), both.get(1));
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      Future<Long> deleted =
          database
              .get()
              .transactionResult(
                  holder -> {
                    items.lock(holder, 2);
                    Future<Long> deleting =
                        executor.submit(() -> items.deleteAll(database.get(), List.of(1, 2)));
                    awaitWaiting(1);
                    items.insert(database.get(), both.get(0));
                    executor.execute(
                        () -> {
                          if (upsert) {
                            items.upsertAll(database.get(), both);
                          } else {
                            items.updateAll(database.get(), both, OnStale.REPORT);
                          }
                        });
                    awaitWaiting(2);
                    return deleting;
                  });
      assertThat(deleted.get(30, TimeUnit.SECONDS)).isEqualTo(1);
    } finally {
      executor.shutdown();
      assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(items.find(database.get(), 1)).isPresent();
  }

  private void awaitWaiting(int count) {
    while (database
            .get()
            .sql()
            .fetchSingle(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                    + " and datname = current_database()")
            .get(0, Integer.class)
        < count) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10_000})
  void an_identity_column_takes_no_value_however_many_rows_there_are(int count) {
    Repository<Numbered, Long> rows =
        Repository.of(DSL.table(DSL.name("numbered")), Numbered.class)
            .id(DSL.field(DSL.name("id"), SQLDataType.BIGINT))
            .shared()
            .build();
    assertThatThrownBy(
            () ->
                rows.insertAll(
                    database.get(),
                    IntStream.range(0, count).mapToObj(i -> new Numbered(i, "n")).toList()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("generated(");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10_000})
  void a_text_is_no_number_however_many_rows_there_are(int count) {
    Repository<Item, Integer> rows = byInteger("digits", Item.class);
    assertThatThrownBy(
            () ->
                rows.insertAll(
                    database.get(),
                    IntStream.range(0, count).mapToObj(i -> new Item(i, "1")).toList()))
        .isInstanceOf(UsageException.class)
        .satisfies(error -> assertThat(((UsageException) error).sqlState()).contains("42804"));
  }

  @Test
  void two_zeros_are_one_row() {
    floats.insert(database.get(), new Floats(0.0, "zero"));
    List<Floats> twice = List.of(new Floats(0.0, "a"), new Floats(-0.0, "b"));
    assertThat(floats.findAll(database.get(), List.of(0.0, -0.0))).hasSize(1);
    for (Throwable refused :
        List.of(
            catchThrowable(() -> floats.upsertAll(database.get(), twice)),
            catchThrowable(() -> floats.updateAll(database.get(), twice, OnStale.REPORT)),
            catchThrowable(() -> floats.deleteAll(database.get(), List.of(0.0, -0.0))))) {
      assertThat(refused)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("more than once");
    }
  }

  @Test
  void two_keys_that_the_column_rounds_to_one_are_one_row() {
    sql("create table rounded (id numeric(12, 2) primary key, name text)");
    Repository<Rounded, BigDecimal> rows =
        Repository.of(DSL.table(DSL.name("rounded")), Rounded.class)
            .id(DSL.field(DSL.name("id"), SQLDataType.NUMERIC))
            .shared()
            .build();
    assertThatThrownBy(
            () ->
                rows.upsertAll(
                    database.get(),
                    List.of(
                        new Rounded(new BigDecimal("1.001"), "a"),
                        new Rounded(new BigDecimal("1.002"), "b"))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("one row to the server");
  }

  record Rounded(BigDecimal id, String name) {}

  @Test
  void a_row_without_a_version_is_changed_by_none_and_not_by_many_either() {
    sql("create table versioned (id int primary key, version bigint)");
    sql("insert into versioned values (1, null)");
    Repository<Versioned, Integer> rows =
        Repository.of(DSL.table(DSL.name("versioned")), Versioned.class)
            .id(DSL.field(DSL.name("id"), SQLDataType.INTEGER))
            .version(DSL.field(DSL.name("version"), SQLDataType.BIGINT))
            .shared()
            .build();
    assertThatThrownBy(
            () -> rows.updateAll(database.get(), List.of(new Versioned(1, 0)), OnStale.REPORT))
        .isInstanceOf(ServerException.class);
    assertThatThrownBy(() -> rows.update(database.get(), new Versioned(1, 0)))
        .isInstanceOf(ServerException.class);
  }

  record Versioned(int id, long version) {}

  @Test
  void a_patch_of_a_list_takes_elements_and_no_text_of_them() {
    Documents row = new Documents(1, List.of(7), new Part(1), List.of(Duration.ofMinutes(5)));
    documents.insert(database.get(), row);
    assertThat(documents.get(database.get(), 1)).isEqualTo(row);
    Field<Object> ints = DSL.field(DSL.name("ints"));
    for (List<?> wrong : List.of(List.of("1,2"), List.of("}"), List.of("null"), List.of("\""))) {
      assertThatThrownBy(() -> documents.patch(database.get(), 1, Patch.of(ints, (Object) wrong)))
          .isInstanceOf(UsageException.class);
    }
    assertThat(documents.patch(database.get(), 1, Patch.of(ints, (Object) List.of(1, 2))).ints())
        .containsExactly(1, 2);
  }

  @Test
  void a_patch_by_a_document_that_is_null_is_refused() {
    documents.insert(database.get(), new Documents(1, null, new Part(1), null));
    Field<JSONB> part = DSL.field(DSL.name("part"), SQLDataType.JSONB);
    assertThatThrownBy(
            () -> documents.patch(database.get(), 1, Patch.of(part, JSONB.valueOf("null"))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("null");
    assertThat(documents.get(database.get(), 1).part()).isEqualTo(new Part(1));
  }

  private static final class Declared extends TableImpl<Record> {
    private static final long serialVersionUID = 1L;

    final TableField<Record, Integer> id =
        createField(DSL.name("id"), SQLDataType.INTEGER, this, "");

    Declared(DataType<?> value) {
      super(DSL.name("declared"));
      createField(DSL.name("value"), value, this, "");
    }
  }

  record OfLong(int id, Long value) {}

  record OfInteger(int id, Integer value) {}

  record OfDouble(int id, Double value) {}

  record OfFloat(int id, Float value) {}

  record OfBigDecimal(int id, BigDecimal value) {}

  @Test
  void a_component_that_would_round_what_its_column_declares_is_refused() {
    Map<DataType<?>, List<Class<?>>> refused =
        Map.of(
            SQLDataType.NUMERIC,
            List.of(OfLong.class, OfInteger.class, OfDouble.class, OfFloat.class),
            SQLDataType.NUMERIC(12, 2),
            List.of(OfLong.class, OfDouble.class),
            SQLDataType.DOUBLE,
            List.of(OfFloat.class, OfBigDecimal.class, OfLong.class),
            SQLDataType.REAL,
            List.of(OfDouble.class, OfBigDecimal.class, OfInteger.class),
            SQLDataType.BIGINT,
            List.of(OfFloat.class, OfDouble.class));
    refused.forEach(
        (column, types) ->
            types.forEach(
                type ->
                    assertThatThrownBy(() -> build(column, type))
                        .as("%s over %s", type.getSimpleName(), column)
                        .isInstanceOf(UsageException.class)
                        .hasMessageContaining("value")));
    build(SQLDataType.NUMERIC, OfBigDecimal.class);
    build(SQLDataType.NUMERIC(12, 0), OfLong.class);
    build(SQLDataType.BIGINT, OfInteger.class);
    build(SQLDataType.BIGINT, OfBigDecimal.class);
    build(SQLDataType.DOUBLE, OfDouble.class);
    build(SQLDataType.REAL, OfFloat.class);
  }

  private static <T> void build(DataType<?> column, Class<T> type) {
    Declared table = new Declared(column);
    Repository.of(table, type).id(table.id).shared().build();
  }
}
