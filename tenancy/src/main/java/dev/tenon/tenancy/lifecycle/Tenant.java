package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.TenantId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the registry knows of a tenant.
 *
 * @param reason why it is in a state other than {@link State#ACTIVE}
 */
public record Tenant(
    TenantId id, String name, State state, @Nullable String reason, Instant createdAt) {

  /** Whether a tenant may work. */
  public enum State {
    ACTIVE,

    /** Refused until it is resumed; its rows stay. */
    SUSPENDED,

    /** Refused; an erasure has begun and may be run again. */
    ERASING,

    /** Refused for ever; no row of it is left. */
    ERASED
  }
}
