package dev.tenon.tenancy.audit;

import java.util.List;

/** Code that runs with another role's rights: functions, triggers, rules (P4). */
final class CodeRules {

  private static final String CODE =
      """
      , code as materialized (
        select p.oid, p.prorettype, p.proowner, p.prosecdef, p.proleakproof,
               format('%%I.%%I(%%s)', s.nspname, p.proname,
                      pg_get_function_identity_arguments(p.oid)) as label,
               case p.prokind when 'p' then 'procedure' else 'function' end as kind,
               s.open, l.lanname in ('internal', 'c')
                 -- The server makes these for each range type and each aggregate.
                 and p.prokind <> 'a' and p.prosrc !~ '^(multi)?range_constructor[0-9]$' as is_native, e.is_member,
               -- TimescaleDB has a definer function of its own.
               e.is_member and (l.lanname in ('internal', 'c') or s.nspname ~ '^_timescaledb_')
                 as is_trusted,
               -- A built-in function, by another name, that not everybody may call.
               l.lanname = 'internal' and exists (
                 select
                   from pg_proc b
                  where b.oid < 16384 and b.prosrc = p.prosrc and b.prolang = p.prolang
                    and b.proacl is not null
                    and not exists (
                      select
                        from aclexplode(b.proacl) a
                       where a.grantee = 0 and a.privilege_type = 'EXECUTE')) as is_alias,
               -- What calls it without naming its schema: bound by the one who made it.
               (select string_agg(distinct pg_describe_object(
                         case when w.oid is null then d.classid else 'pg_class'::regclass end,
                         coalesce(w.ev_class, d.objid), 0), ', ')
                  from pg_depend d
                  left join pg_rewrite w
                    on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
                 where d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid
                   and d.classid <> 'pg_trigger'::regclass) as callers,
               %s as is_emitted,
               exists (select from unnest(p.proconfig) c where c like 'search\\_path=%%') as is_pinned,
               (select string_agg(distinct g.name, ', ')
                  from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                  join grantee g on g.oid = a.grantee
                 where a.grantee <> p.proowner) as grantees,
               -- What the server calls without asking for a right of the one who runs the statement.
               (select string_agg(distinct pg_describe_object(b.class, b.object, 0), ', ')
                  from (
                      select 'pg_proc'::regclass as class, g.aggfnoid::oid as object
                        from pg_aggregate g
                       where p.oid in (g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn,
                                       g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn)
                    union all
                      select 'pg_type'::regclass, t.rngtypid from pg_range t
                       where p.oid in (t.rngsubdiff, t.rngcanonical)
                    union all
                      select 'pg_opfamily'::regclass, m.amprocfamily from pg_amproc m
                       where m.amproc = p.oid) b) as bound_to
          from pg_proc p
          join space s on s.oid = p.pronamespace
          join pg_language l on l.oid = p.prolang
         cross join lateral (
           select exists (
             select
               from pg_depend d
              where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
               as is_member) e
         where p.oid >= 16384 and s.nspname !~ '^pg_(toast|temp)'
           and (p.prosecdef or p.proleakproof or l.lanname in ('internal', 'c'))
      ), definer as (
        select c.* from code c where c.prosecdef and not c.is_trusted
      ), lineage (oid, root) as (
          select r.oid, r.oid from relation r
        union
          select d.base, d.oid from declared d where d.base is not null
        union
          select i.inhrelid, l.root from lineage l join pg_inherits i on i.inhparent = l.oid
      )
      """
          .formatted(EmittedFunctions.isEmitted());

  private CodeRules() {}

  /**
   * What a body does cannot be read from the catalogue, so each function is an error whatever it
   * returns, until somebody accepts it; but for those that Tenon has emitted and nobody edited. A
   * cheap function that is not leakproof cannot get before a policy, so the cost is not asked.
   */
  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        CODE,
        """
        select 'DEFINER_FUNCTION' as rule,
               case when d.is_emitted then 'INFO' end as severity,
               d.label as object,
               coalesce(d.grantees || ' may call it', 'nobody needs a right to call it')
                 || coalesce(', so does ' || coalesce(d.bound_to, d.callers), '') as detail,
               format('alter %s %s security invoker;', d.kind, d.label) as fix
          from definer d
         where (d.bound_to is not null
               or d.grantees is not null and (d.open or d.callers is not null))
           and d.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
        union all
        select 'LEAKPROOF_FUNCTION', null, c.label, c.grantees || ' may call it',
               format('alter function %s not leakproof;', c.label)
          from code c
         where c.proleakproof and c.grantees is not null and not c.is_trusted
        union all
        select 'NATIVE_FUNCTION', null, c.label, c.grantees || ' may call it',
               format('revoke execute on %s %s from %s;', c.kind, c.label, c.grantees)
          from code c
         where c.is_native and (c.is_alias or not c.is_member) and c.grantees is not null
           and (c.open or c.callers is not null)
        union all
        select 'UNPINNED_SEARCH_PATH', case when d.grantees is not null and d.open then 'ERROR' end,
               d.label, 'it is SECURITY DEFINER without its own search_path',
               format('alter %s %s set search_path = pg_catalog, pg_temp;', d.kind, d.label)
          from definer d
         where not d.is_pinned
        union all
        select 'DEFINER_TRIGGER', null, format('%I on %s', t.tgname, r.label),
               'it calls ' || d.label || ', and '
                 || string_agg(distinct h.grantees || ' may ' || h.privileges, ', '),
               format('alter function %s security invoker;', d.label)
          from pg_trigger t
          join definer d on d.oid = t.tgfoid
          join relation r on r.oid = t.tgrelid
          join lineage l on l.oid = r.oid
          join relation root on root.oid = l.root
          join reach h on h.oid = l.root
         where not t.tgisinternal and r.own and root.open and t.tgparentid = 0
           and h.privileges ~ 'INSERT|UPDATE|DELETE|TRUNCATE'
           and not exists (
             select
               from pg_inherits i
               join pg_trigger u on u.tgrelid = i.inhparent
              where i.inhrelid = t.tgrelid and u.tgname = t.tgname and u.tgfoid = t.tgfoid)
         group by t.tgname, r.label, d.label
        union all
        select 'REWRITE_RULE', null, format('%I on %s', w.rulename, r.label),
               h.grantees || ' may ' || h.privileges,
               format('drop rule %I on %s;', w.rulename, r.label)
          from pg_rewrite w
          join relation r on r.oid = w.ev_class
          join reach h on h.oid = r.oid
         where w.rulename <> '_RETURN' and r.own and r.open
        """);
  }
}
