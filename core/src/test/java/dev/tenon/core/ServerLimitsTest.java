package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits of the server that a value goes past, and those that a statement does. */
class ServerLimitsTest {

  @RegisterExtension
  final FreshDatabase database =
      FreshDatabase.with(
          Migrations.named("notes")
              .script(
                  "V1__notes.sql",
                  """
                  create table notes (
                    id text primary key,
                    body text not null,
                    words tsvector generated always as (to_tsvector('simple', body)) stored);
                  create table tags (id text primary key, tags text[] not null);
                  create index tags_tags on tags using gin (tags);
                  """));

  record Note(String id, String body) {}

  record Tagged(String id, List<String> tags) {}

  private static final Field<String> ID = DSL.field(DSL.name("id"), SQLDataType.VARCHAR);

  private static final Repository<Note, String> NOTES =
      Repository.of(DSL.table(DSL.name("notes")), Note.class).id(ID).shared().build();
  private static final Repository<Tagged, String> TAGS =
      Repository.of(DSL.table(DSL.name("tags")), Tagged.class).id(ID).shared().build();

  /** Of letters that the server cannot compress. */
  private static String letters(int count) {
    return new Random(1)
        .ints(count, 'a', 'z' + 1)
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }

  @Test
  void a_key_that_no_index_holds_is_bad_data_and_the_key_is_named() {
    Note note = new Note(letters(4_000), "short");
    for (ThrowingCallable write : writesOf(note)) {
      InvalidDataException refused = catchThrowableOfType(InvalidDataException.class, write);
      assertThat(refused.sqlState()).contains("54000");
      assertThat(refused.constraint()).contains("notes_pkey");
      assertThat(refused)
          .hasMessageContaining("constraint notes_pkey")
          .hasMessageContaining("table notes")
          .hasMessageContaining("shorten the value");
      assertThat(refused.getMessage()).doesNotContain(note.id().substring(0, 20));
    }
    assertThat(NOTES.count(database.get(), DSL.noCondition())).isZero();
  }

  @Test
  void a_key_of_more_than_a_page_is_bad_data() {
    for (ThrowingCallable write : writesOf(new Note(letters(30_000), "short"))) {
      assertThatThrownBy(write)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("54000");
    }
  }

  @Test
  void a_text_of_too_many_words_is_bad_data() {
    String words =
        IntStream.range(0, 250_000).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
    for (ThrowingCallable write : writesOf(new Note("1", words))) {
      assertThatThrownBy(write)
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("too long for tsvector")
          .hasMessageContaining("notes");
    }
  }

  @Test
  void an_element_that_a_gin_index_does_not_hold_is_bad_data() {
    assertThatThrownBy(() -> TAGS.insert(database.get(), new Tagged("1", List.of(letters(10_000)))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("54000");
  }

  @Test
  void a_statement_that_is_too_large_is_still_the_fault_of_the_code() {
    String columns =
        IntStream.range(0, 1_700).mapToObj(i -> "c" + i + " int").collect(Collectors.joining(", "));
    assertThatThrownBy(() -> database.get().sql().execute("create table wide (" + columns + ")"))
        .isInstanceOf(UsageException.class);
  }

  private List<ThrowingCallable> writesOf(Note note) {
    Database db = database.get();
    return List.of(
        () -> NOTES.insert(db, note),
        () -> NOTES.upsert(db, note),
        () -> NOTES.insertAll(db, List.of(new Note("0", ""), note)),
        () -> NOTES.upsertAll(db, List.of(new Note("0", ""), note)));
  }
}
