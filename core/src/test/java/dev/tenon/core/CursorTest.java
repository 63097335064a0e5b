package dev.tenon.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CursorTest {

  private static final Table<Record> NOTES = DSL.table(DSL.name("notes"));
  private static final Table<Record> COPIES = DSL.table(DSL.name("copies"));
  private static final Field<UUID> ID = DSL.field(DSL.name("id"), SQLDataType.UUID);
  private static final Field<String> TEXT = DSL.field(DSL.name("text"), SQLDataType.VARCHAR);
  private static final Field<Instant> AT = DSL.field(DSL.name("at"), SQLDataType.INSTANT);
  private static final Field<Instant> DELETED_AT =
      DSL.field(DSL.name("deleted_at"), SQLDataType.INSTANT);

  private static final Migrations MIGRATIONS =
      Migrations.named("notes")
          .script(
              "V1__notes.sql",
              """
              create table public.notes (
                tenant_id uuid, id uuid, text text, at timestamptz, deleted_at timestamptz,
                primary key (tenant_id, id)
              );
              create table public.copies (like public.notes);
              """);

  record Note(UUID id, @Nullable String text, Instant at) {}

  record Brief(UUID id, @Nullable String text) {}

  private static final Repository<Note, UUID> ROWS =
      Repository.of(NOTES, Note.class).id(ID).softDelete(DELETED_AT).build();

  private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(UTF_8);
  private static final byte[] OTHER_SECRET = "another secret of 32 bytes, here".getBytes(UTF_8);
  private static final Page.Request BY_TEXT = Page.Request.of(2).orderBy(TEXT.asc());

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(MIGRATIONS);

  private final TenantId acme = TenantId.of(UuidV7.next());
  private Database signing;

  @BeforeEach
  void open() {
    signing = opened(CursorKeys.of(SECRET));
    for (String text : List.of("a", "b", "c", "d", "e")) {
      ROWS.insert(session(signing, acme), new Note(UuidV7.next(), text, Instant.EPOCH));
    }
  }

  @AfterEach
  void close() {
    signing.close();
  }

  private Database opened(CursorKeys keys) {
    return Database.open(database.config().poolSize(1).cursorKeys(keys).build());
  }

  private static Session session(Database opened, TenantId tenant) {
    return FreshDatabase.session(opened, tenant);
  }

  private String cursor() {
    return ROWS.page(session(signing, acme), BY_TEXT).next().orElseThrow();
  }

  @Test
  void a_cursor_that_was_changed_or_cut_anywhere_is_refused_without_a_connection() {
    String cursor = cursor();
    Session session = session(signing, acme);
    signing.close();
    for (int i = 0; i < cursor.length(); i++) {
      String changed =
          cursor.substring(0, i) + (cursor.charAt(i) == 'A' ? 'B' : 'A') + cursor.substring(i + 1);
      for (String hostile : List.of(changed, cursor.substring(0, i), cursor + changed)) {
        assertThatThrownBy(() -> ROWS.page(session, BY_TEXT.after(hostile)))
            .as("%s", hostile)
            .isInstanceOf(InvalidDataException.class)
            .hasMessageContaining("the page cursor");
      }
    }
    assertThatThrownBy(() -> ROWS.page(session, BY_TEXT.after(cursor)))
        .isNotInstanceOf(InvalidDataException.class);
  }

  @Test
  void says_what_is_wrong_with_a_cursor_that_does_not_fit_and_what_to_do() {
    String changed = cursor().replaceAll(".$", "%");
    for (String hostile : List.of(changed, "", "%%%", "AAAA", "\u0000", "ü", "A".repeat(10_000))) {
      assertThatThrownBy(() -> ROWS.page(session(signing, acme), BY_TEXT.after(hostile)))
          .isInstanceOf(InvalidDataException.class)
          .hasMessage(
              """
              the page cursor does not fit this request
                where: Page.Request.after or before
                why: it was made for another order, repository or tenant, or was changed or cut on its way
                fix: begin at the first page, or keep the order of the request that gave the cursor""");
    }
  }

  @Test
  void a_cursor_belongs_to_one_order() {
    List<Page.Request> others =
        List.of(
            Page.Request.of(2),
            Page.Request.of(2).orderBy(TEXT.desc()),
            Page.Request.of(2).orderBy(TEXT.asc().nullsFirst()),
            Page.Request.of(2).orderBy(TEXT.collate("C").asc()),
            Page.Request.of(2).orderBy(TEXT.asc(), ID.desc()),
            Page.Request.of(2).orderBy(TEXT.asc(), AT.asc()),
            Page.Request.of(2).orderBy(AT.asc()));
    String cursor = cursor();
    for (Page.Request other : others) {
      assertForeign(() -> ROWS.page(session(signing, acme), other.after(cursor)));
      assertForeign(() -> ROWS.page(session(signing, acme), other.before(cursor)));
    }
  }

  @Test
  void a_cursor_belongs_to_one_repository_and_to_rows_that_live() {
    Session session = session(signing, acme);
    String cursor = cursor();
    Repository<Note, UUID> copies = Repository.of(COPIES, Note.class).id(ID).build();
    Repository<Brief, UUID> briefs = Repository.of(NOTES, Brief.class).id(ID).build();
    assertForeign(() -> copies.page(session, BY_TEXT.after(cursor)));
    assertForeign(() -> briefs.page(session, BY_TEXT.after(cursor)));
    assertForeign(() -> ROWS.trash(session, BY_TEXT.after(cursor)));
  }

  @Test
  void a_cursor_belongs_to_one_tenant() {
    String cursor = cursor();
    Session bolt = session(signing, TenantId.of(UuidV7.next()));
    assertForeign(() -> ROWS.page(bolt, BY_TEXT.after(cursor)));
    assertForeign(() -> ROWS.page(bolt, BY_TEXT.before(cursor)));
  }

  @Test
  void a_cursor_serves_another_condition_another_size_and_a_transaction() {
    String cursor = cursor();
    Page<Note> page =
        session(signing, acme)
            .transactionResult(
                transaction ->
                    ROWS.page(
                        transaction,
                        Page.Request.of(9).where(TEXT.ne("d")).orderBy(TEXT.asc()).after(cursor)));
    assertThat(page.rows()).extracting(Note::text).containsExactly("c", "e");
  }

  @Test
  void instances_with_one_key_go_on_from_each_others_pages_also_while_it_is_exchanged() {
    String cursor = cursor();
    try (Database second = opened(CursorKeys.of(SECRET));
        Database exchanged = opened(CursorKeys.of(OTHER_SECRET, SECRET))) {
      for (Database other : List.of(second, exchanged)) {
        Page<Note> page = ROWS.page(session(other, acme), BY_TEXT.after(cursor));
        assertThat(page.rows()).extracting(Note::text).containsExactly("c", "d");
      }
      String later =
          ROWS.page(session(exchanged, acme), BY_TEXT.after(cursor)).next().orElseThrow();
      assertOfAnotherKey(signing, later);
    }
  }

  @Test
  void a_data_source_of_the_callers_takes_keys_too() {
    Database using =
        Database.using(
            signing.unwrap(DataSource.class), Duration.ofSeconds(30), CursorKeys.of(OTHER_SECRET));
    assertOfAnotherKey(using, cursor());
  }

  @Test
  void a_cursor_that_somebody_computed_without_the_secret_is_refused() {
    try (Database unsigned = opened(CursorKeys.unsigned())) {
      String own = ROWS.page(session(unsigned, acme), BY_TEXT).next().orElseThrow();
      assertOfAnotherKey(signing, own);
      byte[] forged = Base64.getUrlDecoder().decode(own);
      System.arraycopy(Base64.getUrlDecoder().decode(cursor()), 0, forged, 0, 5);
      String dressed = Base64.getUrlEncoder().withoutPadding().encodeToString(forged);
      assertForeign(() -> ROWS.page(session(signing, acme), BY_TEXT.after(dressed)));
    }
  }

  @Test
  void without_keys_instances_understand_each_other_and_a_value_that_is_none_is_refused() {
    try (Database one = opened(CursorKeys.unsigned());
        Database other = opened(CursorKeys.unsigned())) {
      Page.Request byTime = Page.Request.of(1).orderBy(AT.asc());
      String cursor = ROWS.page(session(one, acme), byTime).next().orElseThrow();
      assertThat(ROWS.page(session(other, acme), byTime.after(cursor)).rows()).hasSize(1);
      String purpose = String.join("\u0000", "page", "\"notes\"", "Note", acme.toString());
      PageCursors cursors =
          new PageCursors(CursorKeys.unsigned(), purpose + "\u0000at+>\u0000id+>");
      String id = UuidV7.next().toString();
      assertThat(
              ROWS.page(
                      session(one, acme),
                      byTime.after(cursors.cursor(true, List.of("-31536000.5", id))))
                  .rows())
          .hasSize(1);
      for (List<@Nullable String> values :
          List.of(
              List.of("yesterday", id),
              List.of("1970-01-01T00:00:00Z", id),
              List.of("0", id),
              List.of("0.-1", id),
              List.of("0.1000000000", id),
              List.of(Long.MAX_VALUE + ".0", id),
              List.of(Instant.MAX.getEpochSecond() + ".0", id),
              Arrays.asList("0.0", null),
              List.<@Nullable String>of("0.0"))) {
        assertThatThrownBy(
                () -> ROWS.page(session(one, acme), byTime.after(cursors.cursor(true, values))))
            .isInstanceOf(InvalidDataException.class);
      }
    }
  }

  @Test
  void a_secret_that_can_be_guessed_is_refused_and_none_is_shown() {
    assertThatThrownBy(() -> CursorKeys.of(SECRET, new byte[31]))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            """
            the secret has 31 bytes
              where: CursorKeys.of
              why: a signature is as hard to forge as its secret is to guess
              fix: pass 32 random bytes, such as openssl rand makes""");
    assertThat(CursorKeys.of(SECRET).toString()).isEqualTo("CursorKeys[1]");
    assertThat(database.config().cursorKeys(CursorKeys.of(SECRET)).build().toString())
        .doesNotContain("0123");
  }

  private void assertOfAnotherKey(Database database, String cursor) {
    assertThatThrownBy(() -> ROWS.page(session(database, acme), BY_TEXT.after(cursor)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessage(
            """
            the page cursor was signed with another key
              where: Page.Request.after or before
              why: the database that made it has other cursor keys, or it was changed on its way
              fix: begin at the first page; give all instances the same DatabaseConfig.cursorKeys, the former ones too""");
  }

  private static void assertForeign(org.assertj.core.api.ThrowableAssert.ThrowingCallable work) {
    assertThatThrownBy(work)
        .isInstanceOf(InvalidDataException.class)
        .hasMessageStartingWith("the page cursor does not fit this request");
  }
}
