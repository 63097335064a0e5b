package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

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
