package dev.tenon.tenancy.audit;

import java.util.List;

/** Fences: the view, the schema behind it, and what a role must not be able to make. */
final class FenceRules {

  /**
   * The view as the server writes it back, without line breaks, against the one that was emitted. A
   * list of plain names can be columns of the table only, because the view reads nothing else.
   */
  private static final String FENCES =
      """
      , fence as materialized (
        select v.oid, v.label, v.nspname, v.relname, v.relowner, v.relacl, v.reloptions,
               b.oid as base, b.label as base_label, b.nspname as base_schema, d.tenant_column,
               b.relname = v.relname as is_emittable,
               v.relkind = 'v' as is_view,
               v.barrier,
               lower(v.reloptions::text) ~ '[{,]check_option=cascaded[,}]' and not v.invoker
                 as has_options,
               case v.relkind when 'v' then
                 regexp_replace(pg_get_viewdef(v.oid), '\\s+', ' ', 'g') end as definition,
               format(' SELECT %s FROM %s WHERE (%I = ( SELECT tenon.current_tenant() AS current_tenant));',
                 (select string_agg(quote_ident(u.name), ', ' order by u.place)
                    from unnest(shown.names) with ordinality as u (name, place)),
                 b.label, d.tenant_column) as emitted,
               shown.names as shown, shown.types as shown_types, held.names as held,
               held.types as held_types
          from declared d
          join relation v on v.oid = d.oid
          join relation b on b.oid = d.base
         cross join lateral (
           select array_agg(a.attname order by a.attnum) as names,
                  array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) as types
             from pg_attribute a
            where a.attrelid = v.oid and a.attnum > 0 and not a.attisdropped) shown
         cross join lateral (
           select array_agg(a.attname order by a.attnum) as names,
                  array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) as types
             from pg_attribute a
            where a.attrelid = b.oid and a.attnum > 0 and not a.attisdropped) held
         where d.kind = 'FENCE'
      ), compared as materialized (
        select f.*,
               not f.is_view or not f.has_options
                 or f.definition is distinct from regexp_replace(f.emitted, '\\s+', ' ', 'g')
                 as has_drifted,
               f.shown <> f.held as hides_columns,
               f.is_view and (f.shown <> f.held[:cardinality(f.shown)]
                 or f.shown_types <> f.held_types[:cardinality(f.shown)]) as must_be_remade
          from fence f
      ), mended as materialized (
        select c.*,
               case when c.must_be_remade then
                 format(E'delete from tenon.isolation where relation = %L::regclass;\\ndrop view %s;',
                        c.label, c.label) end as before,
               case when c.must_be_remade then
                 (select string_agg(
                           format('grant %s on %s to %s;', a.privilege_type, c.label,
                                  case a.grantee when 0 then 'public'
                                       else quote_ident(pg_get_userbyid(a.grantee)) end), E'\\n')
                    from aclexplode(c.relacl) a
                   where a.grantee <> c.relowner
                     and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')) end as after
          from compared c
      ), unbarred as (
        select string_agg(f.label, ', ' order by f.label) as labels
          from fence f
         where not f.barrier
        having count(*) > 0
      )
      """;

