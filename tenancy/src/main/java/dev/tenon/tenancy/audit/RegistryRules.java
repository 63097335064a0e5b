package dev.tenon.tenancy.audit;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/** Tenon's own tables against what the migrations of tenancy and core make of them. */
final class RegistryRules {

  /**
   * What stands at a table, as the statement that makes it.
   *
   * @param object the table, or a policy or trigger on it
   * @param statement as {@link #STANDING} writes it back
   */
  private record Guard(String object, String table, String statement) {

    static Guard rowSecurity(String table, String verb) {
      return new Guard(
          table, table, "alter table %s %s row level security;".formatted(table, verb));
    }

    static Guard policy(String name, String table, String command, String clause) {
      return new Guard(
          name + " on " + table,
          table,
          "create policy %s on %s as permissive for %s to public %s;"
              .formatted(name, table, command, clause));
    }

    static Guard trigger(String name, String table, String moment, String each, String function) {
      return new Guard(
          name + " on " + table,
          table,
          "CREATE TRIGGER %s BEFORE %s ON %s FOR EACH %s EXECUTE FUNCTION %s();"
              .formatted(name, moment, table, each, function));
    }

    private String row() {
      return "(%s, %s, %s)".formatted(literal(object), literal(table), literal(statement));
    }
  }

  private static final String EVENT_OF_TENANT =
      "((tenant_id = ( SELECT tenon.outbox_tenant() AS outbox_tenant)))";

  private static final List<Guard> GUARDS =
      List.of(
          Guard.trigger(
              "append_only",
              "tenon.admin_log",
              "DELETE OR UPDATE OR TRUNCATE",
              "STATEMENT",
              "tenon.refuse_change"),
          Guard.trigger("pinned", "tenon.admin_log", "INSERT", "ROW", "tenon.pin_admin_log"),
          Guard.rowSecurity("tenon.tenant", "enable"),
          Guard.rowSecurity("tenon.tenant", "force"),
          Guard.policy(
              "tenant",
              "tenon.tenant",
              "select",
              "using ((id = ( SELECT tenon.current_tenant() AS current_tenant)))"),
          Guard.rowSecurity("tenon.outbox_event", "enable"),
          Guard.policy(
              "publish",
              "tenon.outbox_event",
              "insert",
              "with check (((tenant_id = tenon.outbox_tenant()) AND (partition >= 0)))"),
          Guard.rowSecurity("tenon.outbox_failure", "enable"),
          Guard.rowSecurity("tenon.outbox_dead_letter", "enable"),
          Guard.rowSecurity("tenon.outbox_inbox", "enable"),
          Guard.policy("handle", "tenon.outbox_inbox", "insert", "with check " + EVENT_OF_TENANT),
          Guard.policy("handled", "tenon.outbox_inbox", "select", "using " + EVENT_OF_TENANT),
          Guard.rowSecurity("tenon.write_behind", "enable"),
          Guard.policy(
              "own",
              "tenon.write_behind",
              "all",
              "using " + EVENT_OF_TENANT + " with check " + EVENT_OF_TENANT));

  /** Tables of Tenon's, whether tenancy works without them, and what everybody may do there. */
  private static final String TABLES =
      """
      , own_table (label, is_required, rights) as (
        values ('tenon.isolation', true, array['SELECT']),
               ('tenon.tenant', true, array['SELECT']),
               ('tenon.admin_log', true, '{}'),
               ('tenon.job_run', false, '{}'),
               ('tenon.operation', false, array['SELECT', 'INSERT']),
               ('tenon.outbox_event', false, array['INSERT']),
               ('tenon.outbox_failure', false, '{}'),
               ('tenon.outbox_dead_letter', false, '{}'),
               ('tenon.outbox_inbox', false, array['SELECT', 'INSERT']),
               ('tenon.write_behind', false, array['SELECT', 'INSERT', 'UPDATE', 'DELETE'])
      ), registry as materialized (
        select r.*, o.label is not null as is_known, coalesce(o.rights, '{}') as public_rights,
               n.nspowner
          from relation r
          join pg_namespace n on n.nspname = r.nspname
          left join own_table o on o.label = r.label
         where r.nspname = 'tenon'
      )
      """;

