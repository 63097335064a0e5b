package dev.tenon.tenancy.internal;

/** What makes a role free of row-level security and of fences: asked by the guard and the audit. */
public final class RoleFacts {

  /**
   * Common table expressions for {@code with recursive}: {@code part}, each partition of a declared
   * table at any depth; {@code fenced}; {@code preset}, where this database's sessions start with a
   * tenant; and {@code facts}, one row for each role.
   */
  public static final String EXPRESSIONS =
      """
      part (oid, root) as (
          select h.inhrelid, coalesce(i.base, i.relation)
            from tenon.isolation i
            join pg_catalog.pg_inherits h on h.inhparent = coalesce(i.base, i.relation)
           where i.kind <> 'SHARED'
        union
          select h.inhrelid, p.root
            from part p join pg_catalog.pg_inherits h on h.inhparent = p.oid
      ), fenced as (
        select c.oid, c.relowner, c.oid::pg_catalog.regclass::text as name
          from pg_catalog.pg_class c
         where c.relrowsecurity
            or exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid)
            or exists (select
                         from tenon.isolation i
                        where i.kind <> 'SHARED' and c.oid in (i.relation, i.base))
            or exists (select
                         from part p join pg_catalog.pg_class r on r.oid = p.root
                        where p.oid = c.oid and c.relowner <> r.relowner)
      ), preset as (
        select s.setdatabase, s.setrole,
               pg_catalog.split_part(c.setting, '=', 1) as name
          from pg_catalog.pg_db_role_setting s
         cross join pg_catalog.unnest(s.setconfig) as c (setting)
         where pg_catalog.lower(c.setting) like 'app.current\\_tenant=%'
           and s.setdatabase in (
             select 0 union all
             select d.oid from pg_catalog.pg_database d
              where d.datname = pg_catalog.current_database())
      ), facts as (
        select r.oid, r.rolname, r.rolsuper, r.rolbypassrls, r.rolreplication, r.rolcreaterole,
               r.rolname in (
                 'pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files',
                 'pg_write_server_files', 'pg_execute_server_program') as is_predefined,
               (select string_agg(f.name, ', ' order by f.name)
                  from fenced f where f.relowner = r.oid) as owned,
               (select string_agg(f.name, ', ' order by f.name)
                  from fenced f
                 where pg_catalog.has_table_privilege(r.oid, f.oid, 'TRUNCATE')) as truncated,
               (select string_agg(c.relname, ', ' order by c.relname)
                  from pg_catalog.pg_class c
                 where c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace
                   and c.relname in ('pg_largeobject', 'pg_statistic', 'pg_statistic_ext_data')
                   and pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT')) as sampled,
               (select string_agg(x.place, ', ' order by x.place)
                  from (select 'the schema ' || n.nspname
                          from pg_catalog.pg_namespace n
                         where n.nspowner = r.oid
                           and (n.nspname = 'tenon' or exists (
                             select
                               from tenon.isolation i
                               join pg_catalog.pg_class c on c.oid = i.relation
                              where i.kind <> 'SHARED' and c.relnamespace = n.oid))
                        union all
                        select 'the database ' || d.datname
                          from pg_catalog.pg_database d
                         where d.datname = pg_catalog.current_database() and d.datdba = r.oid)
                       as x (place)) as owned_places,
               (select string_agg(p.oid::pg_catalog.regprocedure::text, ', ' order by p.oid)
                  from pg_catalog.pg_proc p
                  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
                 where n.nspname = 'tenon' and p.proowner = r.oid) as owned_functions
          from pg_catalog.pg_roles r
      )
      """;

  private RoleFacts() {}
}
