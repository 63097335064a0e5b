package dev.tenon.tenancy.context;

import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What each context that binds tenants itself offers, however it binds them. */
abstract class BindingContext implements TenantContext {

  /** Binds a tenant, or none, for the length of a call. */
  abstract <V> V within(@Nullable TenantId tenant, Callable<V> work) throws Exception;

  /**
   * Runs work with a tenant bound.
   *
   * @throws UsageException if another tenant is bound
   */
  public final void run(TenantId tenant, Runnable work) {
    Switching.refuse(current(), tenant);
    runWithin(tenant, work);
  }

  /**
   * Runs work with a tenant bound, and returns its result.
   *
   * @throws Exception what the work throws
   * @throws UsageException if another tenant is bound
   */
  public final <V> V call(TenantId tenant, Callable<V> work) throws Exception {
    Switching.refuse(current(), tenant);
    return within(tenant, work);
  }

  /**
   * Work that runs with the tenant that is bound now, in whatever thread; run inside the work of
   * another tenant it is a {@link UsageException}. Captured where none is bound, it runs with none.
   */
  public final Runnable capture(Runnable work) {
    TenantId captured = current().orElse(null);
    return () -> {
      Switching.refuse(current(), captured);
      runWithin(captured, work);
    };
  }

  /**
   * Work that runs with the tenant that is bound now, in whatever thread; run inside the work of
   * another tenant it is a {@link UsageException}. Captured where none is bound, it runs with none.
   */
  public final <V> Callable<V> capture(Callable<V> work) {
    TenantId captured = current().orElse(null);
    return () -> {
      Switching.refuse(current(), captured);
      return within(captured, work);
    };
  }

  /** An executor whose tasks run with the tenant that was bound when they were handed over. */
  public final Executor capturing(Executor executor) {
    return task -> executor.execute(capture(task));
  }

  private void runWithin(@Nullable TenantId tenant, Runnable work) {
    try {
      within(
          tenant,
          () -> {
            work.run();
            return Boolean.TRUE;
          });
    } catch (RuntimeException thrown) {
      throw thrown;
    } catch (Exception impossible) {
      throw new IllegalStateException("a Runnable threw a checked exception", impossible);
    }
  }
}
