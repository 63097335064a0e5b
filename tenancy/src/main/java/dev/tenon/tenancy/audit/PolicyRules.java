package dev.tenon.tenancy.audit;

import java.util.List;

/** Row-level security of the tables that are not behind a fence (P2, S3, S4, F1). */
final class PolicyRules {

  /** Each policy with its expressions: what it reads by, and what it checks writes by. */
  private static final String POLICIES =
      """
      , policy as materialized (
        select t.oid, t.label, t.kind, t.nspname, t.relname, t.tenant_column,
               p.polname, p.polcmd, p.polpermissive, p.polroles,
               pg_get_expr(p.polqual, p.polrelid) as reads,
               pg_get_expr(p.polwithcheck, p.polrelid) as checks,
               format('(%I = ( SELECT tenon.current_tenant() AS current_tenant))', t.tenant_column)
                 as emitted
          from tenanted t
          join pg_policy p on p.polrelid = t.oid
         where t.kind is distinct from 'FENCE' and t.attnum is not null
      ), weighed as materialized (
        select p.*, e.*,
               row_number() over (
                 partition by p.oid, p.polpermissive
                     order by e.is_emitted desc, p.polname = 'tenant' desc, p.polname) as place
          from policy p
         cross join lateral (
           select bool_and(x.expression is not distinct from p.emitted) as is_emitted,
                  bool_or(x.expression is null
                    or strpos(x.expression, quote_ident(p.tenant_column)) = 0
                    or strpos(x.expression, 'current_tenant') = 0) as ignores_tenant,
                  bool_or(x.expression ~ '(current_tenant|current_setting)\\('
                    and x.expression !~ '\\( SELECT ') as asks_per_row,
                  bool_or(x.expression ~ ' OR ') as has_or
             from (select p.reads where p.polcmd <> 'a'
                   union all
                   select coalesce(p.checks, p.reads) where p.polcmd in ('a', 'w', '*'))
               as x (expression)) e
      ), classified as materialized (
        select w.*,
               case
                 when not w.polpermissive then
                   case when w.asks_per_row then 'TENANT_READ_PER_ROW' end
                 when w.ignores_tenant then 'POLICY_IGNORES_TENANT'
                 when exists (
                   select
                     from weighed o
                    where o.oid = w.oid and o.polpermissive and o.place < w.place
                      and (o.polcmd = w.polcmd or o.polcmd = '*' or w.polcmd = '*'))
                   then 'SEVERAL_PERMISSIVE_POLICIES'
                 when w.asks_per_row and not w.has_or then 'TENANT_READ_PER_ROW'
                 when not w.is_emitted then 'POLICY_DRIFT'
                 when w.polcmd in ('w', '*') and w.checks is null then 'POLICY_WITHOUT_CHECK'
                 when w.polcmd = '*' and w.kind is not null
                   and (w.polname <> 'tenant' or w.polroles <> '{0}'::oid[]) then 'POLICY_DRIFT'
               end as rule,
               exists (select from weighed o where o.oid = w.oid and o.polpermissive
                          and o.is_emitted and o.polcmd = '*' and o.polname <> w.polname)
                 as has_better
          from weighed w
      )
      """;

  private PolicyRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        POLICIES,
        """
        select 'ROW_SECURITY_OFF' as rule, null as severity, t.label as object, null as detail,
               null as fix, 'RLS' as remedy, t.nspname, t.relname, t.tenant_column
          from tenanted t
         where t.kind is distinct from 'FENCE' and t.attnum is not null and not t.relrowsecurity
        union all
        select 'ROW_SECURITY_NOT_FORCED', null, t.label, null,
               format('alter table %s force row level security;', t.label), null, null, null, null
          from tenanted t
         where t.kind is distinct from 'FENCE' and t.attnum is not null
           and t.relrowsecurity and not t.relforcerowsecurity
        union all
        select 'NO_POLICY', null, t.label, null, null, 'RLS', t.nspname, t.relname, t.tenant_column
          from tenanted t
         where t.kind is distinct from 'FENCE' and t.attnum is not null and t.relrowsecurity
           and not exists (select from policy p where p.oid = t.oid and p.polpermissive)
        union all
        select 'POLICY_FOR_SOME_COMMANDS', null, p.label,
               'its policies are for '
                 || string_agg(distinct case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT'
                                             when 'w' then 'UPDATE' else 'DELETE' end, ', '),
               string_agg(format('drop policy %I on %s;', p.polname, p.label), E'\\n'
                          order by p.polname),
               'RLS', p.nspname, p.relname, p.tenant_column
          from policy p
         where p.polpermissive
         group by p.label, p.nspname, p.relname, p.tenant_column
        having not bool_or(p.polcmd = '*') and count(distinct p.polcmd) < 4
        union all
        select c.rule,
               case when c.rule = 'POLICY_DRIFT' and c.is_emitted then 'WARNING' end,
               format('%I on %s', c.polname, c.label),
               case c.rule
                 when 'SEVERAL_PERMISSIVE_POLICIES' then 'another permissive policy stands beside it'
                 when 'POLICY_DRIFT' then
                   case when c.is_emitted then 'its name or its roles differ'
                        else 'it says ' || concat_ws(', WITH CHECK ', c.reads, c.checks) end
               end,
               case
                 when c.polpermissive then format('drop policy %I on %s;', c.polname, c.label)
                 else format('alter policy %I on %s', c.polname, c.label)
                   || coalesce(' using (' || regexp_replace(c.reads, a.call, '(select \\&)', 'g')
                               || ')', '')
                   || coalesce(' with check ('
                               || regexp_replace(c.checks, a.call, '(select \\&)', 'g') || ')', '')
                   || ';'
               end,
               case when c.polpermissive and not c.has_better
                          and c.rule <> 'SEVERAL_PERMISSIVE_POLICIES' then 'RLS' end,
               c.nspname, c.relname, c.tenant_column
          from classified c
         cross join (values ('tenon\\.current_tenant\\(\\)|current_setting\\([^()]*\\)')) as a (call)
         where c.rule is not null
        """);
  }
}
