package dev.tenon.core.internal;

import dev.tenon.core.TenantId;
import java.time.Duration;
import java.util.Optional;

/**
 * What holds for every unit of work of one tenant.
 *
 * @param onlyActive sends {@code tenon.admitted(…)} around the tenant, which raises for one that is
 *     unknown or suspended
 * @param statementTimeout instead of the database's own
 */
public record TenantRules(
    TenantId tenant,
    boolean onlyActive,
    Optional<Duration> statementTimeout,
    Admission admission) {}
