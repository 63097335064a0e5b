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
import org.jspecify.annotations.Nullable;

/** The places of one tenant, first come, first served. */
final class TenantGate implements Admission {

  private final TenantId tenant;
  private final Bulkhead places;
  private volatile TenantLimits limits;
  private volatile @Nullable RateLimiter turns;

  /** A unit of work inside another one would wait for a place that its own thread holds. */
  private final Map<Thread, Inside> inside = new ConcurrentHashMap<>();

  /**
   * What a thread has open: units of work that hold a place, and at most one that rides on them. So
   * its connections are one more than its places, however it nests them.
   */
  private record Inside(int placed, @Nullable Unit riding) {

    static final Inside NOTHING = new Inside(0, null);

    boolean isNothing() {
      return placed == 0 && riding == null;
    }
  }

  TenantGate(TenantId tenant, TenantLimits limits) {
    this.tenant = tenant;
    this.limits = limits;
    this.places = Bulkhead.of(tenant.toString(), placesOf(limits));
    this.turns = turnsOf(limits);
  }

  TenantLimits limits() {
    return limits;
  }

  /** Changes the limits and keeps the places that are taken. */
  void adopt(TenantLimits wanted) {
    if (limits.equals(wanted)) {
      return;
    }
    synchronized (places) {
      RateLimiter kept = turns;
      if (kept == null || wanted.unitsPerSecond().isEmpty()) {
        turns = turnsOf(wanted);
      } else {
        kept.changeLimitForPeriod(wanted.unitsPerSecond().getAsInt());
        kept.changeTimeoutDuration(wanted.patience());
      }
      places.changeConfig(placesOf(wanted));
      limits = wanted;
    }
  }

  private static BulkheadConfig placesOf(TenantLimits limits) {
    return BulkheadConfig.custom()
        .maxConcurrentCalls(limits.concurrentUnits())
        .maxWaitDuration(limits.patience())
        .fairCallHandlingStrategyEnabled(true)
        .build();
  }

  private @Nullable RateLimiter turnsOf(TenantLimits limits) {
    return limits.unitsPerSecond().isEmpty()
        ? null
        : RateLimiter.of(
            tenant.toString(),
            RateLimiterConfig.custom()
                .limitForPeriod(limits.unitsPerSecond().getAsInt())
                .limitRefreshPeriod(Duration.ofSeconds(1))
                .timeoutDuration(limits.patience())
                .build());
  }

  /** A unit that rides takes no place, but its turn like any other. */
  @Override
  public Exit enter() {
    TenantLimits now = limits;
    takeTurn(now);
    Unit unit = new Unit(Thread.currentThread());
    if (unit.rides()) {
      return unit;
    }
    if (!places.tryAcquirePermission()) {
      throw refused(
          "tenant " + tenant + " has " + now.concurrentUnits() + " units of work running", now);
    }
    unit.takesPlace();
    return unit;
  }

  private void takeTurn(TenantLimits now) {
    RateLimiter turn = turns;
    if (turn != null && !turn.acquirePermission()) {
      throw refused(
          "tenant "
              + tenant
              + " began "
              + turn.getRateLimiterConfig().getLimitForPeriod()
              + " units of work in this second",
          now);
    }
  }

  /** One unit of work, which another thread may end: a cursor is closed where its reader likes. */
  private final class Unit implements Exit {

    private final Thread thread;
    private boolean ended;

    Unit(Thread thread) {
      this.thread = thread;
    }

    boolean rides() {
      Inside now =
          inside.computeIfPresent(
              thread,
              (key, was) ->
                  was.placed() > 0 && was.riding() == null ? new Inside(was.placed(), this) : was);
      return now != null && now.riding() == this;
    }

    void takesPlace() {
      inside.merge(
          thread,
          new Inside(1, null),
          (was, one) -> new Inside(was.placed() + one.placed(), was.riding()));
    }

    @Override
    public void leave() {
      inside.compute(thread, (key, was) -> left(was == null ? Inside.NOTHING : was));
    }

    /** The place of a unit that ends before the one that rides on it goes over to that one. */
    private @Nullable Inside left(Inside was) {
      if (ended) {
        return was.isNothing() ? null : was;
      }
      ended = true;
      if (was.riding() == null) {
        places.onComplete();
      }
      Inside now =
          was.riding() == null
              ? new Inside(was.placed() - 1, null)
              : new Inside(was.placed(), null);
      return now.isNothing() ? null : now;
    }
  }

  private static RetryableException refused(String what, TenantLimits limits) {
    return new RetryableException(
        Problem.what(what)
            .where("the limits of the tenant, before a connection was taken")
            .why("none became free within " + limits.patience().toMillis() + " ms")
            .fix("try again later (HTTP 429), or raise TenantLimits"));
  }
}
