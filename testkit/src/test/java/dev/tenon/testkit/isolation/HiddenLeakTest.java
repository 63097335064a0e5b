package dev.tenon.testkit.isolation;

import static dev.tenon.testkit.isolation.IsolationProof.assertThatIsolation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Leaks without a value of the other in an answer, and what the proof cannot decide. */
@TenonTest(schema = MarketSchema.class)
class HiddenLeakTest {

  private static final String DEFINER =
      " language plpgsql security definer set search_path = public, fenced, pg_temp as ";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create view leaky as select count(*) from fenced.notes; grant select on leaky to %1$s | leaky: read the view",
        "create materialized view leaky as select count(*) from customers; grant select on leaky to %1$s | leaky: read the view",
        "create schema hidden; create function hidden.f() returns bigint %2$s $$ begin return (select count(*) from fenced.notes); end $$; create view leaky as select hidden.f(); grant select on leaky to %1$s | leaky: read the view",
        "create function leaky() returns bigint %2$s $$ begin return (select count(*) from fenced.notes); end $$ | leaky(): call the function",
        "create function leaky() returns bytea %2$s $$ begin return (select string_agg(body, '')::bytea from fenced.notes); end $$ | leaky(): call the function",
        "create function leaky() returns uuid[] %2$s $$ begin return (select array_agg(id) from fenced.notes); end $$ | leaky(): call the function",
        "create function leaky(t uuid) returns bigint %2$s $$ begin return (select count(*) from fenced.notes where tenant_id = t); end $$ | leaky(uuid): call the function with",
        "create function leaky(mail text) returns boolean language plpgsql security definer as $$ begin return exists (select from customers where email = mail); end $$ | leaky(text): call the function with",
        "create function leaky(n int, mails varchar[] default '{}') returns int %2$s $$ begin perform set_config('app.current_tenant', tenant_id::text, true) from fenced.notes where body = any (mails); return (select count(*) from customers); end $$ | leaky(integer,character varying[]): call the function with",
        "create procedure leaky() %2$s $$ begin delete from fenced.notes; end $$ | leaky(): call the procedure (in a transaction of the superuser's): changes rows of the other",
        "create procedure leaky(t uuid, out n int) %2$s $$ begin update fenced.notes set body = '' where tenant_id = t; n := 1; end $$ | leaky(uuid): call the procedure with",
        "create function leaky() returns void %2$s $$ begin update fenced.notes set body = ''; end $$ | leaky(): call the function (in a transaction of the superuser's): changes rows of the other",
        "create rule more as on insert to customers do also update fenced.notes set body = '' | customers: insert a row of its own",
        "create rule more as on update to customers do also delete from fenced.notes | customers: update its own rows",
        "create function more() returns trigger %2$s $$ begin update fenced.notes set body = ''; return old; end $$; create trigger more before delete on customers for each row execute function more() | customers: delete its own rows",
        "create view leaky as select tenant_id, id, body from fenced.notes; grant update (body) on leaky to %1$s | leaky: update body through the view",
        "create view leaky as select body from fenced.notes; grant delete on leaky to %1$s | leaky: delete through the view",
        "create view leaky as select tenant_id, id, email from customers; grant insert on leaky to %1$s | leaky: insert for the other through the view",
        "create view leaky with (security_barrier) as select tenant_id, id, body from fenced.notes where tenant_id = (select tenon.current_tenant()); grant update on leaky to %1$s | leaky: move rows to the other through the view",
        "create view leaky as select 1 as one; create function more() returns trigger %2$s $$ begin update fenced.notes set body = ''; return old; end $$; create trigger more instead of delete on leaky for each row execute function more(); grant delete on leaky to %1$s | leaky: delete through the view",
        "create function more(s bigint, x int) returns bigint %2$s $$ begin return (select count(*) from fenced.notes); end $$; revoke all on function more from public; create aggregate leaky(int) (sfunc = more, stype = bigint) | leaky(integer): call the aggregate",
        "create function more(s bigint) returns bigint %2$s $$ begin return (select count(*) from fenced.notes); end $$; create aggregate leaky(*) (sfunc = more, stype = bigint, initcond = '0') | leaky(): call the aggregate",
        "create function more(s int, x int) returns int language plpgsql strict security definer set search_path = public, fenced, pg_temp as $$ begin update fenced.notes set body = ''; return s; end $$; create aggregate leaky(int) (sfunc = more, stype = int) | leaky(integer): call the aggregate",
        "alter table orders_2026 disable row level security; grant select (day) on orders_2026 to %1$s | orders: select orders_2026",
        "alter table orders_2026 disable row level security; grant update (day) on orders_2026 to %1$s | orders: update day of orders_2026",
        "alter table orders_2026 disable row level security; grant delete on orders_2026 to %1$s | orders: delete orders_2026",
        "alter table orders_2026 disable row level security; grant insert on orders_2026 to %1$s | orders: insert into orders_2026",
        "alter table customers add is_public boolean not null default false; alter policy tenant on customers using (tenant_id = (select tenon.current_tenant()) or is_public) | customers: select with is_public = true",
        "alter table customers add is_public boolean; alter policy tenant on customers with check (tenant_id = (select tenon.current_tenant()) or is_public) | customers: insert for the other with is_public = true",
        "create or replace view notes as select tenant_id, id, customer_id, body from fenced.notes where tenant_id = (select tenon.current_tenant()) or body is null with cascaded check option | notes: select with body = null",
        "alter database %3$s set app.current_tenant = '0191f6c0-0000-7000-8000-00000000000a' | starts with app.current_tenant set",
      })
  void names_the_hole(String hole, String leak, TestDatabase database) {
    plant(hole, database);
    assertThatThrownBy(() -> between(database).holds())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(leak);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create function f(x anyelement) returns int language sql as 'select 1' | f(anyelement): it cannot be called",
        "create aggregate f(order by int) (sfunc = int4pl, stype = int) | f(integer): it cannot be called",
        "create function f(x point) returns int language sql return 1 | f(point): no value but null",
        "create function f(x int) returns int language sql return 1 / 0 | f(integer): each call failed",
        "create function f() returns float language sql volatile return random() | f(): its answers differ",
        "create procedure f() language plpgsql as 'begin commit; end' | f(): it ends transactions",
        "create policy more on customers as permissive using (tenant_id = (select tenon.current_tenant()) and number > 0) | customers: its isolation looks at more than the tenant, at number",
        "create policy more on customers as permissive using (tenant_id = (select tenon.current_tenant()) and exists (select from countries)) | customers: its isolation looks at more than the tenant, at countries",
      })
  void says_what_it_could_not_decide(String object, String reason, TestDatabase database) {
    plant(object, database);
    assertThat(between(database).unproved())
        .anySatisfy(found -> assertThat(found).startsWith(reason));
    between(database).holds();
  }

  @Test
  void holds_on_routines_that_tell_nothing(TestDatabase database) {
    plant(
        """
        create function mine(n int, mail text default null) returns setof customers
          language sql stable as 'select * from customers where number = n or email = mail';
        create function echo(x uuid) returns uuid language sql immutable return x;
        create function shared() returns bigint %2$s $$ begin return (select count(*) from countries); end $$;
        create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');
        create aggregate tally(*) (sfunc = int8inc, stype = bigint, initcond = '0');
        create view renumbered with (security_invoker = true) as
          select tenant_id, id, email, number from customers;
        create view fenced_notes as select id, body from notes;
        grant insert, update, delete on renumbered, fenced_notes to %1$s;
        create view all_countries as select code from countries;
        create procedure renumber(n int) language sql as 'update customers set number = n';
        create materialized view kept as select count(*) from countries;
        grant select on kept to %1$s;
        """,
        database);
    between(database).holds();
    assertThat(between(database).unproved()).isEmpty();
  }

  private static void plant(String sql, TestDatabase database) {
    MarketSchema.fill(database);
    MarketSchema.asSuperuser(
        database,
        sql.formatted(database.application().user(), DEFINER, '"' + database.name() + '"'));
  }

  private static IsolationProof between(TestDatabase database) {
    return assertThatIsolation(database).between(MarketSchema.ACME, MarketSchema.BOLT);
  }
}
