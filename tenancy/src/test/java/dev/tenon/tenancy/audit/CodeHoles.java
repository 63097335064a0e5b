package dev.tenon.tenancy.audit;

import static dev.tenon.tenancy.audit.Finding.Rule.*;
import static dev.tenon.tenancy.audit.Hole.hole;

import dev.tenon.core.internal.CopyStage;
import dev.tenon.core.internal.OwnerFunction;
import dev.tenon.tenancy.audit.Finding.Severity;
import java.util.List;
import org.jooq.impl.DSL;

/** Holes in functions, triggers and rules. */
final class CodeHoles {

  private CodeHoles() {}

  private static String stage(String table, String columns) {
    CopyStage stage = CopyStage.of(DSL.name("public", table), columns);
    return stage.functionSql(
        "create temporary table %s (%n  %s%n) on commit delete rows;%n"
            .formatted(stage.name(), columns));
  }

  static final List<Hole> ALL =
      List.of(
          hole(
              DEFINER_FUNCTION,
              "public.\"se ' cret\"(x integer, OUT y text)",
              """
              create function public."se ' cret"(x int, out y text)
                language sql security definer set search_path = pg_catalog, pg_temp
                return x::text
              """),
          hole(
              DEFINER_FUNCTION,
              "public.made_ready()",
              """
              create procedure public.made_ready() language plpgsql security definer
                set search_path = pg_catalog, pg_temp
                as 'begin delete from fenced.notes; end'
              """),
          hole(
              DEFINER_FUNCTION,
              "public.samples_stage()",
              OwnerFunction.sql("public.samples_stage", "", "begin\n  perform 1;\nend\n")
                  .replace("perform 1", "delete from fenced.samples")),
          hole(
              DEFINER_FUNCTION,
              "public.\"forged ' header\"()",
              OwnerFunction.sql(
                  "public.\"forged ' header\"", "", "begin\n  delete from fenced.notes;\nend\n")),
          hole(
              DEFINER_FUNCTION,
              "public.other_stage()",
              stage(
                  "other",
                  "x text) on commit delete rows; delete from fenced.notes; create"
                      + " temporary table y (\"x\" text")),
          hole(
              DEFINER_FUNCTION,
              "public.moved_stage()",
              stage("moved", "\"x\" text")
                  + "alter function public.moved_stage() set search_path = public, pg_catalog"),
          hole(
                  DEFINER_FUNCTION,
                  "public.things_stage()",
                  stage("things", "\"x\" text,\n  \"at\" timestamptz, \"size\" numeric(3, 1)[]"))
              .with(Severity.INFO),
          hole(
              DEFINER_FUNCTION,
              "hidden.counted()",
              """
              create schema hidden;
              create function hidden.counted() returns bigint language sql security definer
                set search_path = pg_catalog, pg_temp as 'select count(*) from fenced.notes';
              create view public.how_many as select hidden.counted();
              """),
          hole(
              FUNCTION_DRIFT,
              "tenon.current_tenant()",
              """
              create or replace function tenon.current_tenant() returns uuid language sql stable
                parallel safe as 'select ''0191f6c0-0000-7000-8000-00000000000a''::uuid'
              """),
          hole(
              FUNCTION_DRIFT,
              "tenon.refuse_without_tenant()",
              """
              create or replace function tenon.refuse_without_tenant() returns uuid
                language sql stable parallel safe return null::uuid
              """),
          hole(
              FUNCTION_DRIFT,
              "tenon.admitted(text)",
              """
              create or replace function tenon.admitted(tenant text) returns text
                language plpgsql stable as 'begin return tenant; end'
              """),
          hole(
                  PRESET_TENANT,
                  "public.\"as ' bolt\"(IN x integer)",
                  """
              create procedure public."as ' bolt"(x int) language sql
                set "App.Current_Tenant" = '0191f6c0-0000-7000-8000-00000000000a' as 'select';
              """)
              .bySuperuser(),
          hole(
              UNPINNED_SEARCH_PATH,
              "public.unpinned()",
              """
              create function public.unpinned() returns int
                language sql security definer return 1;
              revoke all on function public.unpinned() from public;
              """),
          hole(
              DEFINER_TRIGGER,
              "noting on public.customers",
              """
              create function public.note() returns trigger language plpgsql security definer
                set search_path = pg_catalog, pg_temp as 'begin return new; end';
              create trigger noting before insert on public.customers
                for each row execute function public.note();
              """),
          hole(
              DEFINER_TRIGGER,
              "noted on parts.events_2026",
              """
              create function public.note_part() returns trigger language plpgsql security definer
                set search_path = pg_catalog, pg_temp as 'begin return new; end';
              create trigger noted before insert on parts.events_2026
                for each row execute function public.note_part();
              """),
          hole(
              DEFINER_TRIGGER,
              "fenced_note on fenced.notes",
              """
              create function public.note_fenced() returns trigger language plpgsql security definer
                set search_path = pg_catalog, pg_temp as 'begin return new; end';
              create trigger fenced_note before insert on fenced.notes
                for each row execute function public.note_fenced();
              """),
          hole(
              DEFINER_FUNCTION,
              "public.spy(s text, x integer)",
              """
              create function public.spy(s text, x int) returns text language sql security definer
                set search_path = pg_catalog, pg_temp
                as 'select string_agg(body, '','') from fenced.notes';
              revoke all on function public.spy(text, int) from public;
              create aggregate public.leak(int) (sfunc = public.spy, stype = text);
              """),
          hole(
              DEFINER_FUNCTION,
              "public.gap(a integer, b integer)",
              """
              create function public.gap(a int, b int) returns float8 language sql immutable
                security definer set search_path = pg_catalog, pg_temp as 'select (a - b)::float8';
              revoke all on function public.gap(int, int) from public;
              create type public.spans as range (subtype = int, subtype_diff = public.gap);
              """),
          hole(
              REWRITE_RULE,
              "\"al ' so\" on public.customers",
              """
              create rule "al ' so" as on delete to public.customers
                do also delete from public.countries
              """));
}
