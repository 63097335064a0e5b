package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.TableField;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultDataType;
import org.jooq.impl.SQLDataType;
import org.jooq.impl.TableImpl;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a record and its table say of each other, and what is said where they disagree. */
class DeclarationsTest {

  @RegisterExtension
  final FreshDatabase database =
      FreshDatabase.with(
          Migrations.named("people")
              .script(
                  "V1__people.sql",
                  """
                  create extension if not exists citext;
                  create table people (
                    id uuid primary key, "userName" citext not null unique, "wait" double precision,
                    seen timestamptz);
                  """));

  private static final class People extends TableImpl<Record> {
    private static final long serialVersionUID = 1L;

    final TableField<Record, UUID> id =
        createField(DSL.name("id"), SQLDataType.UUID.nullable(false), this, "");
    final TableField<Record, Object> userName =
        createField(
            DSL.name("userName"),
            DefaultDataType.getDefaultDataType("\"public\".\"citext\"").nullable(false),
            this,
            "");

    People() {
      super(DSL.name("people"), DSL.schema(DSL.name("public")));
      createField(DSL.name("wait"), SQLDataType.DOUBLE, this, "");
      createField(DSL.name("seen"), SQLDataType.TIMESTAMPWITHTIMEZONE(6), this, "");
    }
  }

  record Person(
      UUID id, @Column("userName") String userName, @Column("wait") @Nullable Double pause) {}

  record Paused(UUID id, @Column("wait") double pause) {}

  record Demanding(UUID id) {
    Demanding {
      if (id.version() != 4) {
        throw new IllegalArgumentException("secret " + id);
      }
    }
  }

  private static final People PEOPLE = new People();
  private static final Repository<Person, UUID> people =
      Repository.of(PEOPLE, Person.class).id(PEOPLE.id).unique(PEOPLE.userName).shared().build();

  private static Person person(int number, String name) {
    return new Person(new UUID(0, number), name, number + 0.1);
  }

  @Test
  void a_component_may_name_its_column() {
    Person ann = person(1, "Ann");
    people.insert(database.get(), ann);
    people.insertAll(database.get(), List.of(person(2, "Bob")));
    assertThat(people.patch(database.get(), ann.id(), Patch.of(PEOPLE.userName, "Anna")).userName())
        .isEqualTo("Anna");
  }

  @Test
  void an_order_by_a_field_without_a_type_goes_on() {
    List<Person> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      all.add(person(i, "p" + i));
    }
    people.insertAll(database.get(), all);
    Page.Request request = Page.Request.of(2).orderBy(DSL.field(DSL.name("wait")).asc());
    Page<Person> first = people.page(database.get(), request);
    Page<Person> second = people.page(database.get(), request.after(first.next().orElseThrow()));
    assertThat(second.rows()).containsExactly(all.get(2), all.get(3));
  }

  @Test
  void texts_of_citext_that_differ_in_case_are_one_row() {
    assertThatThrownBy(
            () ->
                people.upsertAll(
                    database.get(), List.of(person(1, "Ann"), person(2, "ANN")), PEOPLE.userName))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("more than once");
  }

  @Test
  void a_null_for_a_primitive_names_its_column_and_a_refusing_constructor_itself() {
    people.insert(database.get(), new Person(new UUID(0, 1), "Ann", null));
    Projection<Paused, UUID> paused = people.project(Paused.class);
    assertThatThrownBy(() -> paused.find(database.get(), new UUID(0, 1)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the column wait is null")
        .hasMessageContaining("Paused.pause");
    Projection<Demanding, UUID> demanding = people.project(Demanding.class);
    assertThatThrownBy(() -> demanding.find(database.get(), new UUID(0, 1)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("the constructor of Demanding refuses a row")
        .hasMessageNotContaining("secret");
  }

  record Mistaken(UUID id, @Column("wait") String pause) {}

  @Test
  void a_component_that_cannot_hold_its_column_is_refused_when_the_repository_is_built() {
    assertThatThrownBy(() -> Repository.of(PEOPLE, Mistaken.class))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the component is a String and the column a Double")
        .hasMessageContaining("Mistaken.pause");
    assertThatThrownBy(() -> people.project(Mistaken.class)).isInstanceOf(UsageException.class);
    Field<String> text = DSL.field(DSL.name("seen"), SQLDataType.VARCHAR);
    assertThatThrownBy(() -> Repository.of(PEOPLE, Person.class).createdAt(text))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("RepositoryBuilder.createdAt");
    assertThatThrownBy(() -> Repository.of(PEOPLE, Person.class).softDelete(text))
        .isInstanceOf(UsageException.class);
    assertThat(
            Repository.of(PEOPLE, Person.class)
                .createdAt(DSL.field(DSL.name("seen"), Instant.class)))
        .isNotNull();
  }

  @Test
  void a_constraint_and_a_column_can_be_asked_of_the_error() {
    people.insert(database.get(), person(1, "Ann"));
    InvalidDataException taken =
        catchThrowableOfType(
            InvalidDataException.class, () -> people.insert(database.get(), person(2, "ann")));
    assertThat(taken.constraint()).contains("people_userName_key");
    InvalidDataException missing =
        catchThrowableOfType(
            InvalidDataException.class,
            () ->
                database.get().sql().execute("insert into people (id) values (?)", new UUID(0, 3)));
    assertThat(missing.column()).contains("userName");
    assertThat(missing.constraint()).isEmpty();
  }

  record Loose(@Nullable UUID id, @Column("userName") String userName) {}

  @Test
  @SuppressWarnings("NullAway")
  void a_record_without_an_identifier_is_refused_before_any_io() {
    Repository<Loose, UUID> loose =
        Repository.of(PEOPLE, Loose.class).id(PEOPLE.id).shared().build();
    Database closed = Database.open(database.config().build());
    closed.close();
    assertThatThrownBy(() -> loose.insert(closed, new Loose(null, "a")))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("generated(column)");
    assertThatThrownBy(() -> loose.upsert(closed, new Loose(null, "a")))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> loose.update(closed, new Loose(null, "a")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("identifier of the record");
  }

  @Test
  void names_that_are_looked_up_by_a_value_stay_out_of_messages() {
    assertThatThrownBy(() -> database.get().sql().fetch("select cast(? as regclass)", "s3cret"))
        .isInstanceOf(UsageException.class)
        .hasMessageNotContaining("s3cret");
    assertThatThrownBy(() -> database.get().sql().execute("drop table \"plain name\""))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("plain name");
    assertThatThrownBy(
            () ->
                database
                    .get()
                    .sql()
                    .fetch(
                        "select json_object_agg_unique(k, 1) from (values (?), (?)) v(k)",
                        "s3cret",
                        "s3cret"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageNotContaining("s3cret");
  }
}
