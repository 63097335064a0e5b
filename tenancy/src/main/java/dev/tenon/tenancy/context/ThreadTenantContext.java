package dev.tenon.tenancy.context;

import dev.tenon.core.TenantId;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A tenant bound to the running thread, platform or virtual, for the length of a call.
 *
 * <p>A thread inherits nothing: work for another thread is captured where it is handed over, and
 * the worker has what it had before when the work ends. Safe for use by many threads.
 */
public final class ThreadTenantContext extends BindingContext {

  /** Of the instance: two applications in one JVM share nothing. */
  @SuppressWarnings("ThreadLocalUsage")
  private final ThreadLocal<@Nullable TenantId> bound = new ThreadLocal<>();

  private ThreadTenantContext() {}

  /** A context of its own; one for each application. */
  public static ThreadTenantContext create() {
    return new ThreadTenantContext();
  }

  @Override
  public Optional<TenantId> current() {
    return Optional.ofNullable(bound.get());
  }

  @Override
  <V> V within(@Nullable TenantId tenant, Callable<V> work) throws Exception {
    TenantId before = bound.get();
    set(tenant);
    try {
      return work.call();
    } finally {
      set(before);
    }
  }

  /** Nothing of a tenant stays in a pooled thread. */
  private void set(@Nullable TenantId tenant) {
    if (tenant == null) {
      bound.remove();
    } else {
      bound.set(tenant);
    }
  }
}
