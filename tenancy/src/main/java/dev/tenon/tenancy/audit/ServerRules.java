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
         where c.relnamespace = 'pg_catalog'::regnamespace and c.relacl is not null
        union all
        select 'pg_class'::regclass, c.oid, a.attnum, format('pg_catalog.%I', c.relname), 'table',
               format(' (%I)', a.attname), a.attacl, 'ERROR'
          from pg_class c
          join pg_attribute a on a.attrelid = c.oid and a.attacl is not null
         where c.relnamespace = 'pg_catalog'::regnamespace
        union all
        select 'pg_proc'::regclass, p.oid, 0,
               format('pg_catalog.%I(%s)', p.proname, oidvectortypes(p.proargtypes)),
               'function', '', p.proacl,
               case when p.proname ~ '^(pg_(read|ls|file)_|pg_stat_file|lo_(import|export))'
                    then 'ERROR' else 'WARNING' end
          from pg_proc p
         where p.pronamespace = 'pg_catalog'::regnamespace and p.proacl is not null
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

  private ServerRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        CATALOGUE + LARGE_OBJECTS,
        """
        select 'CATALOG_GRANTED' as rule, min(g.severity) as severity, g.label as object,
               string_agg(distinct g.grantee || ' may ' || g.privilege, ', ') as detail,
               string_agg(distinct format('revoke %s%s on %s %s from %s;', g.privilege, g.columns,
                                          g.kind, g.label, g.grantee), E'\\n') as fix
          from given g
         group by g.label
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
