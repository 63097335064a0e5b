package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AuditColumnsTest {

  private static final Table<Record> NOTES = DSL.table(DSL.name("notes"));
  private static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  private static final Field<String> TEXT = DSL.field(DSL.name("text"), SQLDataType.VARCHAR);
  private static final Field<Instant> CREATED_AT =
      DSL.field(DSL.name("created_at"), SQLDataType.INSTANT);
  private static final Field<String> CREATED_BY =
      DSL.field(DSL.name("created_by"), SQLDataType.VARCHAR);
  private static final Field<Instant> UPDATED_AT =
      DSL.field(DSL.name("updated_at"), SQLDataType.INSTANT);
  private static final Field<String> UPDATED_BY =
      DSL.field(DSL.name("updated_by"), SQLDataType.VARCHAR);

  private static final Migrations MIGRATIONS =
      Migrations.named("notes")
          .script(
              "V1__notes.sql",
              """
              create table public.notes (
                id uuid primary key, text text,
                created_at timestamptz not null, created_by text,
                updated_at timestamptz not null, updated_by text);
              """);

  record Note(
      UUID id,
      String text,
      @Nullable Instant createdAt,
      @Nullable String createdBy,
      @Nullable Instant updatedAt) {

    static Note of(String text) {
      return new Note(UuidV7.next(), text, Instant.EPOCH, "mallory", Instant.EPOCH);
    }

    Note saying(String other) {
      return new Note(id, other, Instant.EPOCH, "mallory", Instant.EPOCH);
    }
  }

  private static final Repository<Note, UUID> ROWS =
      Repository.of(NOTES, Note.class)
          .id(ID)
          .createdAt(CREATED_AT)
          .createdBy(CREATED_BY)
          .updatedAt(UPDATED_AT)
          .updatedBy(UPDATED_BY)
          .shared()
          .build();

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(MIGRATIONS);

  @Test
  void a_new_row_says_when_and_by_whom_whatever_the_record_says() {
    Note note = Note.of("a");
    ROWS.insert(as("ann"), note);
    assertStamped(note, "a", "ann", "ann", false);
    Note other = Note.of("b");
    assertThat(ROWS.upsert(as("ann"), other))
        .isEqualTo(assertStamped(other, "b", "ann", "ann", false));
  }

  @Test
  void nobody_is_null() {
    Note note = Note.of("a");
    ROWS.insert(database.get(), note);
    assertStamped(note, "a", null, null, false);
  }

  @Test
  void a_change_is_stamped_and_who_made_the_row_stays() {
    Note note = Note.of("a");
    ROWS.insert(as("ann"), note);
    Note updated = ROWS.update(as("bob"), note.saying("b"));
    assertThat(updated).isEqualTo(assertStamped(note, "b", "ann", "bob", true));
    ROWS.patch(as("eve"), note.id(), Patch.of(TEXT, "c"));
    assertStamped(note, "c", "ann", "eve", true);
    ROWS.upsert(as("joe"), note.saying("d"));
    assertStamped(note, "d", "ann", "joe", true);
    ROWS.updateAll(as("kim"), List.of(note.saying("e")), OnStale.FAIL_ALL);
    assertStamped(note, "e", "ann", "kim", true);
    ROWS.upsertAll(as("lea"), List.of(note.saying("f")));
    assertStamped(note, "f", "ann", "lea", true);
  }

  @Test
  void many_new_rows_are_stamped_by_arrays_and_by_copy() {
    for (int number : new int[] {3, 10_000}) {
      List<Note> notes = IntStream.range(0, number).mapToObj(i -> Note.of("n")).toList();
      ROWS.insertAll(as("a\tn\\n"), notes);
      assertStamped(notes.get(2), "n", "a\tn\\n", "a\tn\\n", false);
      ROWS.insertAll(database.get(), notes.stream().map(n -> Note.of("m")).toList());
    }
    assertThat(ROWS.count(database.get(), CREATED_BY.isNull().and(UPDATED_BY.isNull())))
        .isEqualTo(10_003);
  }

  @Test
  void stamps_cannot_be_patched() {
    for (Field<?> stamp : List.of(CREATED_AT, CREATED_BY, UPDATED_AT, UPDATED_BY)) {
      assertThatThrownBy(() -> ROWS.patch(database.get(), UuidV7.next(), Patch.of(stamp, null)))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("the column " + stamp.getName() + " cannot be patched");
    }
  }

  private Session as(String actor) {
    return database.get().withSetting(Session.ACTOR, actor);
  }

  private Note assertStamped(
      Note written,
      String text,
      @Nullable String createdBy,
      @Nullable String updatedBy,
      boolean changed) {
    Note stored = ROWS.get(database.get(), written.id());
    assertThat(stored.text()).isEqualTo(text);
    assertThat(stored.createdBy()).isEqualTo(createdBy);
    assertThat(stored.createdAt()).isCloseTo(Instant.now(), within(Duration.ofMinutes(10)));
    if (changed) {
      assertThat(stored.updatedAt()).isAfter(stored.createdAt());
    } else {
      assertThat(stored.updatedAt()).isEqualTo(stored.createdAt());
    }
    assertThat(
            database
                .get()
                .sql()
                .select(UPDATED_BY)
                .from(NOTES)
                .where(ID.eq(written.id()))
                .fetchSingle(UPDATED_BY))
        .isEqualTo(updatedBy);
    return stored;
  }
}
