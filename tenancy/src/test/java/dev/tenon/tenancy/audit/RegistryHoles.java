package dev.tenon.tenancy.audit;

import static dev.tenon.tenancy.audit.Finding.Rule.*;
import static dev.tenon.tenancy.audit.Hole.hole;

import java.util.List;

/** Holes in Tenon's own tables and functions. */
final class RegistryHoles {

  private RegistryHoles() {}

  static final List<Hole> ALL =
      List.of(
          hole(
              REGISTRY_DRIFT,
              "tenant on tenon.tenant",
              "alter policy tenant on tenon.tenant using (true)"),
          hole(
              REGISTRY_DRIFT,
              "\"mo ' re\" on tenon.tenant",
              "create policy \"mo ' re\" on tenon.tenant for update to ${app} using (true)"),
          hole(
              REGISTRY_DRIFT,
              "tenon.tenant",
              "alter table tenon.tenant disable row level security;"
                  + " alter table tenon.tenant no force row level security;"
                  + " grant update (state) on tenon.tenant to ${app}"),
          hole(
              REGISTRY_DRIFT,
              "append_only on tenon.admin_log",
              "alter table tenon.admin_log disable trigger append_only"),
          hole(
              REGISTRY_DRIFT,
              "pinned on tenon.admin_log",
              "drop trigger pinned on tenon.admin_log"),
          hole(
              REGISTRY_DRIFT,
              "mute on tenon.admin_log",
              """
              create function public.mute() returns trigger language plpgsql
                as 'begin return null; end';
              create trigger mute before insert on tenon.admin_log
                for each row execute function public.mute();
              """),
          hole(
              REGISTRY_DRIFT,
              "tenon.admin_log",
              "grant select, insert on tenon.admin_log to ${app}; grant delete on tenon.admin_log to public"),
          hole(
              REGISTRY_DRIFT,
              "hidden on tenon.isolation",
              "create rule hidden as on update to tenon.isolation do instead nothing"),
          hole(REGISTRY_DRIFT, "tenon.isolation", "grant insert on tenon.isolation to ${app}"),
          hole(REGISTRY_DRIFT, "tenon", "grant create on schema tenon to ${app}"),
          hole(
              REGISTRY_DRIFT,
              "tenon.tenancy_history",
              "grant select on tenon.tenancy_history to public"),
          hole(
              DEFINER_VIEW,
              "public.who_worked",
              "create view public.who_worked as select reason from tenon.admin_log"),
          hole(
              DEFINER_FUNCTION,
              "tenon.notes()",
              """
              create function tenon.notes() returns bigint language sql security definer
                set search_path = pg_catalog, pg_temp as 'select count(*) from fenced.notes';
              """),
          hole(
              FUNCTION_DRIFT,
              "tenon.refuse_change()",
              """
              create or replace function tenon.refuse_change() returns trigger language plpgsql
                as 'begin return null; end'
              """),
          hole(
              FUNCTION_DRIFT,
              "tenon.pin_admin_log()",
              "alter function tenon.pin_admin_log() security definer"),
          hole(
              FUNCTION_DRIFT,
              "tenon.has_key(regclass,\"char\",name[])",
              """
              create or replace function tenon.has_key(relation regclass, kind "char",
                key_columns name[]) returns boolean language sql stable return true
              """),
          hole(
              FUNCTION_DRIFT,
              "tenon.has_index_led_by(regclass,name)",
              """
              create or replace function tenon.has_index_led_by(relation regclass,
                leading_column name) returns boolean language sql stable return true
              """),
          hole(
              FUNCTION_DRIFT,
              "tenon.require_fit_table(text,name,name[])",
              """
              create or replace function tenon.require_fit_table(table_name text,
                tenant_column name, primary_key name[]) returns void language sql stable
                as 'select'
              """),
          hole(
              FUNCTION_DRIFT,
              "tenon.require_unread_table(text)",
              """
              create or replace function tenon.require_unread_table(table_name text)
                returns void language sql stable as 'select'
              """),
          hole(
              FUNCTION_DRIFT,
              "tenon.require_no_label(text)",
              """
              create or replace function tenon.require_no_label(table_name text)
                returns void language sql stable as 'select'
              """));
}
