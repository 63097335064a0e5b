package dev.tenon.tenancy.audit;

import java.util.List;

/** Relations that show the rows of tenant tables without their isolation (P4, P5, P6, S9). */
final class PathRules {

  private static final String HYPERTABLES =
      """
      , hypertable as materialized (
        select h.id, c.oid, s.open as has_open_chunks
          from _timescaledb_catalog.hypertable h
          join relation c on c.nspname = h.schema_name and c.relname = h.table_name
          join space s on s.nspname = h.associated_schema_name
      ), aggregated (id, oid) as (
          select a.mat_hypertable_id, v.oid
            from _timescaledb_catalog.continuous_agg a
            join hypertable h on h.id = a.raw_hypertable_id
            join tenanted t on t.oid = h.oid
            join relation v on v.nspname = a.user_view_schema and v.relname = a.user_view_name
        union
          select a.mat_hypertable_id, v.oid
            from aggregated g
            join _timescaledb_catalog.continuous_agg a on a.raw_hypertable_id = g.id
            join relation v on v.nspname = a.user_view_schema and v.relname = a.user_view_name
      )
      """;

  private static final String NO_HYPERTABLES =
      """
      , hypertable (id, oid, has_open_chunks) as (select 0, 0::oid, false where false),
      aggregated (id, oid) as (select 0, 0::oid where false)
      """;

  /**
   * What views read, to any depth. A fence ends the walk for views; what a materialised view keeps
   * of a fence is the rows of whoever refreshed it.
   */
  private static final String DERIVED =
      """
      , edge as materialized (
        select distinct w.ev_class as view, d.refobjid as reads
          from pg_rewrite w
          join pg_depend d
            on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
           and d.refclassid = 'pg_class'::regclass and d.refobjid <> w.ev_class
         where w.rulename = '_RETURN'
           and not exists (
             select from declared x where x.oid = w.ev_class and x.kind = 'FENCE')
      ), foreigner as (
        select r.*
          from relation r
          join marked m using (oid)
         where r.relkind = 'f' and r.placed
           and not exists (select from pg_inherits h where h.inhrelid = r.oid)
      ), source (oid, root, is_fenced) as (
        select t.oid, t.oid, false from tenanted t
        union select b.oid, b.root, false from below b
        union select a.oid, a.oid, false from aggregated a
        union select f.oid, f.oid, false from foreigner f
        union select u.oid, u.oid, false from above u
        union select d.oid, d.oid, true from declared d where d.kind = 'FENCE'
        union
          select r.oid, r.oid, false from relation r
           where r.nspname = 'tenon' and r.relkind = 'r' and r.relname <> 'isolation'
      ), derived (oid, root, is_fenced) as (
          select e.view, s.root, s.is_fenced from source s join edge e on e.reads = s.oid
        union
          select e.view, d.root, d.is_fenced from derived d join edge e on e.reads = d.oid
      ), reading as (
        select d.oid, bool_or(not d.is_fenced) as skips_fence,
               string_agg(distinct r.label, ', ') as roots,
               bool_and(coalesce(
                 t.kind is distinct from 'FENCE' and r.relrowsecurity and r.relforcerowsecurity,
                 false)) as all_forced
          from derived d
          join relation r on r.oid = d.root
          left join tenanted t on t.oid = d.root
         group by d.oid
      ), direct as (
        select v.oid, v.label, v.reloptions, f.label as fence, b.label as base,
               pg_get_viewdef(v.oid) as definition,
               case when b.relname = f.relname then
                 regexp_replace(pg_get_viewdef(v.oid),
                   '((FROM|JOIN|,)\\s+\\(*)' || regexp_replace(b.label, '(\\W)', '\\\\\\1', 'g')
                     || '(?![\\w.$"])',
                   '\\1' || replace(f.label, '\\', '\\\\'), 'g') end as rewritten
          from tenanted t
          join edge e on e.reads = t.oid
          join relation v on v.oid = e.view
          join relation b on b.oid = t.oid
          join relation f on f.oid = t.view
         where t.kind = 'FENCE' and v.relkind = 'v'
      ), behind as (
        select d.oid,
               '-- With security_invoker it would be refused the rows behind the fence.' || chr(10)
                 || case
                 when count(e.oid) = 0
                   then '-- Mend the view that it reads first, and ask again.'
                 when count(e.oid) = 1 and bool_and(position(e.base in e.rewritten) = 0)
                   then '-- It has to read the view of the fence; look at this first:' || chr(10)
                     || min(format('create or replace view %s%s as', e.label,
                                   ' with (' || array_to_string(e.reloptions, ', ') || ')')
                            || chr(10) || e.rewritten)
                 else '-- Create it again, over the view of the fence:' || chr(10) || '-- '
                     || replace(min(e.definition), chr(10), chr(10) || '-- ') end as fix
          from derived d
          join tenanted t on t.oid = d.root and t.kind = 'FENCE'
          left join direct e on e.oid = d.oid
         where not d.is_fenced
         group by d.oid
      )
      """;