  /** Each thing that stands at a known table: the statement that makes it, and what undoes it. */
  private static final String STANDING =
      """
      , standing (object, statement, undone) as (
        select r.label, format('alter table %s enable row level security;', r.label),
               format('alter table %s disable row level security;', r.label)
          from registry r
         where r.is_known and r.relrowsecurity
        union all
        select r.label, format('alter table %s force row level security;', r.label),
               format('alter table %s no force row level security;', r.label)
          from registry r
         where r.is_known and r.relforcerowsecurity
        union all
        select format('%I on %s', p.polname, r.label),
               format('create policy %I on %s as %s for %s to %s%s%s;', p.polname, r.label,
                      case when p.polpermissive then 'permissive' else 'restrictive' end,
                      case p.polcmd when 'r' then 'select' when 'a' then 'insert'
                           when 'w' then 'update' when 'd' then 'delete' else 'all' end,
                      (select string_agg(case o.oid when 0 then 'public'
                                              else quote_ident(pg_get_userbyid(o.oid)) end, ', ')
                         from unnest(p.polroles) as o (oid)),
                      ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
                      ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
               format('drop policy %I on %s;', p.polname, r.label)
          from registry r
          join pg_policy p on p.polrelid = r.oid
         where r.is_known
        union all
        select format('%I on %s', t.tgname, r.label), pg_get_triggerdef(t.oid) || ';',
               format('drop trigger %I on %s;', t.tgname, r.label)
          from registry r
          join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
         where r.is_known
        union all
        select format('%I on %s', t.tgname, r.label),
               format('alter table %s %s trigger %I;', r.label,
                      case t.tgenabled when 'D' then 'disable' when 'R' then 'enable replica'
                           else 'enable always' end, t.tgname),
               format('alter table %s enable trigger %I;', r.label, t.tgname)
          from registry r
          join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
         where r.is_known and t.tgenabled <> 'O'
        union all
        select format('%I on %s', w.rulename, r.label), pg_get_ruledef(w.oid),
               format('drop rule %I on %s;', w.rulename, r.label)
          from registry r
          join pg_rewrite w on w.ev_class = r.oid and w.rulename <> '_RETURN'
         where r.is_known
      )
      """;

  private static final String DIFFERENCES =
      """
      , made (object, label, statement) as (
        values %s
      ), difference (object, place, detail, fix) as (
        select s.object, 1, 'unknown: ' || rtrim(s.statement, ';'), s.undone
          from standing s
         where s.statement not in (select m.statement from made m)
        union all
        select m.object, 2, 'missing: ' || rtrim(m.statement, ';'), m.statement
          from made m
          join registry r using (label)
         where m.statement not in (select s.statement from standing s)
        union all
        select o.label, 1, 'it is missing',
               '-- restore it from a backup; the migrations of tenancy made it and do not run again'
          from own_table o
         where o.is_required and o.label not in (select r.label from registry r)
        union all
        select r.label, 3, string_agg(distinct t.grantee || ' may ' || t.privilege, ', '),
               format('revoke %%s on %%s from %%s;', string_agg(distinct t.privilege, ', '), r.label,
                      string_agg(distinct t.grantee, ', '))
          from registry r
          join rights t using (oid)
         where t.privilege <> all (r.public_rights)
         group by r.label
        union all
        select r.label, 4, quote_ident(o.rolname) || ' owns it',
               format('alter table %%s owner to %%I;', r.label, pg_get_userbyid(r.nspowner))
          from registry r
          join pg_roles o on o.oid = r.relowner
         where r.relowner <> r.nspowner and not o.rolsuper
        union all
        select 'tenon', 5, string_agg(distinct g.name, ', ') || ' may create in it',
               format('revoke create on schema tenon from %%s;',
                      string_agg(distinct g.name, ', '))
          from pg_namespace n
         cross join lateral aclexplode(n.nspacl) a
          join grantee g on g.oid = a.grantee
         where n.nspname = 'tenon' and a.privilege_type = 'CREATE' and a.grantee <> n.nspowner
        having count(*) > 0
      )
      """
          .formatted(GUARDS.stream().map(Guard::row).collect(Collectors.joining(", ")));

  private RegistryRules() {}

  static List<Finding> find(Sweep sweep) {
    return sweep.find(
        Stream.of(TABLES, STANDING, DIFFERENCES).collect(Collectors.joining()),
        """
        select 'REGISTRY_DRIFT' as rule, d.object,
               string_agg(d.detail, '; ' order by d.place, d.detail) as detail,
               string_agg(d.fix, E'\\n' order by d.place, d.fix) as fix
          from difference d
         group by d.object
        """);
  }

  private static String literal(String text) {
    return DSL.using(SQLDialect.POSTGRES).renderInlined(DSL.inline(text));
  }
}
