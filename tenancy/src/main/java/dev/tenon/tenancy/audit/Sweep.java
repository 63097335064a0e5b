package dev.tenon.tenancy.audit;

import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.Transaction;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.tenancy.audit.Finding.Rule;
import dev.tenon.tenancy.audit.Finding.Severity;
import dev.tenon.tenancy.internal.TenantColumns;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * Runs the rules of a family in one statement, over what all families ask: the judged roles, the
 * relations, the tables of tenants, and the rights on them.
 */
final class Sweep {

  /**
   * One parameter: the names of the judged roles. Relations are labelled as SQL writes them.
   *
   * <p>{@code placed} is a relation outside of the schemas that somebody else fills, or made after
   * the server was; {@code own} leaves out what a superuser's extension has, which anybody can have
   * put there: whatever shows rows of tenants is judged by what it reads, not by whose it is.
   */
  private static final String SCOPE =
      """
      with recursive judged (oid) as (
          select r.oid from pg_roles r where r.rolname::text = any (?)
        union
          select m.roleid from judged j join pg_auth_members m on m.member = j.oid
      ), grantee (oid, name) as (
          select 0::oid, 'public'
        union all
          select r.oid, quote_ident(r.rolname)
            from judged join pg_roles r using (oid)
           where not r.rolsuper
      ), space as materialized (
        select n.oid, n.nspname,
               n.nspname !~ '^(pg_|_timescaledb_)' and n.nspname not in (
                 'information_schema', 'timescaledb_information', 'timescaledb_experimental',
                 'tenon') as own,
               n.nspowner in (select j.oid from judged j)
                 or exists (select
                              from aclexplode(n.nspacl) a
                              join grantee g on g.oid = a.grantee
                             where a.privilege_type = 'USAGE') as open
          from pg_namespace n
      ), relation as materialized (
        select c.oid, c.relkind, c.relowner, c.relname, c.reloptions, c.relacl,
               c.relrowsecurity, c.relforcerowsecurity, s.nspname, s.open, u.placed,
               u.placed and not (o.rolsuper and exists (
                 select
                   from pg_depend d
                  where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))
                 as own,
               exists (select
                         from pg_options_to_table(c.reloptions) x
                        where x.option_name = 'security_invoker' and x.option_value::boolean)
                 as invoker,
               exists (select
                         from pg_options_to_table(c.reloptions) x
                        where x.option_name = 'security_barrier' and x.option_value::boolean)
                 as barrier,
               format('%I.%I', s.nspname, c.relname) as label
          from pg_class c
          join pg_roles o on o.oid = c.relowner
          join space s on s.oid = c.relnamespace
         cross join lateral (
           select s.own or c.oid >= 16384 and s.nspname in ('pg_catalog', 'information_schema')
                    as placed) u
         where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't'
      ), declared as materialized (
        select i.relation::oid as oid, i.kind, i.tenant_column::text as tenant_column,
               i.base::oid as base
          from tenon.isolation i
      ), marked as materialized (
      %s), tenanted as materialized (
          select r.*, d.kind, d.oid as view, d.tenant_column, a.attnum, a.attnotnull
            from declared d
            join relation r on r.oid = case d.kind when 'FENCE' then d.base else d.oid end
            left join pg_attribute a
              on a.attrelid = r.oid and a.attname::text = d.tenant_column and not a.attisdropped
           where d.kind <> 'SHARED' and r.relkind in ('r', 'p')
        union all
          select r.*, null, null, m.tenant_column, m.attnum, m.attnotnull
            from relation r
            join marked m using (oid)
           where r.relkind in ('r', 'p') and r.placed
             and not exists (select from declared d where d.oid = r.oid)
             and not exists (select from declared d where d.base = r.oid)
             and not exists (select from pg_inherits h where h.inhrelid = r.oid)
      ), below (oid, root) as (
          select h.inhrelid, t.oid from tenanted t join pg_inherits h on h.inhparent = t.oid
        union
          select h.inhrelid, b.root from below b join pg_inherits h on h.inhparent = b.oid
      ), above (oid, child) as (
          select h.inhparent, h.inhrelid
            from pg_inherits h
           where h.inhrelid in (select t.oid from tenanted t union all select b.oid from below b)
             and h.inhparent not in (
               select t.oid from tenanted t union all select b.oid from below b)
        union
          select h.inhparent, a.child from above a join pg_inherits h on h.inhrelid = a.oid
           where h.inhparent not in (select t.oid from tenanted t)
      ), rights as materialized (
          select r.oid, g.name as grantee, a.privilege_type as privilege
            from relation r
           cross join lateral aclexplode(r.relacl) a
            join grantee g on g.oid = a.grantee
           where a.grantee <> r.relowner
        union
          select r.oid, g.name, a.privilege_type
            from relation r
            join pg_attribute c on c.attrelid = r.oid and c.attacl is not null
           cross join lateral aclexplode(c.attacl) a
            join grantee g on g.oid = a.grantee
           where a.grantee <> r.relowner
      ), reach as materialized (
        select t.oid, string_agg(distinct t.grantee, ', ') as grantees,
               string_agg(distinct t.privilege, ', ') as privileges
          from rights t
         group by t.oid
      )
      """
          .replace("%s", TenantColumns.QUERY);

