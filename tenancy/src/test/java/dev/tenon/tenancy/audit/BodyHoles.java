package dev.tenon.tenancy.audit;

import static dev.tenon.tenancy.audit.Finding.Rule.CASCADE_TRIGGER;
import static dev.tenon.tenancy.audit.Finding.Rule.IMMUTABLE_READER;
import static dev.tenon.tenancy.audit.Finding.Rule.SESSION_STATE;
import static dev.tenon.tenancy.audit.Hole.hole;
import static dev.tenon.tenancy.audit.Hole.table;

import dev.tenon.tenancy.audit.Finding.Severity;
import java.util.List;

/** Holes in the bodies of functions that run with the rights of their caller. */
final class BodyHoles {

  private BodyHoles() {}

  /** A table whose rows go, or change, with their customer, and a trigger on it. */
  private static String cascading(String table, String action, String when, String body) {
    return table(
            table,
            """
            id uuid, customer_id uuid, note text,
              foreign key (tenant_id, customer_id) references public.customers (tenant_id, id)
            """
                + action)
        + """
        create function public.%1$s_trigger() returns trigger language plpgsql as $$ %3$s $$;
        create trigger %1$s_trigger %2$s on public.%1$s
          for each row execute function public.%1$s_trigger();
        """
            .formatted(table, when, body);
  }

  static final List<Hole> ALL =
      List.of(
          hole(
              CASCADE_TRIGGER,
              "falling_trigger on public.falling",
              cascading(
                  "falling",
                  "on delete cascade",
                  "before delete",
                  "begin update public.docs set body = ''; return old; end")),
          hole(
              CASCADE_TRIGGER,
              "moving_trigger on public.moving",
              cascading(
                  "moving",
                  "on update cascade",
                  "before insert or update",
                  "begin new.note := email from customers limit 1; return new; end")),
          hole(
                  CASCADE_TRIGGER,
                  "nulling_trigger on public.nulling",
                  cascading(
                      "nulling",
                      "on delete set null (customer_id)",
                      "before update of customer_id",
                      "begin execute tg_argv[0]; return new; end"))
              .with(Severity.WARNING),
          hole(
                  CASCADE_TRIGGER,
                  "calling_trigger on public.calling",
                  cascading(
                          "calling",
                          "on delete set default (customer_id)",
                          "before update",
                          "begin new.note := public.note_of(new.id); return new; end")
                      + """
                      create function public.note_of(id uuid) returns text
                        language sql stable as 'select id::text'
                      """)
              .with(Severity.WARNING),
          hole(
              IMMUTABLE_READER,
              "public.newest()",
              """
              create function public.newest() returns text language sql immutable
                as 'select max(email) from customers'
              """),
          hole(
              IMMUTABLE_READER,
              "public.newest_body(x integer)",
              """
              create function public.newest_body(x int) returns text language sql immutable
                return (select max(body) from public.notes)
              """),
          hole(
              IMMUTABLE_READER,
              "public.whose()",
              """
              create function public.whose() returns text language plpgsql immutable
                as $$ begin return current_setting('app.current_tenant'); end $$
              """),
          hole(
              IMMUTABLE_READER,
              "public.owner_of(x uuid)",
              """
              create function public.owner_of(x uuid) returns uuid language sql immutable
                return tenon.current_tenant();
              create index on public.docs (tenant_id, public.owner_of(id))
              """),
          hole(
                  IMMUTABLE_READER,
                  "public.evaluated(query text)",
                  """
                  create function public.evaluated(query text) returns text
                    language plpgsql immutable as $$
                    declare found text;
                    begin execute query into found; return found; end $$
                  """)
              .with(Severity.WARNING),
          hole(
                  IMMUTABLE_READER,
                  "public.indirect()",
                  """
                  create function public.direct() returns bigint language sql stable
                    as 'select count(*) from customers';
                  create function public.indirect() returns bigint language sql immutable
                    as 'select direct()';
                  """)
              .with(Severity.WARNING),
          hole(
              SESSION_STATE,
              "public.my_plan()",
              """
              create function public.my_plan() returns text language plpgsql as $$
              begin
                return set_config('app.my_plan', current_setting('app.my_plan', true), false);
              end $$
              """),
          hole(
              SESSION_STATE,
              "public.quickly()",
              """
              create procedure public.quickly() language plpgsql as $$
              begin
                set statement_timeout = '1s';
              end $$
              """));
}
