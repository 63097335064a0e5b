package dev.tenon.guide.search;

import static dev.tenon.guide.search.Articles.ACME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.Repository;
import dev.tenon.core.ServerException;
import dev.tenon.core.UsageException;
import dev.tenon.core.search.TextSearch;
import dev.tenon.core.search.TextSearchBuilder;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import java.time.Instant;
import java.util.List;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/** What a search says of a table that lacks something, and how it joins one that is there. */
@TenonTest(schema = MissingPartsTest.Schema.class)
class MissingPartsTest {

  record Note(int id, String body) {}

  private static final Field<Integer> ID = DSL.field(DSL.name("id"), SQLDataType.INTEGER);
  private static final Field<String> BODY = DSL.field(DSL.name("body"), SQLDataType.VARCHAR);
  private static final Field<Instant> DELETED_AT =
      DSL.field(DSL.name("deleted_at"), SQLDataType.INSTANT);

  private static TextSearchBuilder<Note> notes() {
    return TextSearch.of("notes", Note.class).text(BODY);
  }

  private static final Repository<Note, Integer> REPOSITORY =
      Repository.of(DSL.table(DSL.name("notes")), Note.class).id(ID).softDelete(DELETED_AT).build();

  /** A table that was made without searches in mind. */
  static final class Schema implements TestSchema {
    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("notes")
              .script(
                  "V1__notes.sql",
                  """
                  create table notes (
                    tenant_id uuid not null,
                    id integer not null,
                    body text,
                    deleted_at timestamptz,
                    primary key (tenant_id, id)
                  );
                  """
                      + TenantTable.rls("notes").key("id").sql()));
    }
  }

  private static void migrate(TestDatabase made, String sql) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.migrate(Migrations.named("search").script("V1__search.sql", sql));
    }
  }

  @Test
  void a_table_without_the_stored_words_is_told_with_the_sql_that_adds_them(
      TenantDatabase tenants) {
    TextSearch<Note> search = notes().language("english").build();

    assertThatThrownBy(() -> search.search(tenants.as(ACME), "disk").fetch())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("addSql()");
  }

  @Test
  void a_language_that_the_server_does_not_know_is_told_to_be_one(
      TenantDatabase tenants, TestDatabase made) {
    TextSearch<Note> search = notes().language("klingon").build();
    migrate(made, notes().language("english").build().addSql());

    assertThatThrownBy(() -> search.search(tenants.as(ACME), "disk").fetch())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("pg_ts_config");
  }

  @Test
  void such_a_language_does_not_come_past_the_migration(TestDatabase made) {
    String added = notes().language("klingon").build().addSql();

    assertThatThrownBy(() -> migrate(made, added))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("klingon");
  }

  @Test
  void a_missing_extension_is_told(TenantDatabase tenants) {
    TextSearch<Note> search = notes().language("english").similar(BODY).build();

    assertThatThrownBy(() -> search.similar(tenants.as(ACME), BODY, "disk").fetch())
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("create extension if not exists pg_trgm");
  }

  @Test
  void words_as_they_are_written_are_kept_where_it_was_said(TenantDatabase tenants) {
    TextSearch<Note> search = notes().language("english").build();

    assertThatThrownBy(() -> search.prefix(tenants.as(ACME), "di"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("asWritten()");
    assertThatThrownBy(() -> search.didYouMean(tenants.as(ACME), "dsik"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("asWritten()");
  }

  @Test
  void a_table_that_is_there_is_searched_after_the_added_sql(
      TenantDatabase tenants, TestDatabase made) {
    TextSearch<Note> search = notes().language("english").softDelete(DELETED_AT).build();
    TenantSession acme = tenants.as(ACME);
    REPOSITORY.insertAll(acme, List.of(new Note(1, "disks"), new Note(2, "disk, deleted")));
    REPOSITORY.delete(acme, 2);
    migrate(made, search.addSql());

    assertThat(search.search(acme, "disk").fetch().records()).containsExactly(new Note(1, "disks"));
    REPOSITORY.update(acme, new Note(1, "cables"));
    assertThat(search.search(acme, "disk").fetch().matches()).isZero();
    assertThat(search.search(acme, "cable").fetch().matches()).isEqualTo(1);
  }
}
