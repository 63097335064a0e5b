package dev.tenon.tenancy.audit;

import static dev.tenon.tenancy.audit.Finding.Rule.*;
import static dev.tenon.tenancy.audit.Hole.hole;

import dev.tenon.tenancy.audit.Finding.Severity;
import java.util.List;

/**
 * Holes that hide among what extensions and the server made, or that own what tenants' tables use.
 */
final class ExtensionHoles {

  private ExtensionHoles() {}

  static final List<Hole> ALL =
      List.of(
              hole(
                  DEFINER_VIEW,
                  "public.peek",
                  """
                  create extension if not exists pg_trgm;
                  create view public.peek as select tenant_id, email from public.customers;
                  grant select on public.peek to public;
                  alter extension pg_trgm add view public.peek;
                  """),
              hole(
                  MATERIALIZED_VIEW,
                  "public.peek_kept",
                  """
                  create extension if not exists pg_trgm;
                  create materialized view public.peek_kept as
                    select tenant_id, email from public.customers with no data;
                  grant select on public.peek_kept to ${app};
                  alter extension pg_trgm add materialized view public.peek_kept;
                  """),
              hole(
                  ROW_SECURITY_OFF,
                  "public.peek_rows",
                  """
                  create extension if not exists pg_trgm;
                  create table public.peek_rows (tenant_id uuid not null);
                  create index on public.peek_rows (tenant_id);
                  grant select on public.peek_rows to ${app};
                  alter extension pg_trgm add table public.peek_rows;
                  """),
              hole(
                  DEFINER_FUNCTION,
                  "public.peek_at()",
                  """
                  create extension if not exists pg_trgm;
                  create function public.peek_at() returns bigint language sql security definer
                    set search_path = pg_catalog, pg_temp as 'select count(*) from fenced.notes';
                  alter extension pg_trgm add function public.peek_at();
                  """),
              hole(
                  NATIVE_FUNCTION,
                  "public.peek_file(text)",
                  """
                  create extension if not exists pg_trgm;
                  create function public.peek_file(text) returns bytea
                    language internal strict as 'pg_read_binary_file_all';
                  alter extension pg_trgm add function public.peek_file(text);
                  """),
              hole(
                  NATIVE_FUNCTION,
                  "public.read_any(text)",
                  """
                  create function public.read_any(text) returns text
                    language internal strict as 'pg_read_file_all'
                  """),
              hole(
                  NATIVE_FUNCTION,
                  "public.shown(text)",
                  """
                  create extension if not exists dblink;
                  create function public.shown(text) returns setof record
                    language c strict as '$libdir/dblink', 'dblink_record';
                  revoke all on function public.shown(text) from public;
                  grant execute on function public.shown(text) to ${app};
                  """),
              hole(
                  DEFINER_VIEW,
                  "pg_catalog.pg_mails",
                  """
                  set allow_system_table_mods = on;
                  create view pg_catalog.pg_mails as select email from public.customers;
                  grant select on pg_catalog.pg_mails to public;
                  """),
              hole(
                  DEFINER_VIEW,
                  "information_schema.mails",
                  """
                  create view information_schema.mails as select email from public.customers;
                  grant select on information_schema.mails to public;
                  """),
              hole(
                  DEFINER_FUNCTION,
                  "pg_catalog.pg_mail_count()",
                  """
                  set allow_system_table_mods = on;
                  create function pg_catalog.pg_mail_count() returns bigint language sql
                    security definer set search_path = pg_catalog, pg_temp
                    as 'select count(*) from public.customers';
                  """),
              hole(
                  DEFINER_FUNCTION,
                  "information_schema.mail_count()",
                  """
                  create function information_schema.mail_count() returns bigint language sql
                    security definer set search_path = pg_catalog, pg_temp
                    as 'select count(*) from public.customers';
                  """),
              hole(
                      FOREIGN_SERVER,
                      "\"it ' self\"",
                      """
                      create extension if not exists postgres_fdw;
                      create server "it ' self" foreign data wrapper postgres_fdw;
                      grant usage on foreign server "it ' self" to ${app};
                      create user mapping for public server "it ' self" options (user 'postgres');
                      """)
                  .with(Severity.ERROR),
              hole(
                  FOREIGN_SERVER,
                  "beside",
                  """
                  create extension if not exists postgres_fdw;
                  create server beside foreign data wrapper postgres_fdw;
                  grant usage on foreign server beside to public;
                  """),
              hole(
                  INHERITANCE_PARENT,
                  "public.base",
                  """
                  create table public.base (id uuid, email text);
                  create table public.above_base (id uuid);
                  revoke all on public.above_base from ${app};
                  alter table public.base inherit public.above_base;
                  alter table public.customers inherit public.base;
                  grant select on public.base to ${app};
                  """),
              hole(
                  INHERITANCE_PARENT,
                  "public.top",
                  """
                  create table public.top (id uuid);
                  create table public.middle (id uuid, email text) inherits (public.top);
                  alter table public.customers inherit public.middle;
                  grant select on public.top to public;
                  """),
              hole(
                  DEFINER_VIEW,
                  "public.through_base",
                  """
                  create table public.hidden_base (id uuid, email text);
                  revoke all on public.hidden_base from ${app};
                  alter table public.customers inherit public.hidden_base;
                  create view public.through_base as select email from public.hidden_base;
                  grant select on public.through_base to ${app};
                  """),
              hole(
                  UNIQUE_WITHOUT_TENANT,
                  "public.elsewhere",
                  """
                  create extension if not exists btree_gist;
                  alter table public.customers add constraint elsewhere
                    exclude using gist (tenant_id with <>, email with =);
                  """),
              hole(
                  DOMAIN_OWNED,
                  "public.\"e ' mail\"",
                  """
                  create domain public.inner_mail as text;
                  alter domain public.inner_mail owner to ${owner};
                  create domain public."e ' mail" as public.inner_mail;
                  create table public.letters (tenant_id uuid not null, mail public."e ' mail");
                  alter table public.letters owner to ${owner};
                  """
                      + dev.tenon.tenancy.TenantTable.rls("public", "letters").sql()
                      + "alter domain public.\"e ' mail\" owner to ${app}"),
              hole(
                  CATALOG_GRANTED,
                  "public.pg_get_wal_record_info(pg_lsn)",
                  """
                  create extension if not exists pg_walinspect;
                  grant execute on function public.pg_get_wal_record_info(pg_lsn) to ${app};
                  """),
              hole(
                      CATALOG_GRANTED,
                      "public.pg_buffercache_pages()",
                      """
                      create extension if not exists pg_buffercache;
                      grant execute on function public.pg_buffercache_pages() to public;
                      """)
                  .with(Severity.WARNING),
              hole(
                  CATALOG_GRANTED,
                  "public.dblink_connect_u(text)",
                  """
                  create extension if not exists dblink;
                  grant execute on function public.dblink_connect_u(text) to ${app};
                  """))
          .stream()
          .map(Hole::bySuperuser)
          .toList();
}
