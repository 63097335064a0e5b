package dev.tenon.tenancy;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;

/**
 * A session for one tenant.
 *
 * <p>A cheap handle: it holds no connection. The tenant travels with each statement, or with the
 * first statement of a transaction, and ends with it; nothing of it stays on a pooled connection.
 * Safe for use by many threads.
 */
public interface TenantSession extends Session {

  /** The tenant of this session. */
  TenantId tenantId();

  @Override
  TenantSession withSetting(String name, String value);
}
