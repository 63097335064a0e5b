package dev.tenon.tenancy.audit;

import java.util.List;

/** What the server keeps of all tenants in one place: its catalogue, its files, large objects. */
final class ServerRules {

  /** Rights in the catalogue that its server did not come with. */
  private static final String CATALOGUE =
      """
      , catalogue (class, oid, part, label, kind, columns, acl, severity) as (
        select 'pg_class'::regclass, c.oid, 0, format('pg_catalog.%I', c.relname), 'table', '',
               c.relacl, 'ERROR'
          from pg_class c
         where c.relnamespace = 'pg_catalog'::regnamespace and c.oid < 16384
           and c.relacl is not null
        union all
        select 'pg_class'::regclass, c.oid, a.attnum, format('pg_catalog.%I', c.relname), 'table',
               format(' (%I)', a.attname), a.attacl, 'ERROR'
          from pg_class c
          join pg_attribute a on a.attrelid = c.oid and a.attacl is not null
         where c.relnamespace = 'pg_catalog'::regnamespace and c.oid < 16384
        union all
        select 'pg_proc'::regclass, p.oid, 0,
               format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)),
               'function', '', p.proacl,
               case when p.proname ~ '^(pg_(read|ls|file)_|pg_stat_file|lo_(import|export))'
                      or exists (
                        select
                          from pg_depend d
                          join pg_extension e
                            on d.refclassid = 'pg_extension'::regclass and e.oid = d.refobjid
                         where d.classid = 'pg_proc'::regclass and d.objid = p.oid
                           and d.deptype = 'e'
                           and e.extname in ('pg_walinspect', 'pageinspect', 'dblink', 'adminpack',
                                             'file_fdw', 'pg_surgery'))
                    then 'ERROR' else 'WARNING' end
          from pg_proc p
          join pg_namespace n on n.oid = p.pronamespace
         where p.proacl is not null
           and exists (
             select
               from pg_init_privs i
              where i.classoid = 'pg_proc'::regclass and i.objoid = p.oid)
      ), given as (
        select c.label, c.kind, c.columns, c.severity, g.name as grantee, a.privilege_type as privilege
          from catalogue c
         cross join lateral aclexplode(c.acl) a
          join grantee g on g.oid = a.grantee
         where not exists (
           select
             from pg_init_privs i
            cross join lateral aclexplode(i.initprivs) o
            where i.classoid = c.class and i.objoid = c.oid and i.objsubid in (0, c.part)
              and o.grantee in (0, a.grantee) and o.privilege_type = a.privilege_type)
      )
      """;

  /** Who may make a large object, and who may use one that is there. */
  private static final String LARGE_OBJECTS =
      """
      , maker as (
        select format('pg_catalog.%I(%s)', p.proname, oidvectortypes(p.proargtypes))
                 as label,
               g.name as grantee
          from pg_proc p
         cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
          join grantee g on g.oid = a.grantee
         where p.pronamespace = 'pg_catalog'::regnamespace
           and p.proname in ('lo_creat', 'lo_create', 'lo_from_bytea')
      ), user_of as (
        select m.oid, g.name
          from pg_largeobject_metadata m
          join grantee g on g.oid = m.lomowner
        union
        select m.oid, g.name
          from pg_largeobject_metadata m
         cross join lateral aclexplode(m.lomacl) a
          join grantee g on g.oid = a.grantee
      )
      """;

  /** What a role can ask of other servers, under an account that is kept for it. */
  private static final String FOREIGN_SERVERS =
      """
      , foreign_server as (
        select quote_ident(s.srvname) as label, g.name as grantee,
               exists (select
                         from pg_user_mappings m
                        where m.srvid = s.oid
                          and (m.umuser = 0 or m.umuser in (select j.oid from judged j)))
                 as is_mapped
          from pg_foreign_server s
         cross join lateral aclexplode(s.srvacl) a
          join grantee g on g.oid = a.grantee
         where a.grantee <> s.srvowner
      ), parameter as (
        select quote_ident(p.parname) as name, g.name as grantee, a.privilege_type as privilege
          from pg_parameter_acl p
         cross join lateral aclexplode(p.paracl) a
          join grantee g on g.oid = a.grantee
      )
      """;

  private ServerRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        CATALOGUE + LARGE_OBJECTS + FOREIGN_SERVERS,
        """
        select 'CATALOG_GRANTED' as rule, min(g.severity) as severity, g.label as object,
               string_agg(distinct g.grantee || ' may ' || g.privilege, ', ') as detail,
               string_agg(distinct format('revoke %s%s on %s %s from %s;', g.privilege, g.columns,
                                          g.kind, g.label, g.grantee), E'\\n') as fix
          from given g
         group by g.label
        union all
        select 'FOREIGN_SERVER', case when bool_or(s.is_mapped) then 'ERROR' end, s.label,
               string_agg(distinct s.grantee, ', ') || ' may use it'
                 || case when bool_or(s.is_mapped) then ', under an account that is kept for it'
                         else '' end,
               format('revoke usage on foreign server %s from %s;', s.label,
                      string_agg(distinct s.grantee, ', '))
          from foreign_server s
         group by s.label
        union all
        select 'PARAMETER_GRANTED',
               case when bool_or(p.privilege = 'ALTER SYSTEM') then 'ERROR' end, p.name,
               string_agg(distinct p.grantee || ' may ' || p.privilege, ', '),
               string_agg(distinct format('revoke %s on parameter %s from %s;', p.privilege, p.name,
                                          p.grantee), E'\\n')
          from parameter p
         group by p.name
        union all
        select 'LARGE_OBJECT_RIGHTS', null, quote_ident(current_database()),
               string_agg(distinct m.grantee, ', ') || ' may make them',
               string_agg(distinct format('revoke execute on function %s from %s;',
                                          m.label, m.grantee), E'\\n')
          from maker m
        having count(*) > 0
        union all
        select 'LARGE_OBJECT', null, 'pg_catalog.pg_largeobject',
               format('there are %s, the first is %s, for %s', count(distinct u.oid), min(u.oid),
                      string_agg(distinct u.name, ', ')),
               '-- copy each into a column of type bytea, in a table of tenants, and then:'
                 || chr(10) || '-- select lo_unlink(…);'
          from user_of u
        having count(*) > 0
        """);
  }
}
