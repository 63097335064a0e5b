package dev.tenon.tenancy;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jooq.Name;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The isolation of one table, declared once: its kind, its tenant column and the keys that carry
 * the tenant.
 *
 * <p>It emits SQL for the application's own migrations and touches nothing by itself. Several that
 * refer to each other go into {@link TenantTables}. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * TenantTable customers = TenantTable.rls("customers").key("id").unique("email");
 * TenantTable orders = TenantTable.rls("orders").key("id").foreignKey(customers, "customer_id");
 * }</pre>
 */
public final class TenantTable {

  /** What a name with its schema looks like; a table whose name has a dot is named by two parts. */
  private static final Pattern QUALIFIED = Pattern.compile("\\w+\\.\\w+");

  private final Isolation isolation;
  private final Name name;
  private String baseSchema = "fenced";
  private boolean barrier = true;
  private String tenantColumn = "tenant_id";
  private List<String> key = List.of();
  private List<List<String>> uniqueKeys = List.of();
  private List<ForeignKey> foreignKeys = List.of();

  record ForeignKey(TenantTable target, List<String> columns) {}

  private TenantTable(Isolation isolation, Name name) {
    this.isolation = isolation;
    this.name = name;
  }

  /** A copy, changed before it leaves the method that asked for it. */
  private TenantTable copy() {
    TenantTable copy = new TenantTable(isolation, name);
    copy.baseSchema = baseSchema;
    copy.barrier = barrier;
    copy.tenantColumn = tenantColumn;
    copy.key = key;
    copy.uniqueKeys = uniqueKeys;
    copy.foreignKeys = foreignKeys;
    return copy;
  }

  /**
   * A table held by row-level security, whose tenant column is {@code tenant_id}.
   *
   * @param name its name; a schema and a name as two parts
   */
  public static TenantTable rls(String... name) {
    return of(Isolation.RLS, name);
  }

  /**
   * A table behind a fence: {@code name} becomes a view and a security barrier, the table of that
   * name moves to the schema {@code fenced}, where no application role may look.
   *
   * @param name what the application reads and writes; a schema and a name as two parts
   */
  public static TenantTable fence(String... name) {
    return of(Isolation.FENCE, name);
  }

  /**
   * A table without tenants.
   *
   * @param name its name; a schema and a name as two parts
   */
  public static TenantTable shared(String... name) {
    return of(Isolation.SHARED, name);
  }

  private static TenantTable of(Isolation isolation, String... name) {
    if (name.length == 0 || name.length > 2) {
      throw new UsageException(
          Problem.what("a table was named by " + name.length + " parts")
              .where("TenantTable." + isolation.name().toLowerCase(Locale.ROOT))
              .fix("pass its name, or its schema and its name"));
    }
    for (String part : name) {
      requireName("TenantTable." + isolation.name().toLowerCase(Locale.ROOT), part);
    }
    if (name.length == 1 && QUALIFIED.matcher(name[0]).matches()) {
      String[] parts = name[0].split("\\.", -1);
      throw new UsageException(
          Problem.what("the table " + name[0] + " is named by its schema in one part")
              .where("TenantTable." + isolation.name().toLowerCase(Locale.ROOT))
              .why("a part is quoted whole: no table of that name is meant")
              .fix("pass two parts: (\"%s\", \"%s\")".formatted(parts[0], parts[1])));
    }
    return new TenantTable(isolation, DSL.name(name));
  }

  @SuppressWarnings("NullAway") // Callers without null checks of their own do pass null.
  private static void requireName(String where, String name) {
    if (name == null || name.isBlank()) {
      throw new UsageException(
          Problem.what("a name is " + (name == null ? "null" : "blank"))
              .where(where)
              .fix("name the table, the schema or the column that is meant"));
    }
  }

  /** The same for another tenant column. */
  public TenantTable tenantColumn(String column) {
    refuseFor(Isolation.SHARED, "tenantColumn");
    requireName("TenantTable.tenantColumn of " + name, column);
    TenantTable copy = copy();
    copy.tenantColumn = column;
    return copy;
  }

  /** The primary key, in front of which the tenant is put; the target of foreign keys. */
  public TenantTable key(String... columns) {
    TenantTable copy = copy();
    copy.key = withoutTenant("key", columns);
    return copy;
  }

  /** A unique key, in front of which the tenant is put: unique among the tenant's own rows. */
  public TenantTable unique(String... columns) {
    refuseFor(Isolation.SHARED, "unique");
    TenantTable copy = copy();
    copy.uniqueKeys = plus(uniqueKeys, withoutTenant("unique", columns));
    return copy;
  }

