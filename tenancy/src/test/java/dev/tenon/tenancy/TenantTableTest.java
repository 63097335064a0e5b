package dev.tenon.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.AccessDeniedException;
import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TenantTableTest {

  private static final TenantTable CUSTOMERS = Shop.CUSTOMERS;
  private static final TenantTable NOTES = Shop.NOTES;
  private static final TenantTable COUNTRIES = TenantTable.shared("public", "countries");

  private final Shop shop = new Shop();
  private final Database owner = shop.open(shop.made().owner());
  private final Database application = shop.open(shop.made().application());
  private final TenantSession acme = TenantDatabase.on(application).as(Fleet.ACME);
  private final TenantSession bolt = TenantDatabase.on(application).as(Fleet.BOLT);

  @AfterEach
  void close() {
    application.close();
    owner.close();
    shop.close();
  }

  @Test
  void the_sql_may_run_again() {
    assertThatCode(() -> owner.sql().execute(Shop.TABLES.sql())).doesNotThrowAnyException();
    note(acme, "still there");
    assertThat(texts(acme)).isEqualTo("still there");
  }

  @Test
  void a_fence_shows_each_tenant_its_own_rows() {
    note(acme, "of acme");
    note(bolt, "of bolt");
    assertThat(texts(acme)).isEqualTo("of acme");
    assertThat(texts(bolt)).isEqualTo("of bolt");
  }

  @Test
  void a_fence_takes_insert_upsert_update_delete_and_returns_rows() {
    UUID id = note(acme, "first");
    assertThat(
            acme.sql()
                .fetchValue(
                    """
                    insert into notes (id, body) values (?, 'second')
                    on conflict (tenant_id, id) do update set body = excluded.body returning body
                    """,
                    id))
        .isEqualTo("second");
    assertThat(acme.sql().execute("update notes set body = 'third' where id = ?", id)).isOne();
    assertThat(bolt.sql().execute("update notes set body = 'stolen' where id = ?", id)).isZero();
    assertThat(bolt.sql().execute("delete from notes where id = ?", id)).isZero();
    assertThat(acme.sql().execute("delete from notes where id = ?", id)).isOne();
  }

  @Test
  void a_fence_keeps_the_defaults_of_its_table() {
    note(acme, "ranked");
    assertThat(acme.sql().fetchValue("select rank::int from notes")).isEqualTo(7);
  }

  @Test
  void a_fence_refuses_rows_for_another_tenant() {
    UUID id = note(acme, "mine");
    assertThatThrownBy(
            () ->
                acme.sql()
                    .execute(
                        "insert into notes (tenant_id, id) values (?, ?)",
                        Fleet.BOLT.value(),
                        UuidV7.next()))
        .isInstanceOf(AccessDeniedException.class);
    assertThatThrownBy(
            () ->
                acme.sql()
                    .execute("update notes set tenant_id = ? where id = ?", Fleet.BOLT.value(), id))
        .isInstanceOf(AccessDeniedException.class);
    assertThat(texts(bolt)).isNull();
  }

  @Test
  void a_failing_cast_or_division_meets_no_row_of_another_tenant() {
    note(bolt, "secret of bolt");
    for (String condition :
        List.of("body::int = 1", "1 / (length(body) - 14) = 1", "body::uuid = id")) {
      assertThat(acme.sql().fetch("select id from notes where " + condition)).isEmpty();
      assertThatThrownBy(() -> bolt.sql().fetch("select id from notes where " + condition))
          .isInstanceOf(InvalidDataException.class);
    }
  }

  @Test
  void a_fence_is_loud_without_a_tenant() {
    assertThatThrownBy(() -> application.sql().fetchCount(org.jooq.impl.DSL.table("notes")))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("no tenant is bound");
  }

  @Test
  void the_table_behind_a_fence_cannot_be_reached() {
    assertThatThrownBy(() -> acme.sql().fetch("select body from fenced.notes"))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("schema fenced");
    assertThat(
            owner
                .sql()
                .fetchValue(
                    "select has_table_privilege(?, 'fenced.notes', 'select')",
                    shop.made().application().user()))
        .isEqualTo(false);
  }

  @Test
  void keys_carry_the_tenant() {
    UUID id = customer(acme, "a@example.org");
    customer(bolt, "a@example.org");
    assertThatThrownBy(() -> customer(acme, "a@example.org"))
        .isInstanceOf(InvalidDataException.class);
    assertThat(acme.sql().execute("insert into notes (id, customer_id) values (?, ?)", id, id))
        .isOne();
    assertThatThrownBy(
            () -> bolt.sql().execute("insert into notes (id, customer_id) values (?, ?)", id, id))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("foreign key");
  }

  @Test
  void the_declarations_stand_in_the_catalogue() {
    assertThat(
            owner
                .sql()
                .fetchValue(
                    """
                    select string_agg(concat_ws(' ', relation, kind, tenant_column, base), ', '
                           order by relation::text)
                      from tenon.isolation
                    """))
        .isEqualTo("countries SHARED, customers RLS tenant_id, notes FENCE tenant_id fenced.notes");
  }

  @Test
  void a_foreign_key_can_be_added_to_tables_that_hold_rows() {
    customer(acme, "a@example.org");
    owner.sql().execute("create table referrals (tenant_id uuid, id uuid, customer_id uuid)");
    TenantTable referrals = TenantTable.rls("public", "referrals").key("id");
    owner.sql().execute(referrals.sql());
    acme.sql().execute("insert into referrals (id) values (?)", UuidV7.next());
    owner.sql().execute(referrals.foreignKey(CUSTOMERS, "customer_id").sql());
    assertThat(
            owner
                .sql()
                .fetchValue(
                    """
                    select count(*) filter (where relforcerowsecurity)::int from pg_class
                     where oid in ('referrals'::regclass, 'customers'::regclass)
                    """))
        .isEqualTo(2);
  }

  @Test
  void a_table_that_becomes_a_fence_has_one_declaration() {
    owner.sql().execute("create table ideas (tenant_id uuid, id uuid)");
    owner.sql().execute(TenantTable.rls("public", "ideas").sql());
    owner.sql().execute(TenantTable.fence("public", "ideas").sql());
    assertThat(
            owner
                .sql()
                .fetchValue(
                    """
                    select string_agg(concat_ws(' ', relation, kind, base), ', ')
                      from tenon.isolation
                     where relation::text like '%ideas'
                    """))
        .isEqualTo("ideas FENCE fenced.ideas");
  }

  @Test
  void hostile_names_stay_names() {
    TenantTable odd =
        TenantTable.fence("odd \"schema\"", "t'; drop table \"hosts\" $$;\n --")
            .tenantColumn("ten'ant \"of\"")
            .key("i d")
            .baseSchema("base '\"$$");
    owner
        .sql()
        .execute(
            """
            create schema "odd ""schema\""";
            create table "odd ""schema\"""."t'; drop table ""hosts"" $$;
             --"
              ("ten'ant ""of\""" uuid, "i d" uuid, "co'l ""umn" text)
            """);
    owner.sql().execute(odd.sql());
    owner.sql().execute(odd.sql());
    assertThat(
            owner
                .sql()
                .fetchValue(
                    "select count(*)::int from tenon.isolation where base::text like '\"base%'"))
        .isEqualTo(1);
  }

  @Test
  void declarations_that_cannot_be_kept_are_refused_at_the_call() {
    assertThatThrownBy(() -> COUNTRIES.unique("code")).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> CUSTOMERS.withoutBarrier()).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> CUSTOMERS.unique("tenant_id", "email"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("in front of every key");
    assertThatThrownBy(() -> NOTES.foreignKey(CUSTOMERS, "a", "b"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("one column for each");
    assertThatThrownBy(() -> TenantTables.of(CUSTOMERS, CUSTOMERS))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("twice");
    assertThatThrownBy(() -> TenantTable.rls("public.hosts"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("pass two parts: (\"public\", \"hosts\")");
    assertThatThrownBy(() -> CUSTOMERS.key("id", "id"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("named twice: [id, id]");
    for (ThrowingCallable blank :
        List.<ThrowingCallable>of(
            () -> TenantTable.rls(""),
            () -> TenantTable.fence("public", " "),
            () -> CUSTOMERS.tenantColumn(""),
            () -> CUSTOMERS.unique("email", ""),
            () -> NOTES.baseSchema(""))) {
      assertThatThrownBy(blank)
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("a name is blank");
    }
  }

  private static UUID note(TenantSession session, String body) {
    UUID id = UuidV7.next();
    session.sql().execute("insert into notes (id, body) values (?, ?)", id, body);
    return id;
  }

  private static UUID customer(TenantSession session, String email) {
    UUID id = UuidV7.next();
    session.sql().execute("insert into customers (id, email) values (?, ?)", id, email);
    return id;
  }

  private static Object texts(TenantSession session) {
    return session.sql().fetchValue("select string_agg(body, ',' order by body) from notes");
  }
}
