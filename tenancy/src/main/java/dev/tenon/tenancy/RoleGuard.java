package dev.tenon.tenancy;

import dev.tenon.core.Database;
import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;

/**
 * Refuses to start as a role that row-level security does not bind.
 *
 * <p>Checked are the session's own role and every role that it may become by SET ROLE: a superuser
 * and a role with BYPASSRLS ignore policies, an owner can switch them off or replace {@code
 * tenon.current_tenant()}, and TRUNCATE asks no policy.
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
      """
      with fenced as (
        select c.oid, c.relowner, c.oid::regclass::text as name
          from pg_catalog.pg_class c
         where c.relrowsecurity
            or exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid)
      ), facts as (
        select r.rolname, r.rolsuper, r.rolbypassrls,
               (select string_agg(f.name, ', ' order by f.name)
                  from fenced f where f.relowner = r.oid) as owned,
               (select string_agg(f.name, ', ' order by f.name)
                  from fenced f
                 where pg_catalog.has_table_privilege(r.oid, f.oid, 'TRUNCATE')) as truncated,
               exists (select from pg_catalog.pg_namespace n
                        where n.nspname = 'tenon' and n.nspowner = r.oid) as owns_function
          from pg_catalog.pg_roles r
         where pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
      )
      select rolname,
             case
               when rolsuper then 'is a superuser'
               when rolbypassrls then 'has BYPASSRLS'
               when owned is not null then 'owns ' || owned
               when owns_function then 'owns the schema tenon'
               else 'may truncate ' || truncated
             end
        from facts
       where rolsuper or rolbypassrls or owns_function
          or owned is not null or truncated is not null
       order by rolname
      """;

  private RoleGuard() {}

  static void check(Database database) {
    List<String> unsafe =
        database.jdbc(
            connection -> {
              requireFunction(connection);
              List<String> found = new ArrayList<>();
              try (PreparedStatement statement = connection.prepareStatement(UNSAFE_ROLES);
                  ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                  found.add("role " + rows.getString(1) + " " + rows.getString(2));
                }
              }
              return found;
            });
    if (!unsafe.isEmpty()) {
      throw new ServerException(
          Problem.what(
                  "row-level security does not bind this connection: " + String.join("; ", unsafe))
              .where("TenantDatabase.on")
              .why("the session's role is one of these, or may SET ROLE to it")
              .fix(
                  "connect as a role that is none of these: create role app login; grant usage on"
                      + " schema public, tenon to app; grant select, insert, update, delete on the"
                      + " tenant tables to app"));
    }
  }

  private static void requireFunction(java.sql.Connection connection) throws java.sql.SQLException {
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
