package dev.tenon.tenancy.internal;

/** What makes a role free of row-level security and of fences: asked by the guard and the audit. */
public final class RoleFacts {

  /** Two common table expressions, {@code fenced} and {@code facts}: one row for each role. */
  public static final String EXPRESSIONS =
      """
      fenced as (
        select c.oid, c.relowner, c.oid::pg_catalog.regclass::text as name
          from pg_catalog.pg_class c
         where c.relrowsecurity
            or exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid)
            or exists (select
                         from tenon.isolation i
                        where i.kind <> 'SHARED' and c.oid in (i.relation, i.base))
      ), facts as (
        select r.oid, r.rolname, r.rolsuper, r.rolbypassrls,
               (select string_agg(f.name, ', ' order by f.name)
                  from fenced f where f.relowner = r.oid) as owned,
               (select string_agg(f.name, ', ' order by f.name)
                  from fenced f
                 where pg_catalog.has_table_privilege(r.oid, f.oid, 'TRUNCATE')) as truncated,
               exists (select from pg_catalog.pg_namespace n
                        where n.nspname = 'tenon' and n.nspowner = r.oid) as owns_function
          from pg_catalog.pg_roles r
      )
      """;

  private RoleFacts() {}
}
