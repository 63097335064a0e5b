package dev.tenon.tenancy;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.tenon.core.Database;
import dev.tenon.core.Problem;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Admission;
import dev.tenon.core.internal.Engine;
import dev.tenon.core.internal.TenantRules;
import dev.tenon.tenancy.context.TenantContext;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The door of tenancy: sessions of one tenant on a database whose rows are owned by tenants.
 *
 * <p>Safe for use by many threads; owns nothing that must be closed.
 */
public final class TenantDatabase {

  private final Engine engine;
  private final boolean onlyActive;
  private final @Nullable TenantGates gates;

  private TenantDatabase(Engine engine, Options options) {
    this.engine = engine;
    this.onlyActive = options.onlyActive();
    this.gates =
        options.limits().map(limits -> new TenantGates(limits, Ticker.systemTicker())).orElse(null);
  }

  /**
   * What a database asks of every tenant.
   *
   * @param onlyActive whether each unit of work first looks the tenant up in {@code tenon.tenant},
   *     in the same round trip; false by default
   * @param limits the limits of each tenant; none by default. Asked for each session, so it must be
   *     quick
   */
  public record Options(boolean onlyActive, Optional<Function<TenantId, TenantLimits>> limits) {

    private static final Options DEFAULTS = new Options(false, Optional.empty());

    public static Options defaults() {
      return DEFAULTS;
    }

    /**
     * Refuses a tenant that the registry does not know as active, before its first statement.
     *
     * <p>It costs the server one look by key for each unit of work, and no round trip.
     */
    public Options withOnlyActiveTenants() {
      return new Options(true, limits);
    }

    /** The same limits for every tenant. */
    public Options withLimits(TenantLimits same) {
      return withLimits(tenant -> same);
    }

    /** Limits by tenant, for example by what it pays for. */
    public Options withLimits(Function<TenantId, TenantLimits> byTenant) {
      return new Options(onlyActive, Optional.of(byTenant));
    }
  }

  /**
   * Takes a database after checking that row-level security binds its role.
   *
   * @throws ServerException if the role, or one that it may become, is a superuser, has BYPASSRLS
   *     or owns a table with row-level security; if a fence does not hold it; or if {@link
   *     TenancyMigrations} did not run
   */
  public static TenantDatabase on(Database database) {
    return on(database, Options.defaults());
  }

  /** Like {@link #on(Database)}, with options. */
  public static TenantDatabase on(Database database, Options options) {
    RoleGuard.check(database);
    return new TenantDatabase(database.unwrap(Engine.class), options);
  }

  /**
   * The session of a tenant; no I/O.
   *
   * @throws UsageException if the tenant is null, or has null for its limits
   */
  @SuppressWarnings("NullAway") // Callers without null checks of their own do pass null.
  public TenantSession as(TenantId tenant) {
    if (tenant == null) {
      throw new UsageException(
          Problem.what("the tenant is null")
              .where("TenantDatabase.as")
              .why("every row is owned by somebody")
              .fix("pass the tenant; where there is none, use the Database itself"));
    }
    TenantGate gate = gates == null ? null : gates.of(tenant);
    return new ScopedTenantSession(
        tenant,
        engine.session(
            new TenantRules(
                tenant,
                onlyActive,
                gate == null ? Optional.empty() : gate.limits().statementTimeout(),
                gate == null ? Admission.FREE : gate)));
  }

  /** The session of a tenant; no I/O. */
  public TenantSession as(UUID tenant) {
    return as(TenantId.of(tenant));
  }

  /**
   * The session of a tenant given as text; no I/O.
   *
   * @throws dev.tenon.core.InvalidDataException if the text is not a UUID
   */
  public TenantSession as(String tenant) {
    return as(TenantId.parse(tenant));
  }

  /**
   * The session of the tenant that is bound here and now; no I/O.
   *
   * @throws UsageException if none is
   */
  public TenantSession current(TenantContext context) {
    return as(context.require());
  }
}
