package dev.tenon.tenancy;

import dev.tenon.core.Migrations;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * The four roles that one database needs, as a migration.
 *
 * <p>Each may log in, but not before somebody gives it a password or another way to authenticate;
 * none is a member of another. Roles belong to the whole server: those that exist are kept, with
 * their passwords.
 *
 * @param owner owns the tables and runs the migrations
 * @param application runs the application: reads and writes the tables of {@link #grants} and
 *     nothing else, bound by every policy, without the rights that a fence forbids
 * @param admin works across tenants, by {@link AdminDatabase}: has BYPASSRLS
 * @param backup reads everything, for {@code pg_dump}: has BYPASSRLS
 */
public record DatabaseRoles(String owner, String application, String admin, String backup) {

  /**
   * Checks that the names differ.
   *
   * @throws UsageException if two are the same
   */
  public DatabaseRoles {
    if (Set.of(owner).contains(application)
        || Set.of(owner, application).contains(admin)
        || Set.of(owner, application, admin).contains(backup)) {
      throw new UsageException(
          Problem.what("two of the four roles have the same name")
              .where("DatabaseRoles")
              .why("what one may do would undo what the other may not")
              .fix("name four different roles"));
    }
  }

  /** {@code <prefix>_owner}, {@code _application}, {@code _admin} and {@code _backup}. */
  public static DatabaseRoles prefixed(String prefix) {
    return new DatabaseRoles(
        prefix + "_owner", prefix + "_application", prefix + "_admin", prefix + "_backup");
  }

  /**
   * Creates the roles and gives each its rights in the connected database.
   *
   * <p>Run it first, as a superuser or as a role with CREATEROLE and BYPASSRLS that owns the
   * database; everything after it as the owner. Nobody else keeps CREATE on schema {@code public}
   * or TEMPORARY on the database. Run by a superuser, it also takes the making of large objects
   * from everybody, which belong to no tenant.
   */
  public Migrations migrations() {
    return Migrations.named("roles").script("V1__roles.sql", sql());
  }

  /**
   * The application's rights on declared tables, as SQL for a migration of the owner's, ended by
   * semicolons; may run again, and stands after {@link TenantTables#sql}. Shared tables are read
   * only.
   *
   * <p>Rights are given table by table, because a right on every new table would open partitions
   * and materialised views, which no policy guards when they are read by their own name.
   */
  public String grants(TenantTables tables) {
    return tables.all().stream().map(this::grant).collect(Collectors.joining());
  }

  private String grant(TenantTable table) {
    return "grant %s on %s to %s;\n"
        .formatted(
            table.isolation() == Isolation.SHARED ? "select" : "select, insert, update, delete",
            IsolationSql.render(table.name()),
            name(application));
  }

  String sql() {
    return create(owner, "nobypassrls")
        + create(application, "nobypassrls")
        + create(admin, "bypassrls")
        + create(backup, "bypassrls")
        + """
        do $$
        begin
          execute format('revoke all on database %%I from public', current_database());
          execute format('grant connect on database %%I to %%s', current_database(), %5$s);
          execute format('grant create, temporary on database %%I to %%s', current_database(), %6$s);
          execute format('grant temporary on database %%I to %%s', current_database(), %7$s);
        end
        $$;
        revoke execute on function pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid),
          pg_catalog.lo_from_bytea(oid, bytea) from public;
        revoke create on schema public from public;
        grant usage, create on schema public to %1$s;
        grant usage on schema public to %2$s, %3$s;
        alter schema tenon owner to %1$s;
        grant pg_read_all_data to %4$s;
        alter default privileges for role %1$s in schema public
          revoke all on tables from %2$s;
        alter default privileges for role %1$s in schema public grant usage on sequences to %2$s;
        alter default privileges for role %1$s grant usage on schemas to %3$s;
        alter default privileges for role %1$s grant select, insert, update, delete on tables to %3$s;
        alter default privileges for role %1$s grant usage on sequences to %3$s;
        """
            .formatted(
                name(owner),
                name(application),
                name(admin),
                name(backup),
                text(String.join(", ", name(owner), name(application), name(admin), name(backup))),
                text(name(owner)),
                text(name(admin)));
  }

  private static String create(String role, String bypass) {
    return """
        do $role$
        begin
          if not exists (select from pg_catalog.pg_roles where rolname = %1$s) then
            create role %2$s login nosuperuser nocreatedb nocreaterole %3$s;
          end if;
        end
        $role$;
        """
        .formatted(text(role), name(role), bypass);
  }

  private static String name(String role) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.name(role));
  }

  private static String text(String value) {
    return DSL.using(SQLDialect.POSTGRES).renderInlined(DSL.inline(value));
  }
}
