package dev.tenon.tenancy.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantTable;
import java.nio.file.Path;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Triggers that write rows of the tenant while it is erased and restored. */
class HistoryTriggersTest {

  private final TwoTenants tenants = new TwoTenants();
  private final TenantId acme = tenants.acme;
  @TempDir private Path directory;

  @BeforeEach
  void fill() {
    tenants.fill(3, "x");
  }

  @AfterEach
  void close() {
    tenants.close();
  }

  @Test
  void a_history_with_the_tenant_by_default_is_erased_and_comes_back_as_it_was() {
    makeHistory("history", "(what) values (tg_op)", "");
    comesBackAsItWas("history");
  }

  @Test
  void a_history_with_the_tenant_of_the_row_is_erased_and_comes_back_as_it_was() {
    makeHistory("history", "(tenant_id, what) values (old_or_new.tenant_id, tg_op)", "");
    comesBackAsItWas("history");
  }

  @Test
  void a_history_that_is_filled_before_its_source_comes_back_as_it_was() {
    makeHistory("a_history", "(what) values (tg_op)", "");
    tenants.asOwner("create trigger first after insert on a_history execute function nothing()");
    comesBackAsItWas("a_history");
  }

  @Test
  void a_history_without_a_key_and_one_written_at_the_end_come_back_as_they_were() {
    makeHistory(
        "history", "(what) values (tg_op)", "alter table history drop constraint history_pkey");
    tenants.asOwner(
        """
        create constraint trigger late after insert on fenced.notes
          deferrable initially deferred for each row execute function logged()
        """);
    comesBackAsItWas("history");
  }

  @Test
  void a_row_that_a_trigger_makes_for_each_other_one_gives_way_to_the_archived_one() {
    makeHistory("options", "(id, what) values (new.id, 'default')", "");
    tenants.asOwner(
        """
        drop trigger logged on customers;
        create trigger logged after insert on customers for each row execute function logged()
        """);
    tenants
        .session(acme)
        .sql()
        .execute("insert into options (id, what) select id, 'chosen' from customers");
    comesBackAsItWas("options");
  }

  @Test
  void a_history_that_refers_to_what_is_erased_is_emptied_all_the_same() {
    makeHistory(
        "history",
        "(what, customer) values (tg_op, old_or_new.customer_id)",
        """
        drop trigger logged on customers;
        alter table history add column customer uuid;
        alter table history no force row level security;
        alter table history add foreign key (tenant_id, customer) references customers;
        alter table history force row level security;
        create trigger logged after insert or update or delete on fenced.notes
          for each row execute function logged()
        """);
    assertThat(tenants.erasure.erase(acme).deleted()).isGreaterThanOrEqualTo(6);
  }

  @Test
  void rows_of_the_tenant_in_any_table_are_refused_before_a_trigger_writes() {
    makeHistory("history", "(what) values (tg_op)", "");
    change();
    tenants.archive.export(acme, directory);
    tenants.session(acme).sql().execute("delete from notes");
    tenants.session(acme).sql().execute("delete from customers");
    assertThatThrownBy(() -> tenants.archive.restore(directory))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("has rows in public.history already");
  }

  @Test
  void a_table_that_answers_each_delete_with_a_row_is_told() {
    makeHistory("history", "(what) values (tg_op)", "");
    tenants.asOwner(
        "create trigger itself after delete on history for each row execute function logged()");
    change();
    assertThatThrownBy(() -> tenants.erasure.erase(acme))
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("public.history");
  }

  @Test
  void a_trigger_that_keeps_deleted_rows_is_told_by_its_name() {
    tenants.asOwner(
        """
        alter table customers add column gone boolean;
        create function soft() returns trigger language plpgsql as $f$
          begin
            update customers set gone = true where id = old.id and tenant_id = old.tenant_id;
            return null;
          end $f$;
        create trigger soft before delete on customers for each row execute function soft()
        """);
    assertThatThrownBy(() -> tenants.erasure.erase(acme))
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("public.customers")
        .hasMessageContaining("alter table customers disable trigger soft");
    tenants.asOwner("alter table customers disable trigger soft");
    assertThat(tenants.erasure.erase(acme).deleted()).isEqualTo(3);
  }

  private void comesBackAsItWas(String history) {
    change();
    String before = rows(history);
    tenants.archive.export(acme, directory);
    tenants.erasure.erase(acme);
    assertThat(rows(history)).isEqualTo("null");
    tenants.forgetErased();
    tenants.archive.restore(directory);
    assertThat(rows(history)).isEqualTo(before);
    tenants.archive.restore(directory);
    assertThat(tenants.session(acme).sql().fetchCount(DSL.table("notes"))).isEqualTo(3);
  }

  private void change() {
    tenants.session(acme).sql().execute("update customers set email = email || '!'");
  }

  private String rows(String table) {
    return String.valueOf(
        tenants
            .session(acme)
            .sql()
            .fetchValue("select string_agg(t::text, ';' order by id) from " + table + " t"));
  }

  /** A table to which a trigger of customers writes, and more SQL. */
  private void makeHistory(String name, String values, String more) {
    tenants.asOwner(
        "create table %s (tenant_id uuid, id uuid default gen_random_uuid(), what text);"
                .formatted(name)
            + TenantTable.rls("public", name).key("id").sql()
            + """
              grant select, insert, update, delete on %1$s to public;
              create function nothing() returns trigger language plpgsql as $f$
                begin
                  return null;
                end $f$;
              create function logged() returns trigger language plpgsql as $f$
                declare
                  old_or_new record := coalesce(new, old);
                begin
                  insert into %1$s %2$s;
                  return null;
                end $f$;
              create trigger logged after insert or update or delete on customers
                for each row execute function logged();
              """
                .formatted(name, values)
            + more);
  }
}
