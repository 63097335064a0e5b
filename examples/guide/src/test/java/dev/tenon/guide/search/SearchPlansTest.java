package dev.tenon.guide.search;

import static dev.tenon.guide.search.Articles.ACME;
import static dev.tenon.guide.search.Articles.BOLT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.search.TextQuery;
import dev.tenon.core.search.TextSearch;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/**
 * Which isolation lets the indexes serve the words, told by the plans of a tenant with 20,000 rows,
 * of which 20 match. A GIN index keeps what was written last in a list, which a search reads whole
 * and which VACUUM empties: here it is emptied, so that the plans are those of a table at rest.
 */
class SearchPlansTest {

  record Note(int id, String body) {}

  private static final Field<String> BODY = DSL.field(DSL.name("body"), SQLDataType.VARCHAR);

  private static final TextSearch<Note> NOTES =
      TextSearch.of("notes", Note.class)
          .text(BODY)
          .language("english")
          .asWritten()
          .similar(BODY)
          .build();

  private static final String FILL =
      """
      insert into notes (tenant_id, id, body)
      select case when i %% 10 = 0 then '%s' else '%s' end::uuid, i,
             case when i %% 1100 = 1 then 'needle ' else '' end || md5(i::text) || ' '
               || md5((i * 7)::text)
        from generate_series(1, 22000) i;
      analyze notes;
      select gin_clean_pending_list('notes_search'),
             gin_clean_pending_list('notes_search_words'),
             gin_clean_pending_list('notes_body_trigrams');
      """
          .formatted(BOLT, ACME);

  /** A table of notes under one isolation. */
  private record Notes(TenantTable isolation) implements TestSchema {

    @Override
    public Set<String> extensions() {
      return Set.of("pg_trgm");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("notes")
              .script("V1__notes.sql", NOTES.tableSql() + FILL)
              .script("V2__isolation.sql", isolation.key("id").sql()));
    }
  }

  private static List<TextQuery<Note>> queries(TenantSession session) {
    return List.of(
        NOTES.search(session, "needles"),
        NOTES.prefix(session, "needl"),
        NOTES.similarWords(session, BODY, "needel", 0.5));
  }

  private static final List<String> INDEXES =
      List.of("notes_search", "notes_search_words", "notes_body_trigrams");

  private static void inEach(TenantTable isolation, BiConsumer<String, String> each) {
    try (TestDatabase made = TestDatabase.create(new Notes(isolation).template());
        Database database = TestSchema.connect(made, made.application())) {
      List<TextQuery<Note>> queries = queries(TenantDatabase.on(database).as(ACME));
      for (int i = 0; i < queries.size(); i++) {
        assertThat(queries.get(i).fetch().matches()).isEqualTo(20);
        each.accept(INDEXES.get(i), queries.get(i).explain());
      }
    }
  }

  @Test
  void a_fence_without_a_barrier_lets_the_indexes_serve() {
    inEach(
        TenantTable.fence("notes").withoutBarrier(),
        (index, plan) -> assertThat(plan).contains("Bitmap Index Scan on " + index + " "));
  }

  @Test
  void row_level_security_and_a_fence_with_a_barrier_filter_the_rows_of_the_tenant() {
    Stream.of(TenantTable.rls("notes"), TenantTable.fence("notes"))
        .forEach(
            isolation ->
                inEach(
                    isolation,
                    (index, plan) -> assertThat(plan).contains("Filter").doesNotContain(INDEXES)));
  }
}
