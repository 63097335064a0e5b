package dev.tenon.tenancy.audit;

import java.util.List;

/**
 * What functions with the rights of their caller say, told by their texts.
 *
 * <p>A text names a table of tenants if the name of one is among its words, outside of strings,
 * comments, and what follows {@code new.} and {@code old.}; in a text with dynamic SQL, inside of
 * strings too. A text that names none is harmless, whatever it does: but for dynamic SQL, a call of
 * another function of the schema that is not IMMUTABLE, and languages other than SQL and PL/pgSQL,
 * of which it cannot be told, so that they are a WARNING. Views are tables of tenants here.
 */
final class BodyRules {

  private static final String TEXTS =
      """
      , holding as materialized (
          select r.oid, r.relname::text as name, r.label
            from relation r
           where (r.placed or r.nspname = 'tenon')
             and (r.relkind in ('v', 'm', 'f')
               or r.nspname = 'tenon' and r.relname <> 'isolation'
               or r.oid in (select t.oid from tenanted t)
               or r.oid in (select b.oid from below b))
      ), text as materialized (
        select p.oid, p.provolatile, p.prosecdef, p.prokind, p.prorettype,
               format('%I.%I(%s)', s.nspname, p.proname,
                      pg_get_function_identity_arguments(p.oid)) as label,
               p.prosqlbody is not null as is_bound, b.bare, o.source,
               d.is_dynamic or l.lanname not in ('sql', 'plpgsql') as is_dynamic
          from pg_proc p
          join space s on s.oid = p.pronamespace and s.own
          join pg_language l on l.oid = p.prolang
         cross join lateral (
           select replace(lower(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)), E'\\r', '')
                    as source) o
         cross join lateral (
           select regexp_replace(
                    regexp_replace(
                      o.source,
                      '("[^"]*")|''[^'']*''|--[^\\n]*|/\\*([^*]|\\*+[^*/])*\\*+/', ' \\1 ', 'g'),
                    '\\m(new|old)\\s*\\.\\s*("[^"]*"|\\w+)', ' ', 'g') as bare) b
         cross join lateral (
           select b.bare ~ '\\m(execute|call)\\M|\\$\\w*\\$' or strpos(o.source, E'\\\\''') > 0
                    as is_dynamic) d
         where p.oid >= 16384 and l.lanname not in ('internal', 'c') and p.prokind <> 'a'
           and not exists (
             select
               from pg_depend d
              where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
           and not ${emitted}
      ), named as (
          select distinct x.oid, h.label
            from text x
           cross join lateral regexp_split_to_table(
                        case when x.is_dynamic then x.source else x.bare end, '\\W+') as w (word)
            join holding h on lower(h.name) = w.word
           where not x.is_bound
        union
          select x.oid, h.label
            from text x
            join holding h on h.name !~ '^\\w+$' and strpos(x.source, lower(quote_ident(h.name))) > 0
           where not x.is_bound
        union
          select x.oid, h.label
            from text x
            join pg_depend d
              on d.classid = 'pg_proc'::regclass and d.objid = x.oid
             and d.refclassid = 'pg_class'::regclass
            join holding h on h.oid = d.refobjid
           where x.is_bound
      ), called as (
        select distinct x.oid, f.label
          from text x
         cross join lateral regexp_matches(x.bare, '(\\w+)"?\\s*\\(', 'g') as w (word)
          join pg_proc p on lower(p.proname) = w.word[1]
          join text f on f.oid = p.oid
         where f.oid <> x.oid and f.provolatile <> 'i'
      ), body as materialized (
        select x.*,
               x.bare ~ '\\m(select|from|table|insert|update|delete|merge|truncate|copy|execute|perform)\\M'
                 as has_query,
               x.bare ~ '\\m(current_tenant|current_setting)\\M' as asks,
               -- Strings are gone from it; what is asked of a setting may end as a call that is local.
               x.bare ~ '(^|;|\\m(begin|then|else|loop|atomic)\\M)\\s*set\\s+(?!(local|constraints|transaction)\\M)\\w'
                 or regexp_count(x.bare, '\\mset_config"?\\s*\\(')
                   > regexp_count(
                       regexp_replace(x.bare, 'current_setting"?\\s*\\([^()]*\\)', ' ', 'g'),
                       ',\\s*true\\s*\\)') as is_left,
               (select string_agg(n.label, ', ' order by n.label) from named n where n.oid = x.oid)
                 as tables,
               (select string_agg(c.label, ', ' order by c.label) from called c where c.oid = x.oid)
                 as callees
          from text x
      )
      """
          .replace("${emitted}", EmittedFunctions.isEmitted());

