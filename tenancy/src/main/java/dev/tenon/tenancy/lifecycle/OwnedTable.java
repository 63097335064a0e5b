package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.TenantId;
import java.util.List;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * A table with rows of tenants.
 *
 * @param columns what can be inserted, in the order of the table: no generated columns
 * @param key the primary key, or empty
 */
record OwnedTable(
    String schema, String name, String tenantColumn, List<String> columns, List<String> key) {

  /** The quoted name. */
  String sql() {
    return quoted(schema, name);
  }

  String columnList() {
    return String.join(", ", columns.stream().map(OwnedTable::quoted).toList());
  }

  /** For statements that cannot bind, such as COPY; a UUID is made of digits and hyphens. */
  String ownedBy(TenantId tenant) {
    return quoted(tenantColumn) + " = '" + tenant + "'";
  }

  /** The key as an order, so that two exports of the same rows are the same bytes. */
  String ordered() {
    return key.isEmpty()
        ? ""
        : " order by " + String.join(", ", key.stream().map(OwnedTable::quoted).toList());
  }

  @Override
  public String toString() {
    return schema + "." + name;
  }

  private static String quoted(String... parts) {
    return DSL.using(SQLDialect.POSTGRES).render(DSL.name(parts));
  }
}
