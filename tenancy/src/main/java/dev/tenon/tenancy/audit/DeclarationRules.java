package dev.tenon.tenancy.audit;

import java.util.List;

/** What was declared, or was not, against the tables that stand there. */
final class DeclarationRules {

  private DeclarationRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        "",
        """
        select 'TENANT_COLUMN_MISSING' as rule, t.label as object,
               'it has no column ' || quote_ident(t.tenant_column) as detail,
               format('alter table %s add column %I uuid;', t.label, t.tenant_column) as fix,
               'RLS' as remedy, t.nspname, t.relname, t.tenant_column
          from tenanted t
         where t.attnum is null and t.kind = 'RLS'
        union all
        select 'TENANT_COLUMN_NULLABLE', t.label,
               'its column ' || quote_ident(t.tenant_column) || ' may be null',
               format('alter table %s alter column %I set not null;', t.label, t.tenant_column),
               null, null, null, null
          from tenanted t
         where not t.attnotnull
        union all
        select 'TENANT_DEFAULT', r.label,
               'the default of ' || quote_ident(t.tenant_column) || ' is '
                 || coalesce(e.expression, 'gone'),
               format('alter %s %s alter column %I set default tenon.current_tenant();',
                      case r.relkind when 'v' then 'view' else 'table' end, r.label,
                      t.tenant_column),
               null, null, null, null
          from tenanted t
          join relation r on r.oid in (t.oid, t.view) and r.relkind in ('r', 'p', 'v')
          join pg_attribute a on a.attrelid = r.oid and a.attname::text = t.tenant_column
          left join pg_attrdef f on f.adrelid = r.oid and f.adnum = a.attnum
         cross join lateral (select pg_get_expr(f.adbin, f.adrelid) as expression) e
         where t.kind is not null and e.expression is distinct from 'tenon.current_tenant()'
        union all
        select 'UNDECLARED_TABLE', t.label, 'it has a tenant column and no declaration', null,
               'RLS', t.nspname, t.relname, t.tenant_column
          from tenanted t
         where t.kind is null and t.relrowsecurity
        union all
        select 'UNDECLARED_TABLE', r.label,
               'it has no tenant column, is not declared SHARED, and ' || h.grantees
                 || ' may reach it',
               '-- Decide first. If its rows are owned by tenants: add column tenant_id uuid, fill'
                 || ' it, and run TenantTable.rls(…).sql() instead.' || chr(10)
                 || '-- Only if they are everybody''s, and the application does not write them:',
               'SHARED', r.nspname, r.relname, null
          from relation r
          join reach h using (oid)
         where r.relkind in ('r', 'p', 'f') and r.own and r.open
           and not exists (select from declared d where d.oid = r.oid)
           and not exists (select from declared d where d.base = r.oid)
           and not exists (select from pg_inherits i where i.inhrelid = r.oid)
           and not exists (select from above u where u.oid = r.oid)
           and not exists (select from marked m where m.oid = r.oid)
        union all
        select 'SHARED_WITH_TENANT_COLUMN', r.label, 'the column is ' || quote_ident(m.tenant_column),
               null, 'RLS', r.nspname, r.relname, m.tenant_column
          from declared d
          join relation r using (oid)
          join marked m using (oid)
         where d.kind = 'SHARED'
        union all
        select 'STALE_DECLARATION', d.oid::regclass::text, null,
               format('delete from tenon.isolation where relation = %L::regclass;', d.oid),
               null, null, null, null
          from declared d
         where not exists (select from pg_class c where c.oid = d.oid)
            or d.base is not null and not exists (select from pg_class c where c.oid = d.base)
        """);
  }
}
