package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

class MigrationsTest {

  private static final Migrations ONE =
      Migrations.named("one").script("V1__first.sql", "create table public.first (id int)");
  private static final Migrations TWO =
      Migrations.named("two").script("V1__second.sql", "create table public.second (id int)");

  @RegisterExtension final FreshDatabase database = FreshDatabase.with();

  @Test
  void each_set_has_a_history_of_its_own() {
    database.get().migrate(ONE, TWO);
    assertThat(
            database
                .get()
                .sql()
                .fetchValues(
                    "select tablename::text from pg_tables where schemaname = 'tenon' order by 1"))
        .hasToString("[one_history, two_history]");
  }

  @Test
  void running_again_changes_nothing_and_a_longer_set_continues() {
    database.get().migrate(ONE);
    database.get().migrate(ONE);
    database.get().migrate(ONE.script("V2__more.sql", "alter table public.first add name text"));
    assertThat(
            database
                .get()
                .sql()
                .fetchValue("select count(*) from tenon.one_history where type = 'SQL'"))
        .isEqualTo(2L);
  }

  @Test
  void a_script_that_fails_leaves_nothing_behind() {
    Migrations broken =
        ONE.script(
            "V2__broken.sql", "create table public.half (id int); select no_such_function();");
    assertThatThrownBy(() -> database.get().migrate(broken))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("migrations 'one'")
        .hasMessageContaining("no_such_function");
    assertThat(database.get().sql().fetchValue("select to_regclass('public.half')")).isNull();
  }

  @Test
  void a_script_that_was_changed_after_it_ran_is_refused() {
    database.get().migrate(ONE);
    Migrations changed =
        Migrations.named("one").script("V1__first.sql", "create table public.other (id int)");
    assertThatThrownBy(() -> database.get().migrate(changed))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("changed");
  }

  @Test
  void a_table_without_a_schema_lands_where_the_role_looks() {
    database
        .get()
        .migrate(Migrations.named("plain").script("V1__plain.sql", "create table plain (id int)"));
    assertThat(database.get().sql().fetchValue("select to_regclass('public.plain')")).isNotNull();
  }

  @Test
  void tells_a_missing_right_to_an_extension_from_one_to_a_schema() {
    database.get().migrate(ONE);
    database
        .get()
        .sql()
        .execute(
            """
            do $$ begin
              grant all on schema tenon to pg_monitor;
              grant all on all tables in schema tenon to pg_monitor;
            end $$
            """);
    Database weak = Database.using(actingAs("pg_monitor"));
    assertThatThrownBy(
            () -> weak.migrate(ONE.script("V2__extension.sql", "create extension hstore")))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("create the extension as a superuser");
    assertThatThrownBy(() -> weak.migrate(ONE.script("V2__schema.sql", "create schema elsewhere")))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("as the owner of the schema");
    assertThatThrownBy(() -> weak.migrate(ONE.script("V2__drop.sql", "drop table public.first")))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("as the owner of the schema");
  }

  private PGSimpleDataSource actingAs(String role) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(database.url());
    dataSource.setUser(database.user());
    dataSource.setPassword(database.password());
    dataSource.setOptions("-c role=" + role);
    return dataSource;
  }

  /** A script's own words are not the server's reason. */
  @Test
  void is_not_misled_by_what_a_script_says() {
    Migrations talkative =
        ONE.script(
            "V2__talk.sql",
            "do $$ begin raise exception 'permission denied to create extension'; end $$");
    assertThatThrownBy(() -> database.get().migrate(talkative))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("the server refused a script");
  }

  @Test
  void names_the_set_that_must_run_before_where_a_policy_is_made_without_it() {
    Migrations policy =
        ONE.script("V2__policy.sql", "create view owned as select tenon.current_tenant()");
    assertThatThrownBy(() -> database.get().migrate(policy))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("TenancyMigrations");
    Migrations other =
        ONE.script(
            "V2__other.sql", "create view other as select no_such() -- tenon.current_tenant()");
    database.get().sql().execute("create function tenon.current_tenant() returns int return 1");
    assertThatThrownBy(() -> database.get().migrate(other))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("the server refused a script");
  }

  @Test
  void the_fingerprint_follows_the_content() {
    assertThat(ONE.fingerprint()).isNotEqualTo(TWO.fingerprint());
    assertThat(ONE.fingerprint())
        .isEqualTo(
            Migrations.named("one")
                .script("V1__first.sql", "create table public.first (id int)")
                .fingerprint());
  }

  @Test
  void refuses_names_that_flyway_could_not_read() {
    assertThatThrownBy(() -> Migrations.named("no-good")).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> ONE.script("first.sql", "")).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> ONE.script("V1__first.sql", "")).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> ONE.resource(MigrationsTest.class, "V9__absent.sql"))
        .isInstanceOf(UsageException.class);
  }
}
