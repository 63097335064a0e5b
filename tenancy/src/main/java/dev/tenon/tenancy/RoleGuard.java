package dev.tenon.tenancy;

import dev.tenon.core.Database;
import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.tenancy.internal.RoleFacts;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Refuses to start as a role that row-level security or a fence does not bind.
 *
 * <p>Checked are the session's own role and every role that it may become by SET ROLE: a superuser
 * and a role with BYPASSRLS ignore policies, an owner can switch them off or replace {@code
 * tenon.current_tenant()}, and TRUNCATE asks no policy. A fence without a security barrier holds
 * only a role that cannot make a function, because the planner may call one before the fence's own
 * predicate.
 */
final class RoleGuard {

  private static final String FUNCTION_EXISTS =
      """
      select exists (
        select
          from pg_catalog.pg_proc p
          join pg_catalog.pg_namespace n on n.oid = p.pronamespace
         where n.nspname = 'tenon' and p.proname = 'current_tenant')
      """;

  private static final String UNSAFE_ROLES =
      "with recursive "
          + RoleFacts.EXPRESSIONS
          + """
      select f.rolname,
             case
               when f.rolsuper then 'is a superuser'
               when f.rolbypassrls then 'has BYPASSRLS'
               when f.owned is not null then 'owns ' || f.owned
               when f.owned_places is not null then 'owns ' || f.owned_places
               when f.owned_functions is not null then 'owns ' || f.owned_functions
               when f.is_predefined then 'is predefined and reaches what nobody granted'
               when f.rolreplication then 'has REPLICATION'
               when f.rolcreaterole then 'has CREATEROLE'
               when f.truncated is not null then 'may truncate ' || f.truncated
               when f.sampled is not null
                 then 'may read ' || f.sampled || ', which holds values of all tenants'
               when f.rolname = session_user and (
                   nullif(pg_catalog.current_setting('app.current_tenant', true), '') is not null
                   or exists (select from preset p where p.setrole in (0, f.oid)))
                 then 'starts with app.current_tenant set'
             end,
             case
               when f.rolname <> session_user
                 then format('revoke %I from %I', f.rolname, session_user)
               when f.truncated is not null and not f.rolsuper and not f.rolbypassrls
                    and f.owned is null and f.owned_places is null
                 then format('revoke truncate on %s from %I, public', f.truncated, f.rolname)
               when f.sampled is not null and not f.rolsuper and not f.rolbypassrls
                    and f.owned is null and f.owned_places is null
                 then format('revoke select on %s from %I, public', f.sampled, f.rolname)
             end
        from facts f
       where pg_catalog.pg_has_role(session_user, f.oid, 'MEMBER')
       order by f.rolname
      """;

  private static final String OPEN_FENCES =
      """
      with role as (
        select r.oid, r.rolname
          from pg_catalog.pg_roles r
         where pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
      ), fence as (
        select i.relation::text as view, i.base::text as base, i.base as base_oid,
               b.relnamespace, n.nspname,
               not exists (select
                          from pg_catalog.pg_options_to_table(v.reloptions) x
                         where x.option_name = 'security_barrier'
                           and x.option_value::boolean)
                 as barrierless
          from tenon.isolation i
          join pg_catalog.pg_class v on v.oid = i.relation
          join pg_catalog.pg_class b on b.oid = i.base
          join pg_catalog.pg_namespace n on n.oid = b.relnamespace
         where i.kind = 'FENCE'
      ), maker as (
        select role.oid,
               pg_catalog.has_database_privilege(role.oid, d.oid, 'TEMPORARY') as temporary,
               pg_catalog.has_database_privilege(role.oid, d.oid, 'CREATE')
                 or exists (select from pg_catalog.pg_namespace n
                             where n.nspname !~ '^pg_(toast_)?temp_'
                               and pg_catalog.has_schema_privilege(role.oid, n.oid, 'CREATE'))
                 as creates
          from role, pg_catalog.pg_database d
         where d.datname = pg_catalog.current_database()
      )
      select role.rolname,
             case
               when pg_catalog.has_schema_privilege(role.oid, fence.relnamespace, 'USAGE')
                 then 'has USAGE on schema ' || fence.nspname || ', behind the fence ' || fence.view
               when pg_catalog.has_table_privilege(
                      role.oid, fence.base_oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
                 then 'has rights on ' || fence.base || ', behind the fence ' || fence.view
               when fence.barrierless and maker.creates
                 then 'may create functions, and the fence ' || fence.view || ' has no barrier'
               when fence.barrierless and maker.temporary
                 then 'may create temporary tables and functions, and the fence ' || fence.view
                      || ' has no barrier'
             end as opening,
             null
        from role join maker using (oid) cross join fence
       order by 1, 2
      """;