  private final Transaction transaction;
  private final String[] roles;
  private final boolean timescale;

  private Sweep(Transaction transaction, String[] roles, boolean timescale) {
    this.transaction = transaction;
    this.roles = roles;
    this.timescale = timescale;
  }

  /** Looks whether the audit can be made at all. */
  static Sweep begin(Transaction transaction, Collection<String> named) {
    Transaction qualified = transaction.withSetting("search_path", "pg_catalog");
    String[] names = named.toArray(String[]::new);
    Record facts =
        Objects.requireNonNull(
            qualified
                .sql()
                .fetchOne(
                    """
                    select session_user::text as session_role,
                           to_regclass('tenon.isolation') is not null as migrated,
                           to_regclass('_timescaledb_catalog.continuous_agg') is not null
                             as timescale,
                           array(select n.name
                                   from unnest(?) as n (name)
                                  where not exists (
                                    select from pg_roles r where r.rolname::text = n.name))
                             as unknown_roles
                    """,
                    (Object) names));
    if (!facts.get("migrated", Boolean.class)) {
      throw new ServerException(
          Problem.what("the table tenon.isolation is missing")
              .where("TenancyAudit")
              .why("the migrations of tenancy did not run in this database")
              .fix("run, as the owner: database.migrate(TenancyMigrations.all())"));
    }
    String[] unknown = facts.get("unknown_roles", String[].class);
    if (unknown.length > 0) {
      throw new ServerException(
          Problem.what("there is no role " + Problem.excerpt(String.join(", ", unknown)))
              .where("TenancyAudit.roles")
              .fix("name the role that the application connects as"));
    }
    return new Sweep(
        qualified,
        names.length == 0 ? new String[] {facts.get("session_role", String.class)} : names,
        facts.get("timescale", Boolean.class));
  }

  boolean hasTimescale() {
    return timescale;
  }

  /**
   * The findings of further common table expressions and a query over them.
   *
   * <p>The query returns the columns rule, object, detail and fix; it may return severity, and, to
   * have a table declared behind the fix, remedy (RLS, FENCE or SHARED), nspname, relname,
   * tenant_column, base_schema, barrier and afterwards.
   */
  List<Finding> find(String expressions, String query) {
    List<Finding> findings = new ArrayList<>();
    for (Record row : transaction.sql().fetch(SCOPE + expressions + query, (Object) roles)) {
      findings.add(finding(row));
    }
    return findings;
  }

  private static Finding finding(Record row) {
    Rule rule = Rule.valueOf(required(row, "rule"));
    String severity = optional(row, "severity");
    String detail = optional(row, "detail");
    return new Finding(
        severity == null ? rule.severity() : Severity.valueOf(severity),
        rule,
        required(row, "object"),
        detail == null ? rule.why() : detail + ": " + rule.why(),
        String.join("\n", fix(row)));
  }

  private static List<String> fix(Record row) {
    List<String> parts = new ArrayList<>();
    String before = optional(row, "fix");
    if (before != null) {
      parts.add(before);
    }
    String remedy = optional(row, "remedy");
    if (remedy != null) {
      parts.add(declaration(row, remedy).sql());
    }
    String afterwards = optional(row, "afterwards");
    if (afterwards != null) {
      parts.add(afterwards);
    }
    return parts;
  }

  private static TenantTable declaration(Record row, String kind) {
    String[] name = {required(row, "nspname"), required(row, "relname")};
    String column = optional(row, "tenant_column");
    TenantTable table =
        switch (kind) {
          case "RLS" -> TenantTable.rls(name);
          case "FENCE" -> TenantTable.fence(name);
          default -> TenantTable.shared(name);
        };
    if (column != null && !kind.equals("SHARED")) {
      table = table.tenantColumn(column);
    }
    String base = optional(row, "base_schema");
    if (base != null) {
      table = table.baseSchema(base);
    }
    return "false".equals(optional(row, "barrier")) ? table.withoutBarrier() : table;
  }

  private static String required(Record row, String column) {
    return Objects.requireNonNull(optional(row, column), column);
  }

  private static @Nullable String optional(Record row, String column) {
    return row.field(column) == null ? null : row.get(column, String.class);
  }
}
