package dev.tenon.core;

import static dev.tenon.core.Hosts.HOSTS;
import static dev.tenon.core.Hosts.NAME;
import static dev.tenon.core.Hosts.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Hosts.Host;
import dev.tenon.core.Things.Line;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole text of what bad input is told. */
class BadInputTest {

  private static final String QUOTES = "\"\"\"'; drop table things; --";

  private static final Table<Record> QUOTED = DSL.table(DSL.name(QUOTES));
  private static final Field<Long> ID = DSL.field(DSL.name("id"), SQLDataType.BIGINT);
  private static final Field<Instant> QUOTED_AT =
      DSL.field(DSL.name("\"at\"" + QUOTES), SQLDataType.INSTANT);

  private static final Migrations QUOTED_MIGRATIONS =
      Migrations.named("quoted")
          .script(
              "V1__quoted.sql",
              "create table "
                  + QUOTED
                  + " (id bigint primary key, name text, "
                  + QUOTED_AT
                  + " timestamptz);");

  record Named(long id, @Nullable String name) {}

  @RegisterExtension
  final FreshDatabase database =
      FreshDatabase.with(Hosts.MIGRATIONS, Things.MIGRATIONS, QUOTED_MIGRATIONS);

  @Test
  void an_unknown_column_in_a_patch() {
    for (String column : List.of("colour", QUOTES)) {
      Patch patch = Patch.of(DSL.field(DSL.name(column), SQLDataType.VARCHAR), "red");
      assertThatThrownBy(() -> REPOSITORY.patch(database.get(), UuidV7.next(), patch))
          .isInstanceOf(UsageException.class)
          .hasMessage(
              """
              there is no column %s
                where: Repository of Host.patch
                why: no component of Host maps to it
                fix: patch one of [id, name, cores, seen_at, version]"""
                  .formatted(column));
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  record Numbered(UUID id, int[][] numbers) {}

  @Test
  void an_array_of_a_record_is_called_as_in_its_source() {
    assertThatThrownBy(() -> Repository.of(HOSTS, Numbered.class))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("[] cannot be mapped to a column")
        .hasMessageNotContaining("[I");
  }

  @Test
  void an_option_that_is_out_of_its_range_is_told_with_the_call_that_set_it() {
    Transaction.Options options = Transaction.Options.defaults();
    Map<String, ThrowingCallable> calls =
        Map.of(
            "Page.Request.of", () -> Page.Request.of(0),
            "Page.Request.offset", () -> Page.Request.of(1).offset(-1),
            "Transaction.Options.withTimeout", () -> options.withTimeout(Duration.ZERO),
            "Transaction.Options.withStatementTimeout",
                () -> options.withStatementTimeout(Duration.ZERO),
            "Transaction.Options.withLockTimeout", () -> options.withLockTimeout(Duration.ZERO));

    calls.forEach(
        (place, call) ->
            assertThatThrownBy(call)
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("where: " + place + "\n"));
  }

  record Loose(UUID id, String name, Instant seenAt, @Nullable Integer version) {}

  @Test
  void a_version_that_is_null() {
    Repository<Loose, UUID> rows =
        Repository.of(HOSTS, Loose.class).id(Hosts.ID).version(Hosts.VERSION).shared().build();
    Loose loose =
        new Loose(
            UUID.fromString("01234567-89ab-7cde-8f01-23456789abcd"), "a", Instant.EPOCH, null);
    for (String operation : List.of("insert", "update")) {
      assertThatThrownBy(
              () -> {
                if (operation.equals("insert")) {
                  rows.insert(database.get(), loose);
                } else {
                  rows.update(database.get(), loose);
                }
              })
          .isInstanceOf(InvalidDataException.class)
          .hasMessage(
              """
              Loose 01234567-89ab-7cde-8f01-23456789abcd has no version
                where: Repository of Loose.%s
                why: its version is null, so nobody could tell whether the row was changed meanwhile
                fix: give a new row the version 1, and keep the version of a row that was read"""
                  .formatted(operation));
    }
  }

  @Test
  void an_identifier_that_the_server_would_cut() {
    String longest = "é".repeat(31) + "x";
    String cut = longest + "y";
    String message =
        """
        the name %s has 64 bytes
          where: repository of %s
          why: PostgreSQL keeps 63 and drops the rest, so that it names something else
          fix: name the table and its columns in 1 to 63 bytes of UTF-8, without U+0000""";
    assertThatThrownBy(() -> named(DSL.table(DSL.name(cut))).build())
        .isInstanceOf(UsageException.class)
        .hasMessage(message.formatted(cut, cut));
    assertThatThrownBy(() -> named(DSL.table(DSL.name(cut, "t"))).build())
        .isInstanceOf(UsageException.class)
        .hasMessage(message.formatted(cut, "t"));
    assertThatThrownBy(
            () -> named(QUOTED).softDelete(DSL.field(DSL.name(cut), SQLDataType.INSTANT)).build())
        .isInstanceOf(UsageException.class)
        .hasMessage(message.formatted(cut, QUOTES));
    named(DSL.table(DSL.name(longest))).build();
  }

  @Test
  void an_identifier_that_is_none() {
    for (String none : List.of("", "a\u0000")) {
      assertThatThrownBy(() -> named(DSL.table(DSL.name(none))).build())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("fix: name the table and its columns in 1 to 63 bytes of UTF-8");
    }
  }

  private static RepositoryBuilder<Named, Long> named(Table<Record> table) {
    return Repository.of(table, Named.class).id(ID).shared();
  }

  @Test
  void an_identifier_made_of_quotes_is_one_like_any_other() {
    Repository<Named, Long> rows = named(QUOTED).softDelete(QUOTED_AT).unique(NAME).build();
    database.get().sql().execute(rows.uniqueSql());
    rows.insert(database.get(), new Named(1, "one"));
    rows.upsert(database.get(), new Named(9, "one"), NAME);
    rows.insertAll(database.get(), List.of(new Named(2, "two"), new Named(3, "three")));
    rows.patch(database.get(), 2L, Patch.of(NAME, "zwei"));
    rows.updateAll(database.get(), List.of(new Named(3, "drei")), OnStale.FAIL_ALL);
    rows.delete(database.get(), 1L);
    rows.insertAll(
        database.get(), LongStream.range(10, 10_010).mapToObj(id -> new Named(id, null)).toList());
    Page.Request request = Page.Request.of(1).where(ID.lt(10L)).orderBy(NAME.asc());
    Page<Named> first = rows.page(database.get(), request);
    assertThat(first.rows()).containsExactly(new Named(3, "drei"));
    assertThat(rows.page(database.get(), request.after(first.next().orElseThrow())).rows())
        .containsExactly(new Named(2, "zwei"));
    assertThat(rows.trash(database.get(), Page.Request.of(2)).rows())
        .containsExactly(new Named(1, "one"));
    assertThat(rows.restore(database.get(), 1L)).isEqualTo(new Named(1, "one"));
    assertThat(database.get().sql().fetchCount(Things.BY_HAND)).isZero();
  }

  @Test
  void a_document_with_a_character_that_the_server_cannot_store() {
    Things.Thing typed = withLines(List.of(new Line("fine", 1), new Line("zero \u0000", 2)));
    String message =
        """
        the document contains the character U+0000, at $/1/text
          where: column lines of Thing%s
          why: PostgreSQL stores no such character in a text
          fix: remove it, or keep bytes as Base64""";
    assertThatThrownBy(() -> Things.HAND_ROWS.insert(database.get(), typed))
        .isInstanceOf(InvalidDataException.class)
        .hasMessage(message.formatted(""));
    assertThatThrownBy(() -> Things.HAND_ROWS.insertAll(database.get(), List.of(typed)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessage(message.formatted(", in Thing 1"));
    assertThatThrownBy(
            () ->
                Things.HAND_ROWS.insertAll(
                    database.get(),
                    Stream.concat(
                            LongStream.range(10, 10_010).mapToObj(Things::blank), Stream.of(typed))
                        .toList()))
        .isInstanceOf(InvalidDataException.class)
        .hasMessage(message.formatted(""));
    assertThat(database.get().sql().fetchCount(Things.BY_HAND)).isZero();
  }

  private static Things.Thing withLines(List<Line> lines) {
    return new Things.Thing(
        1, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null, null, null, null, null, null, null, lines, null);
  }

  @Test
  void a_raw_document_and_a_text_with_that_character() {
    Field<JSONB> notes = DSL.field(DSL.name("notes"), SQLDataType.JSONB);
    JSONB hostile = JSONB.valueOf("{\"fine\\\\u0000\": [1, {\"k\\u0000\": 2}]}");
    assertThatThrownBy(() -> Things.HAND_ROWS.patch(database.get(), 1L, Patch.of(notes, hostile)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageStartingWith("the document contains the character U+0000, at $/fine")
        .hasMessageContaining("column notes of Thing");
    assertThatThrownBy(
            () -> REPOSITORY.patch(database.get(), UuidV7.next(), Patch.of(NAME, "a\u0000b")))
        .isInstanceOf(InvalidDataException.class)
        .hasMessage(
            """
            a text contains the character U+0000, at character 1
              where: column name of Host
              why: PostgreSQL stores no such character in a text
              fix: remove it, or store the bytes in a bytea""");
    assertThatThrownBy(() -> REPOSITORY.insertAll(database.get(), List.of(Host.named("\u0000"))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("column name of Host, in Host ");
  }
}
