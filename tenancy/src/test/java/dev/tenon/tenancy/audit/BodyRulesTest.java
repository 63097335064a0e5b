package dev.tenon.tenancy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the texts of functions may say without an alarm, and how what they may not is mended. */
class BodyRulesTest {

  private static final String LINES =
      Hole.table(
          "lines",
          """
          id uuid, customer_id uuid, body text, updated_at timestamptz,
            foreign key (tenant_id, customer_id) references public.customers (tenant_id, id)
              on delete set null (customer_id) on update cascade
          """);

  private final AuditedSchema schema = new AuditedSchema();

  @AfterEach
  void close() {
    schema.close();
  }

  @Test
  void an_ordinary_trigger_under_a_cascade_is_no_hole() {
    schema.runAsOwner(
        LINES
            + """
            create function public.touch() returns trigger language plpgsql as $$
            begin
              -- not an update of docs: it's only "select"
              if tg_op = 'INSERT' or new is distinct from old and new.body <> 'from docs' then
                new.updated_at := now() + extract(epoch from interval '1 day') * interval '0 s';
              end if;
              return new;
            end $$;
            create function public.count_lines() returns trigger language plpgsql as $$
            begin
              update public.docs set body = body || '.';
              return null;
            end $$;
            create trigger touched before insert or update on public.lines
              for each row execute function public.touch();
            create trigger counted after update or delete on public.lines
              for each row execute function public.count_lines();
            create trigger elsewhere before update of body on public.lines
              for each row execute function public.count_lines();
            create trigger on_insert before insert on public.lines
              for each row execute function public.count_lines();
            create trigger of_all before update on public.docs
              for each row execute function public.count_lines();
            """);
    assertThat(schema.findings()).isEmpty();
  }

  @Test
  void a_trigger_under_a_cascade_is_mended_by_keeping_it_out_of_cascades() {
    schema.runAsOwner(
        LINES
            + """
            create function public."count ""them"() returns trigger language plpgsql as $$
            begin update docs set body = body || '.'; return new; end $$;
            create trigger counted before update on public.lines
              for each row execute function public."count ""them"();
            create trigger counted_too before update on public.lines
              for each row when (old.body is not null or new.body is null)
              execute function public."count ""them"();
            """);
    List<String> fixes = schema.findings().stream().map(Finding::fix).toList();
    assertThat(fixes).hasSize(2).allMatch(fix -> fix.startsWith("-- Make it an AFTER trigger"));
    fixes.forEach(fix -> schema.runAsOwner(fix.substring(fix.lastIndexOf("-- create") + 3)));
    assertThat(schema.findings()).isEmpty();
  }

  @Test
  void an_immutable_function_that_reads_nothing_and_what_is_set_for_a_transaction_is_no_hole() {
    schema.runAsOwner(
        """
        create function public.lowered(mail text) returns text language sql immutable strict
          as 'select lower(trim(both from $1)) || $1 /* of customers */';
        create function public.halved(x int) returns int language plpgsql immutable
          as $$ begin return (select x / 2); end $$;
        create function public.quartered(x int) returns int language sql immutable
          return public.halved(public.halved(x));
        create function public.named(x public.docs) returns text language sql stable
          as 'select x.body from docs';
        create index on public.customers (tenant_id, public.lowered(email));
        create function public.bind(tenant text) returns text language plpgsql as $$
        declare bound text;
        begin
          set local statement_timeout = 0;
          update docs set body = 'set x = 1; set y = 2' where false;
          bound := set_config('app.tag', coalesce(current_setting('app.tag', true), ''), true);
          return bound;
        end $$;
        create function public.bound() returns text language sql
          return set_config('app.tag', 'x', true);
        """);
    assertThat(schema.findings()).isEmpty();
  }
}
