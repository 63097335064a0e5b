package dev.tenon.tenancy.audit;

import java.util.List;

/** Rights that no policy binds, rights to come, writes to what all share, and publications (S9). */
final class RightRules {

  private RightRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        """
        , domain (oid, root) as (
            select y.oid, t.relowner
              from (select x.oid, x.relowner from tenanted x
                    union
                    select b.oid, x.relowner from below b join tenanted x on x.oid = b.root) t
              join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
              join pg_type y on y.oid = a.atttypid and y.typtype = 'd'
          union
            select y.oid, d.root
              from domain d
              join pg_type x on x.oid = d.oid
              join pg_type y on y.oid = x.typbasetype and y.typtype = 'd'
        )
        """,
        """
        select 'UNBOUND_RIGHTS' as rule, r.label as object,
               string_agg(distinct t.grantee || ' may ' || t.privilege, ', ') as detail,
               format('revoke %s on %s from %s;', string_agg(distinct t.privilege, ', '), r.label,
                      string_agg(distinct t.grantee, ', ')) as fix
          from rights t
          join relation r using (oid)
         where t.privilege in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
           and r.oid in (
             select x.oid from tenanted x where x.kind is distinct from 'FENCE'
             union all
             select x.view from tenanted x where x.kind = 'FENCE')
         group by r.label
        union all
        select 'DEFAULT_PRIVILEGES',
               case when n.oid is null then quote_ident(o.rolname)
                    else quote_ident(n.nspname) end,
               'new tables of ' || quote_ident(o.rolname) || ' give rights to '
                 || string_agg(distinct g.name, ', '),
               format('alter default privileges for role %I%s revoke all on tables from %s;',
                      o.rolname, ' in schema ' || quote_ident(n.nspname),
                      string_agg(distinct g.name, ', '))
          from pg_default_acl p
          join pg_roles o on o.oid = p.defaclrole
          left join pg_namespace n on n.oid = p.defaclnamespace
         cross join lateral aclexplode(p.defaclacl) a
          join grantee g on g.oid = a.grantee
         where p.defaclobjtype = 'r' and a.grantee <> p.defaclrole
           and exists (
             select
               from tenanted t
              where t.kind = 'FENCE' and (n.oid is null or t.nspname = n.nspname)
                 or t.kind is distinct from 'FENCE' and t.relkind = 'p'
                   and (n.oid is null or n.nspname in (
                     select coalesce(r.nspname, t.nspname)
                       from (select) as o
                       left join below b on b.root = t.oid
                       left join relation r on r.oid = b.oid)))
         group by n.oid, n.nspname, o.rolname
        union all
        select 'SHARED_WRITABLE', r.label,
               string_agg(distinct t.grantee || ' may ' || t.privilege, ', '),
               format('revoke %s on %s from %s;', lower(string_agg(distinct t.privilege, ', ')),
                      r.label, string_agg(distinct t.grantee, ', '))
          from declared d
          join relation r using (oid)
          join rights t using (oid)
         where d.kind = 'SHARED'
           and t.privilege in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
         group by r.label
        union all
        select 'DOMAIN_OWNED', format('%I.%I', n.nspname, y.typname),
               quote_ident(o.rolname) || ' owns it, and a table of tenants uses it',
               format('alter domain %I.%I owner to %I;', n.nspname, y.typname,
                      min(pg_get_userbyid(d.root)))
          from domain d
          join pg_type y using (oid)
          join pg_namespace n on n.oid = y.typnamespace
          join judged j on j.oid = y.typowner
          join pg_roles o on o.oid = j.oid and not o.rolsuper
         where d.root not in (select x.oid from judged x)
         group by n.nspname, y.typname, o.rolname
        union all
        select 'PUBLICATION', quote_ident(p.pubname),
               'without a row filter: ' || string_agg(t.label, ', ' order by t.label),
               format('-- give each table a filter: alter publication %I set table %s'
                      ' where (%I = …);',
                      p.pubname, min(t.label), min(t.tenant_column))
          from pg_publication p
          join tenanted t
            on p.puballtables
            or exists (select
                         from pg_publication_rel x
                        where x.prpubid = p.oid and x.prrelid = t.oid and x.prqual is null)
            or exists (select
                         from pg_publication_namespace x
                         join pg_namespace n on n.oid = x.pnnspid
                        where x.pnpubid = p.oid and n.nspname = t.nspname)
         group by p.pubname
        """);
  }
}