  /**
   * Triggers that a cascade fires: those before it, of the referring table, for what it does there.
   * Those after it wait for the end of the statement and run as its caller. A key and its trigger
   * that a partition has from the table above it are that table's.
   */
  private static final String CASCADES =
      """
      , cascade as (
        select t.oid, t.tgname, t.tgrelid, t.tgfoid, t.tgqual,
               string_agg(distinct quote_ident(k.conname), ', ') as keys
          from pg_constraint k
          join pg_trigger t on t.tgrelid = k.conrelid
         where k.contype = 'f' and t.tgtype & 2 = 2 and t.tgenabled in ('O', 'A')
           and not t.tgisinternal and (k.conparentid = 0 or t.tgparentid = 0)
           and (t.tgtype & 8 = 8 and k.confdeltype = 'c'
             or t.tgtype & 16 = 16
               and (k.confdeltype in ('n', 'd') or k.confupdtype in ('c', 'n', 'd'))
               and (cardinality(t.tgattr::int2[]) = 0 or t.tgattr::int2[] && k.conkey))
           and pg_get_triggerdef(t.oid)
             !~ ' WHEN \\(\\((\\(pg_trigger_depth\\(\\) = 0\\) AND |pg_trigger_depth\\(\\) = 0\\)\\) EXECUTE )'
         group by t.oid
      )
      """;

  private BodyRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        TEXTS + CASCADES,
        """
        select 'CASCADE_TRIGGER' as rule,
               case when b.tables is null or not b.has_query then 'WARNING' end as severity,
               format('%I on %s', c.tgname, r.label) as object,
               'under ' || c.keys || ' it calls ' || b.label
                 || case when b.tables is not null and b.has_query then ', which names ' || b.tables
                         when b.is_dynamic then ', and it cannot be told what that does'
                         else ', which calls ' || b.callees end as detail,
               '-- Make it an AFTER trigger, which runs as the caller; or let the key not cascade;'
                 || chr(10) || '-- or keep it out of cascades, which then do without it:' || chr(10)
                 || '-- ' || case when c.tgqual is null then
                      regexp_replace(d.definition, ' EXECUTE ',
                                     ' WHEN (pg_trigger_depth() = 0) EXECUTE ')
                    else
                      regexp_replace(
                        regexp_replace(d.definition, ' WHEN ',
                                       ' WHEN (pg_trigger_depth() = 0 AND '),
                        ' EXECUTE ', ') EXECUTE ')
                    end
                 || ';' as fix
          from cascade c
          join relation r on r.oid = c.tgrelid and r.placed
          join body b on b.oid = c.tgfoid
         cross join lateral (
           select regexp_replace(pg_get_triggerdef(c.oid), '^CREATE ', 'create or replace ')
                    as definition) d
         where not b.prosecdef
           and (b.tables is not null and b.has_query or b.is_dynamic or b.callees is not null)
        union all
        select 'IMMUTABLE_READER',
               case when (b.tables is null or not b.has_query) and not b.asks then 'WARNING' end,
               b.label,
               'it is IMMUTABLE and '
                 || case when b.tables is not null and b.has_query then 'names ' || b.tables
                         when b.asks then 'asks for a setting or the tenant'
                         when b.is_dynamic then 'it cannot be told what it does'
                         else 'calls ' || b.callees end
                 || coalesce('; made of it: ' || u.users, ''),
               format('alter function %s stable;', b.label)
                 || coalesce(chr(10) || '-- What was made of it keeps what it has; drop: ' || u.users,
                             '')
          from body b
          left join lateral (
            select string_agg(
                     distinct pg_describe_object(d.classid, d.objid, d.objsubid), ', ') as users
              from pg_depend d
             where d.refclassid = 'pg_proc'::regclass and d.refobjid = b.oid
               and d.classid in ('pg_class'::regclass, 'pg_attrdef'::regclass)) u on true
         where b.provolatile = 'i'
           and (b.tables is not null and b.has_query or b.asks or b.is_dynamic
             or b.callees is not null)
        union all
        select 'SESSION_STATE', null, b.label, 'its text sets something for the session',
               '-- Say it for the transaction: set local, or set_config(…, true).'
          from body b
         where b.is_left
        """);
  }
}