  private PathRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        (sweep.hasTimescale() ? HYPERTABLES : NO_HYPERTABLES) + DERIVED,
        """
        select 'DEFINER_VIEW' as rule,
               case when d.all_forced and not o.rolsuper and not o.rolbypassrls then 'WARNING' end
                 as severity,
               r.label as object,
               'it reads ' || d.roots || ', and ' || h.grantees || ' may ' || h.privileges
                 as detail,
               case when f.oid is null
                 then format('alter view %s set (security_invoker = true);', r.label)
                 else f.fix end as fix,
               null as remedy, null as nspname, null as relname, null as tenant_column
          from reading d
          join relation r using (oid)
          join reach h using (oid)
          join pg_roles o on o.oid = r.relowner
          left join behind f on f.oid = r.oid
         where r.relkind = 'v' and r.open and d.skips_fence and not r.invoker
           and r.oid not in (select a.oid from aggregated a)
        union all
        select 'MATERIALIZED_VIEW', null, r.label,
               'it keeps rows of ' || d.roots || ', and ' || h.grantees || ' may ' || h.privileges,
               format('revoke all on %s from %s;', r.label, h.grantees), null, null, null, null
          from reading d
          join relation r using (oid)
          join reach h using (oid)
         where r.relkind = 'm' and r.open
        union all
        select 'CONTINUOUS_AGGREGATE', null, r.label, h.grantees || ' may ' || h.privileges,
               format('revoke all on %s from %s;', r.label, h.grantees), null, null, null, null
          from aggregated a
          join relation r using (oid)
          join reach h using (oid)
         where r.open and r.oid not in (select d.oid from declared d)
        union all
        select 'PARTITION_GRANTED', null, r.label,
               'it holds rows of ' || string_agg(distinct t.label, ', ') || ', and ' || h.grantees
                 || ' may ' || h.privileges,
               format('revoke all on %s from %s;', r.label, h.grantees), null, null, null, null
          from below b
          join tenanted t on t.oid = b.root
          join relation r on r.oid = b.oid
          join reach h on h.oid = b.oid
         where r.open
           and (b.root not in (select x.oid from hypertable x)
             or t.kind = 'FENCE' and b.root not in (select x.oid from reach x))
           and not (r.relrowsecurity and not exists (
             select
               from pg_policy p
              where p.polrelid = r.oid and p.polpermissive
                and coalesce(pg_get_expr(p.polqual, r.oid), pg_get_expr(p.polwithcheck, r.oid))
                  is distinct from
                  format('(%I = ( SELECT tenon.current_tenant() AS current_tenant))',
                         t.tenant_column)))
         group by r.label, h.grantees, h.privileges
        union all
        select 'INHERITANCE_PARENT', null, r.label,
               string_agg(distinct c.label, ', ') || ' inherits from it, and ' || h.grantees
                 || ' may ' || h.privileges,
               format('revoke all on %s from %s;', r.label, h.grantees), null, null, null, null
          from above u
          join relation r using (oid)
          join relation c on c.oid = u.child
          join reach h on h.oid = u.oid
         where r.open
         group by r.label, h.grantees, h.privileges
        union all
        select 'CHUNKS_REACHABLE', null, t.label, h.grantees || ' may ' || h.privileges, null,
               'FENCE', t.nspname, t.relname, t.tenant_column
          from tenanted t
          join hypertable x using (oid)
          join reach h using (oid)
         where t.kind is distinct from 'FENCE' and x.has_open_chunks
        union all
        select 'FOREIGN_TABLE', null, f.label, h.grantees || ' may ' || h.privileges,
               format('revoke all on %s from %s;', f.label, h.grantees), null, null, null, null
          from foreigner f
          join reach h using (oid)
         where f.open
        """);
  }
}
