package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.tenancy.AdminDatabase;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Erases everything of a tenant, and counts every table to prove it.
 *
 * <p>The tenant is refused from the first step on, which is taken only where the others can be.
 * Each table is emptied in a transaction of its own, children before parents, tables whose foreign
 * keys go round in a circle in one; then whatever lies outside the database (see {@link #also});
 * then every table is counted in one snapshot. Interrupted anywhere it can be run again, also after
 * the end. Immutable.
 *
 * <p>Triggers fire, and the tenant is bound to their transactions ({@code app.current_tenant}), so
 * that those that keep a history of the tenant can write it. What they write is deleted too: tables
 * that have rows again are emptied again, five times at most.
 */
public final class TenantErasure {

  private final AdminDatabase admin;
  private final Map<String, Consumer<TenantId>> outside;

  private TenantErasure(AdminDatabase admin, Map<String, Consumer<TenantId>> outside) {
    this.admin = admin;
    this.outside = outside;
  }

  public static TenantErasure on(AdminDatabase admin) {
    return new TenantErasure(admin, Map.of());
  }

  /**
   * Erases one more thing with each tenant, such as its part of a cache; it must be harmless to run
   * twice.
   *
   * @param what its name in the report
   */
  public TenantErasure also(String what, Consumer<TenantId> step) {
    Map<String, Consumer<TenantId>> more = new LinkedHashMap<>(outside);
    more.put(what, step);
    return new TenantErasure(admin, more);
  }

  /**
   * The proof of an erasure.
   *
   * @param tables every table with rows of tenants
   * @param outside what else was erased
   * @param materializedViews those that read the tables, through views too: they keep what was
   *     erased until their next {@code refresh materialized view}
   */
  public record Report(
      TenantId tenant, List<Erased> tables, List<String> outside, List<String> materializedViews) {

    /** The rows that were deleted by this run, in all. */
    public long deleted() {
      return tables.stream().mapToLong(Erased::deleted).sum();
    }

    /**
     * One table.
     *
     * @param deleted rows that this run deleted
     * @param remaining rows that were counted afterwards: 0
     */
    public record Erased(String table, long deleted, long remaining) {}
  }

  /**
   * Erases a tenant.
   *
   * @throws NotFoundException if the registry does not know it
   * @throws RetryableException if somebody wrote rows of the tenant meanwhile, or exports or
   *     restores it at this moment; run it again
   * @throws dev.tenon.core.ServerException if a table with a tenant column is not declared, or if
   *     foreign keys that cannot wait go round in a circle, before anything is changed; or if a
   *     trigger or a rule keeps the rows that are deleted
   */
  public Report erase(TenantId tenant) {
    TenantRegistry registry = TenantRegistry.on(admin);
    registry.erasing(tenant, OwnedTables::erasable);
    Map<OwnedTable, Long> deleted = new TenantDeletion(admin, tenant).run();
    outside.values().forEach(step -> step.accept(tenant));
    Report report =
        new Report(
            tenant,
            count(tenant, deleted),
            List.copyOf(outside.keySet()),
            admin
                .admin("erase tenant " + tenant)
                .acrossTenantsResult(Transaction.Options.defaults(), MaterializedViews::ofTenants));
    requireNothingLeft(report);
    registry.erased(tenant);
    return report;
  }

  private List<Report.Erased> count(TenantId tenant, Map<OwnedTable, Long> deleted) {
    return admin
        .admin("prove the erasure of tenant " + tenant)
        .acrossTenantsResult(
            Transaction.Options.defaults()
                .withIsolation(Transaction.Options.Isolation.REPEATABLE_READ),
            transaction -> {
              List<Report.Erased> counted = new ArrayList<>();
              for (OwnedTable table : OwnedTables.parentsFirst(transaction)) {
                counted.add(
                    new Report.Erased(
                        table.toString(),
                        deleted.getOrDefault(table, 0L),
                        remaining(transaction, table, tenant)));
              }
              return counted;
            });
  }

  private static long remaining(Transaction transaction, OwnedTable table, TenantId tenant) {
    return TenantDeletion.unlimited(transaction)
        .jdbc(
            connection -> {
              try (PreparedStatement statement =
                      connection.prepareStatement(
                          "select count(*) from %s where %s"
                              .formatted(table.sql(), table.ownedBy(tenant)));
                  ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
              }
            });
  }

  private static void requireNothingLeft(Report report) {
    List<Report.Erased> left =
        report.tables().stream().filter(table -> table.remaining() > 0).toList();
    if (!left.isEmpty()) {
      throw new RetryableException(
          Problem.what("rows of tenant " + report.tenant() + " are left: " + left)
              .where("TenantErasure.erase")
              .why(
                  "somebody wrote them while the tenant was erased, or a trigger answers each delete"
                      + " with a row")
              .fix(
                  "let applications ask the registry of tenants, or switch that trigger off, and run"
                      + " it again"));
    }
  }
}
