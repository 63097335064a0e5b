package dev.tenon.tenancy.internal;

/** Which column of a table says whose a row is: asked by the audit, the life cycle, the proof. */
public final class TenantColumns {

  /**
   * A query of relation, name, number and not-null of the column that names the tenant, one row for
   * each relation that has one: {@code tenant_id}, a name that a declaration uses, or a column
   * whose default is the tenant of the session.
   *
   * <p>A tenant column that alone is the primary key of its table (one row for each tenant) tells
   * nothing by its name: elsewhere {@code id} is something else.
   */
  public static final String QUERY =
      """
      select distinct on (a.attrelid)
             a.attrelid as oid, a.attname::text as tenant_column, a.attnum, a.attnotnull
        from pg_catalog.pg_attribute a
       where a.attnum > 0 and not a.attisdropped
         and (a.attname = 'tenant_id'
           or a.attname in (
             select i.tenant_column
               from tenon.isolation i
              where i.tenant_column is not null
                and not exists (
                  select
                    from pg_catalog.pg_index x
                    join pg_catalog.pg_attribute k
                      on k.attrelid = x.indrelid and k.attnum = x.indkey[0]
                   where x.indrelid = coalesce(i.base, i.relation) and x.indisprimary
                     and x.indnkeyatts = 1 and k.attname = i.tenant_column))
           or (a.attrelid, a.attnum) in (
             select f.adrelid, f.adnum
               from pg_catalog.pg_attrdef f
               join pg_catalog.pg_depend d
                 on d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = f.oid
                and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                and d.refobjid = pg_catalog.to_regprocedure('tenon.current_tenant()')))
       order by a.attrelid, a.attname = 'tenant_id' desc, a.attnum
      """;

  private TenantColumns() {}
}