  private FenceRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        FENCES,
        """
        select case when m.has_drifted then 'FENCE_DRIFT' else 'FENCE_COLUMNS' end as rule,
               m.label as object,
               case when not m.has_drifted then 'it shows ' || array_to_string(m.shown, ', ')
                      || ' of ' || array_to_string(m.held, ', ')
                    when not m.is_view then 'it is not a view'
                    when not m.has_options then 'its check option is not cascaded,'
                      || ' or it runs with the rights of the caller'
                    else 'it says' || m.definition end as detail,
               case when m.is_emittable then m.before
                    else '-- the table behind it has another name: declare it anew by hand' end
                 as fix,
               case when m.is_emittable then 'FENCE' end as remedy,
               m.nspname, m.relname, m.tenant_column, m.base_schema,
               (m.barrier or m.has_drifted)::text as barrier,
               case when m.is_emittable then m.after end as afterwards
          from mended m
         where m.has_drifted or m.hides_columns
        union all
        select 'FENCE_DRIFT', format('%I on %s', t.tgname, f.label),
               'a trigger writes instead of it, without its check option',
               format('drop trigger %I on %s;', t.tgname, f.label),
               null, null, null, null, null, null, null
          from fence f
          join pg_trigger t on t.tgrelid = f.oid and t.tgtype & 64 = 64 and not t.tgisinternal
        union all
        select 'FENCE_WITHOUT_BARRIER', f.label, 'its view is no security barrier',
               format('alter view %s set (security_barrier = true);', f.label),
               null, null, null, null, null, null, null
          from mended f
         where not f.barrier and not f.has_drifted
        union all
        select 'FENCE_SCHEMA_OPEN', quote_ident(n.nspname),
               string_agg(distinct g.name || ' has ' || a.privilege_type, ', '),
               format('revoke all on schema %I from %s;', n.nspname,
                      string_agg(distinct g.name, ', ')),
               null, null, null, null, null, null, null
          from pg_namespace n
         cross join lateral aclexplode(n.nspacl) a
          join grantee g on g.oid = a.grantee
         where n.nspname in (select f.base_schema from fence f) and a.grantee <> n.nspowner
         group by n.nspname
        union all
        select 'FENCE_SCHEMA_OPEN', quote_ident(n.nspname),
               string_agg(distinct quote_ident(r.rolname), ', ') || ' owns it',
               format('alter schema %I owner to %I;', n.nspname, min(pg_get_userbyid(b.relowner))),
               null, null, null, null, null, null, null
          from fence f
          join pg_class b on b.oid = f.base
          join pg_namespace n on n.oid = b.relnamespace
          join judged j on j.oid = n.nspowner
          join pg_roles r on r.oid = j.oid and not r.rolsuper
         where b.relowner not in (select j.oid from judged j)
         group by n.nspname
        union all
        select 'FENCE_BASE_GRANTED', f.base_label, h.grantees || ' may ' || h.privileges,
               format('revoke all on %s from %s;', f.base_label, h.grantees),
               null, null, null, null, null, null, null
          from fence f
          join reach h on h.oid = f.base
        union all
        select 'CREATE_WITHOUT_BARRIER', quote_ident(n.nspname),
               string_agg(distinct g.name, ', ') || ' may create in it; without barrier: '
                 || u.labels,
               format('revoke create on schema %I from %s;', n.nspname,
                      string_agg(distinct g.name, ', ')),
               null, null, null, null, null, null, null
          from unbarred u
         cross join pg_namespace n
         cross join lateral aclexplode(n.nspacl) a
          join grantee g on g.oid = a.grantee
         where a.privilege_type = 'CREATE' and a.grantee <> n.nspowner and n.nspname <> 'tenon'
           and n.nspname not in (select f.base_schema from fence f)
         group by n.nspname, u.labels
        union all
        select case a.privilege_type when 'CREATE' then 'CREATE_WITHOUT_BARRIER'
                    else 'TEMPORARY_WITHOUT_BARRIER' end,
               quote_ident(b.datname),
               string_agg(distinct g.name, ', ') || ' may; without barrier: ' || u.labels,
               format('revoke %s on database %I from %s;', lower(a.privilege_type), b.datname,
                      string_agg(distinct g.name, ', ')),
               null, null, null, null, null, null, null
          from unbarred u
         cross join pg_database b
         cross join lateral aclexplode(coalesce(b.datacl, acldefault('d', b.datdba))) a
          join grantee g on g.oid = a.grantee
         where b.datname = current_database() and a.grantee <> b.datdba
           and a.privilege_type in ('CREATE', 'TEMPORARY')
         group by a.privilege_type, b.datname, u.labels
        """);
  }
}
