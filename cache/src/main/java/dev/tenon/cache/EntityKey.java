package dev.tenon.cache;

import java.util.UUID;

/**
 * The key of a value in memory: typed parts, so that nothing is rendered on a hit.
 *
 * @param owner the tenant, or {@link #EVERYONE}
 */
record EntityKey<K>(UUID owner, K identifier) {

  /** Stands for no tenant; a cache holds either this or tenants, never both. */
  static final UUID EVERYONE = new UUID(0, 0);

  @Override
  public int hashCode() {
    return 31 * owner.hashCode() + identifier.hashCode();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EntityKey<?> key
        && identifier.equals(key.identifier)
        && owner.equals(key.owner);
  }
}
