package dev.tenon.core.outbox;

import dev.tenon.core.Database;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a relay was told to do. */
record RelayPlan(
    Outbox outbox,
    Database database,
    Map<String, HandlerOf> handlers,
    @Nullable Function<TenantId, Session> sessions,
    Relay.Listener listener,
    int batch,
    int concurrency,
    int deadLetterAfter,
    Duration firstPause,
    Duration longestPause,
    Duration pollInterval,
    boolean inbox) {

  /** Where the handler of a tenant's events works. */
  Session sessionOf(Optional<TenantId> tenant) {
    return sessions == null || tenant.isEmpty() ? database : sessions.apply(tenant.get());
  }

  boolean handlesByTenant() {
    return sessions != null;
  }

  /** Connections at one time, where handlers work in the relay's own database. */
  int connections(boolean notified) {
    return handlers.size() * concurrency * 2 + (notified ? 1 : 0);
  }
}
