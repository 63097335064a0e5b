package dev.tenon.tenancy;

import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.core.internal.Admission;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The places of one tenant, first come, first served. */
final class TenantGate implements Admission {

  private static final Admission.Exit ALREADY_INSIDE = () -> {};

  private final TenantId tenant;
  private final TenantLimits limits;
  private final Bulkhead places;
  private final @Nullable RateLimiter turns;

  /** A unit of work inside another one would wait for a place that its own thread holds. */
  private final Map<Thread, Boolean> inside = new ConcurrentHashMap<>();

  TenantGate(TenantId tenant, TenantLimits limits) {
    this.tenant = tenant;
    this.limits = limits;
    this.places =
        Bulkhead.of(
            tenant.toString(),
            BulkheadConfig.custom()
                .maxConcurrentCalls(limits.concurrentUnits())
                .maxWaitDuration(limits.patience())
                .fairCallHandlingStrategyEnabled(true)
                .build());
    this.turns =
        limits.unitsPerSecond().isEmpty()
            ? null
            : RateLimiter.of(
                tenant.toString(),
                RateLimiterConfig.custom()
                    .limitForPeriod(limits.unitsPerSecond().getAsInt())
                    .limitRefreshPeriod(Duration.ofSeconds(1))
                    .timeoutDuration(limits.patience())
                    .build());
  }

  TenantLimits limits() {
    return limits;
  }

  @Override
  public Exit enter() {
    Thread thread = Thread.currentThread();
    if (inside.containsKey(thread)) {
      return ALREADY_INSIDE;
    }
    if (turns != null && !turns.acquirePermission()) {
      throw refused(
          "tenant "
              + tenant
              + " began "
              + limits.unitsPerSecond().getAsInt()
              + " units of work in this second");
    }
    if (!places.tryAcquirePermission()) {
      throw refused(
          "tenant " + tenant + " has " + limits.concurrentUnits() + " units of work running");
    }
    inside.put(thread, Boolean.TRUE);
    AtomicBoolean left = new AtomicBoolean();
    return () -> {
      if (left.compareAndSet(false, true)) {
        inside.remove(thread);
        places.onComplete();
      }
    };
  }

  private RetryableException refused(String what) {
    return new RetryableException(
        Problem.what(what)
            .where("the limits of the tenant, before a connection was taken")
            .why("none became free within " + limits.patience().toMillis() + " ms")
            .fix("try again later (HTTP 429), or raise TenantLimits"));
  }
}