  /**
   * A foreign key to the primary key of another declared table; the tenant stands on both sides, so
   * no row can refer to another tenant's.
   *
   * @param target a table with a {@link #key}
   * @param columns this table's columns, one for each column of that key
   */
  public TenantTable foreignKey(TenantTable target, String... columns) {
    refuseFor(Isolation.SHARED, "foreignKey");
    if (target.key.size() != columns.length) {
      throw new UsageException(
          Problem.what(
                  columns.length
                      + " columns are to refer to a key of "
                      + target.key.size()
                      + " in "
                      + target.name)
              .where("TenantTable.foreignKey of " + name)
              .fix("declare the target's key(…), and name one column for each of its columns"));
    }
    TenantTable copy = copy();
    copy.foreignKeys =
        plus(foreignKeys, new ForeignKey(target, withoutTenant("foreignKey", columns)));
    return copy;
  }

  /** The schema of a fence's base table, instead of {@code fenced}. */
  public TenantTable baseSchema(String schema) {
    requireFence("baseSchema");
    requireName("TenantTable.baseSchema of " + name, schema);
    TenantTable copy = copy();
    copy.baseSchema = schema;
    return copy;
  }

  /**
   * Takes the security barrier from a fence's view, so that operators that are not leakproof use
   * their indexes and TimescaleDB aggregates compressed chunks without unpacking them.
   *
   * <p>For applications whose conditions are all their own. PostgreSQL may then run a condition
   * before the view's predicate, and the error of some built-in expressions (JSON and array
   * constructors, XML, domains) names a value of another tenant. The audit and the proof say so
   * until it is accepted there, and the application's role may create no functions and no temporary
   * tables.
   */
  public TenantTable withoutBarrier() {
    requireFence("withoutBarrier");
    TenantTable copy = copy();
    copy.barrier = false;
    return copy;
  }

  /** The statements for a migration, ended by semicolons; may run again. */
  public String sql() {
    return TenantTables.of(this).sql();
  }

  Isolation isolation() {
    return isolation;
  }

  Name name() {
    return name;
  }

  /** The table that holds the rows: the base of a fence, else the table itself. */
  Name base() {
    return isolation == Isolation.FENCE ? DSL.name(baseSchema, name.last()) : name;
  }

  String baseSchema() {
    return baseSchema;
  }

  boolean hasBarrier() {
    return isolation == Isolation.FENCE && barrier;
  }

  /** Null for a shared table. */
  @Nullable String tenantColumn() {
    return isolation == Isolation.SHARED ? null : tenantColumn;
  }

  List<String> key() {
    return key;
  }

  List<List<String>> uniqueKeys() {
    return uniqueKeys;
  }

  List<ForeignKey> foreignKeys() {
    return foreignKeys;
  }

  private List<String> withoutTenant(String method, String... columns) {
    if (columns.length == 0) {
      throw new UsageException(
          Problem.what("no column was named")
              .where("TenantTable." + method + " of " + name)
              .fix("name at least one column"));
    }
    for (String column : columns) {
      requireName("TenantTable." + method + " of " + name, column);
    }
    List<String> given = List.of(columns);
    if (Set.copyOf(given).size() < given.size()) {
      throw new UsageException(
          Problem.what("a column was named twice: " + given)
              .where("TenantTable." + method + " of " + name)
              .fix("name each column once"));
    }
    if (isolation != Isolation.SHARED && given.contains(tenantColumn)) {
      throw new UsageException(
          Problem.what("the tenant column " + tenantColumn + " was named")
              .where("TenantTable." + method + " of " + name)
              .why("it is put in front of every key")
              .fix("name the other columns only"));
    }
    return given;
  }

  private void refuseFor(Isolation refused, String method) {
    if (isolation == refused) {
      throw new UsageException(
          Problem.what(method + " was asked of the " + refused + " table " + name)
              .where("TenantTable." + method)
              .why("it has no tenant; Tenon leaves its keys to the application")
              .fix("write its keys in your own SQL, or declare it by rls(…) or fence(…)"));
    }
  }

  private void requireFence(String method) {
    if (isolation != Isolation.FENCE) {
      throw new UsageException(
          Problem.what(method + " was asked of the " + isolation + " table " + name)
              .where("TenantTable." + method)
              .why("only a fence has a view in front of its table")
              .fix("declare the table by fence(…)"));
    }
  }

  private static <T> List<T> plus(List<T> some, T one) {
    List<T> more = new ArrayList<>(some);
    more.add(one);
    return List.copyOf(more);
  }
}
