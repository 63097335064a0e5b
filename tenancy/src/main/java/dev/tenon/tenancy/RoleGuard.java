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
 * and a role with BYPASSRLS ignore policies, and an owner can switch them off.
 */
final class RoleGuard {

  private static final String FUNCTION_EXISTS =
      "select to_regprocedure('tenon.current_tenant()') is not null";

  private static final String UNSAFE_ROLES =
      """
      select r.rolname,
             case
               when r.rolsuper then 'is a superuser'
               when r.rolbypassrls then 'has BYPASSRLS'
               else 'owns ' || t.tables
             end
        from pg_catalog.pg_roles r
        left join lateral (
          select string_agg(c.oid::regclass::text, ', ' order by c.relname) as tables
            from pg_catalog.pg_class c
           where c.relowner = r.oid
             and (c.relrowsecurity
                  or exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid))
        ) t on true
       where pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
         and (r.rolsuper or r.rolbypassrls or t.tables is not null)
       order by r.rolname
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
