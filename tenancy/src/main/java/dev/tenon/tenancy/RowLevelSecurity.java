package dev.tenon.tenancy;

import org.jooq.Name;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * Row-level security for one table, as SQL for a migration.
 *
 * <p>The policy is permissive, the only one, for all commands, and forced on the owner too. Its
 * predicate calls {@code tenon.current_tenant()} in a sub-select, which PostgreSQL runs once per
 * statement instead of once per row. Immutable.
 */
public final class RowLevelSecurity {

  private final Name table;
  private final Name tenantColumn;

  private RowLevelSecurity(Name table, Name tenantColumn) {
    this.table = table;
    this.tenantColumn = tenantColumn;
  }

  /**
   * Fences a table whose tenant column is {@code tenant_id}.
   *
   * @param table its name, a schema and a name as two parts
   */
  public static RowLevelSecurity on(String... table) {
    return new RowLevelSecurity(DSL.name(table), DSL.name("tenant_id"));
  }

  /** The same for another tenant column. */
  public RowLevelSecurity tenantColumn(String column) {
    return new RowLevelSecurity(table, DSL.name(column));
  }

  /** The statements, ended by semicolons; may run again. */
  public String sql() {
    String name = render(table);
    String predicate = render(tenantColumn) + " = (select tenon.current_tenant())";
    return """
        alter table %1$s enable row level security;
        alter table %1$s force row level security;
        drop policy if exists tenant on %1$s;
        create policy tenant on %1$s as permissive for all to public
          using (%2$s)
          with check (%2$s);
        """
        .formatted(name, predicate);
  }

  private static String render(Name name) {
    return DSL.using(SQLDialect.POSTGRES).render(name);
  }
}
