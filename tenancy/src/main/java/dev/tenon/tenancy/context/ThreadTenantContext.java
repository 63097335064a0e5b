package dev.tenon.tenancy.context;

import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A tenant bound to the running thread, platform or virtual, for the length of a call.
 *
 * <p>A thread inherits nothing: work for another thread is captured where it is handed over, and
 * the worker has what it had before when the work ends. Safe for use by many threads.
 */
public final class ThreadTenantContext implements TenantContext {

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

  /**
   * Runs work with a tenant bound to this thread.
   *
   * @throws UsageException if another tenant is bound
   */
  public void run(TenantId tenant, Runnable work) {
    Switching.refuse(current(), tenant);
    within(tenant, work);
  }

  /**
   * Runs work with a tenant bound to this thread, and returns its result.
   *
   * @throws Exception what the work throws
   * @throws UsageException if another tenant is bound
   */
  public <V> V call(TenantId tenant, Callable<V> work) throws Exception {
    Switching.refuse(current(), tenant);
    return within(tenant, work);
  }

  /** Work that runs with the tenant that is bound now, or with none, in whatever thread. */
  public Runnable capture(Runnable work) {
    TenantId captured = bound.get();
    return () -> within(captured, work);
  }

  /** Work that runs with the tenant that is bound now, or with none, in whatever thread. */
  public <V> Callable<V> capture(Callable<V> work) {
    TenantId captured = bound.get();
    return () -> within(captured, work);
  }

  /** An executor whose tasks run with the tenant that was bound when they were handed over. */
  public Executor capturing(Executor executor) {
    return task -> executor.execute(capture(task));
  }

  private void within(@Nullable TenantId tenant, Runnable work) {
    TenantId before = bound.get();
    set(tenant);
    try {
      work.run();
    } finally {
      set(before);
    }
  }

  private <V> V within(@Nullable TenantId tenant, Callable<V> work) throws Exception {
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
