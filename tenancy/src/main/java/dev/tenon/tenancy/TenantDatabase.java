package dev.tenon.tenancy;

import dev.tenon.core.Database;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.core.internal.Engine;
import dev.tenon.tenancy.context.TenantContext;
import java.util.UUID;

/**
 * The door of tenancy: sessions of one tenant on a database whose rows are owned by tenants.
 *
 * <p>Safe for use by many threads; owns nothing that must be closed.
 */
public final class TenantDatabase {

  private final Engine engine;

  private TenantDatabase(Engine engine) {
    this.engine = engine;
  }

  /**
   * Takes a database after checking that row-level security binds its role.
   *
   * @throws ServerException if the role, or one that it may become, is a superuser, has BYPASSRLS
   *     or owns a table with row-level security, or if {@link TenancyMigrations} did not run
   */
  public static TenantDatabase on(Database database) {
    RoleGuard.check(database);
    return new TenantDatabase(database.unwrap(Engine.class));
  }

  /** The session of a tenant; no I/O. */
  public TenantSession as(TenantId tenant) {
    return new ScopedTenantSession(tenant, engine.session(tenant));
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
   * @throws dev.tenon.core.UsageException if none is
   */
  public TenantSession current(TenantContext context) {
    return as(context.require());
  }
}