  /** What is wrong with a role, and the statement that mends it, if one does. */
  private record Unfit(String fact, @Nullable String mend) {

    static String facts(List<Unfit> roles) {
      return roles.stream().map(Unfit::fact).collect(Collectors.joining("; "));
    }
  }

  private static final String OPEN_PARTITIONS =
      "with recursive "
          + RoleFacts.EXPRESSIONS
          + """
      select r.rolname,
             'has rights on ' || c.oid::pg_catalog.regclass || ', a partition of '
               || p.root::pg_catalog.regclass,
             null
        from part p
        join pg_catalog.pg_class c on c.oid = p.oid
       cross join pg_catalog.pg_roles r
       where c.relispartition and not c.relrowsecurity
         and pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
         and pg_catalog.has_schema_privilege(r.oid, c.relnamespace, 'USAGE')
         and (pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')
              or pg_catalog.has_table_privilege(r.oid, c.oid, 'DELETE'))
       order by 1, 2
      """;

  private RoleGuard() {}

  static void check(Database database) {
    ServerFloor.warn(database.capabilities());
    List<Unfit> unsafe =
        database.jdbc(
            connection -> {
              requireFunction(connection);
              return roles(connection, UNSAFE_ROLES);
            });
    refuseUnbound(unsafe);
    refuseOpenFences(database.jdbc(connection -> roles(connection, OPEN_FENCES)));
    refuseOpenPartitions(database.jdbc(connection -> roles(connection, OPEN_PARTITIONS)));
  }

  private static List<Unfit> roles(Connection connection, String query) throws SQLException {
    List<Unfit> found = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(query);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        if (rows.getString(2) != null) {
          found.add(
              new Unfit("role " + rows.getString(1) + " " + rows.getString(2), rows.getString(3)));
        }
      }
    }
    return found;
  }

  private static void refuseOpenFences(List<Unfit> open) {
    if (!open.isEmpty()) {
      throw new ServerException(
          Problem.what("a fence does not hold this connection: " + Unfit.facts(open))
              .where("TenantDatabase.on")
              .why(
                  "the application must not see behind the view, nor put a function of its own into"
                      + " a query on it")
              .fix(
                  "as the owner: revoke temporary, create on database … from public, <role>; revoke"
                      + " create on schema public from public, <role>; revoke all on schema fenced"
                      + " from <role>. Or let the fence have its barrier"));
    }
  }

  private static void refuseOpenPartitions(List<Unfit> open) {
    if (!open.isEmpty()) {
      throw new ServerException(
          Problem.what("a partition can be read by its own name: " + Unfit.facts(open))
              .where("TenantDatabase.on")
              .why("what its table keeps apart is not asked then: it shows the rows of all tenants")
              .fix(
                  "as the owner: revoke all on <partition> from public, <role>; and alter table"
                      + " <partition> enable row level security. Running the SQL of TenantTables"
                      + " again does the latter for every partition"));
    }
  }

  private static void refuseUnbound(List<Unfit> unsafe) {
    if (!unsafe.isEmpty()) {
      throw new ServerException(
          Problem.what("row-level security does not bind this connection: " + Unfit.facts(unsafe))
              .where("TenantDatabase.on")
              .why("the session's role is one of these, or may SET ROLE to it")
              .fix(
                  mends(unsafe)
                      + "connect as a role that is none of these: create role app login; grant usage"
                      + " on schema public, tenon to app; grant select, insert, update, delete on the"
                      + " tenant tables to app. Where a tenant is set: alter role … (alter"
                      + " database …) reset app.current_tenant"));
    }
  }

  private static String mends(List<Unfit> unsafe) {
    String mends =
        unsafe.stream().map(Unfit::mend).filter(Objects::nonNull).collect(Collectors.joining("; "));
    return mends.isEmpty() ? "" : "as the owner of the role or the table: " + mends + ". Or ";
  }

  private static void requireFunction(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(FUNCTION_EXISTS);
        ResultSet row = statement.executeQuery()) {
      if (!row.next() || !row.getBoolean(1)) {
        throw new ServerException(
            Problem.what("the function tenon.current_tenant() is missing")
                .where("TenantDatabase.on")
                .why("the migrations of tenancy did not run in this database")
                .fix("run, as the owner: database.migrate(TenancyMigrations.all())"));
      }
    }
  }
}
