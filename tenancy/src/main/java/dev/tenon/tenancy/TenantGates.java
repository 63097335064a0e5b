package dev.tenon.tenancy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.time.Duration;
import java.util.function.Function;

/** A gate for each tenant that was there lately, or whose session somebody holds. */
final class TenantGates {

  /** Far longer than a rate counts. */
  private static final Duration KEPT = Duration.ofHours(1);

  private final Function<TenantId, TenantLimits> limits;
  private final Cache<TenantId, TenantGate> lately;

  /** Sessions and what they have open hold their gate, however long ago they were made. */
  private final Cache<TenantId, TenantGate> held = Caffeine.newBuilder().weakValues().build();

  TenantGates(Function<TenantId, TenantLimits> limits, Ticker ticker) {
    this.limits = limits;
    this.lately = Caffeine.newBuilder().ticker(ticker).expireAfterAccess(KEPT).build();
  }

  /** The gate of a tenant, with its limits of now; what runs keeps its places when they change. */
  @SuppressWarnings("NullAway") // A function without null checks of its own does return null.
  TenantGate of(TenantId tenant) {
    TenantLimits wanted = limits.apply(tenant);
    if (wanted == null) {
      throw new UsageException(
          Problem.what("the limits of tenant " + tenant + " are null")
              .where("TenantDatabase.Options.withLimits")
              .why("the function has none for it")
              .fix("return limits for every tenant, also for one that you do not know"));
    }
    TenantGate gate = held.get(tenant, key -> new TenantGate(key, wanted));
    lately.put(tenant, gate);
    gate.adopt(wanted);
    return gate;
  }
}
