package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.KeyText;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;

/**
 * Whose data it is: a part of every key, so that two tenants never meet.
 *
 * <p>Immutable.
 */
public final class Owner {

  private static final Owner EVERYBODY = new Owner(KeyText.NOBODY);

  private final String text;

  private Owner(String text) {
    this.text = text;
  }

  public static Owner of(TenantId tenant) {
    return new Owner(Required.require(tenant, "tenant", "Owner.of").toString());
  }

  /**
   * The tenant of a session.
   *
   * @throws UsageException if it has none
   */
  public static Owner of(Session session) {
    return of(
        Required.require(session, "session", "Owner.of")
            .tenant()
            .orElseThrow(
                () ->
                    new UsageException(
                        Problem.what("the session has no tenant")
                            .where("Owner.of")
                            .why("the tenant is part of every key")
                            .fix("pass a tenant session, or say Owner.sharedByAllTenants()"))));
  }

  /** Data of no tenant, which everybody who asks under this owner shares. */
  public static Owner sharedByAllTenants() {
    return EVERYBODY;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Owner owner && text.equals(owner.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The tenant's UUID, or a hyphen. */
  @Override
  public String toString() {
    return text;
  }
}
