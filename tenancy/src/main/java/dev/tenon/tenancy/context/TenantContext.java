package dev.tenon.tenancy.context;

import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.util.Optional;

/**
 * Which tenant the calling code works for.
 *
 * <p>An application passes a {@link dev.tenon.tenancy.TenantSession} along; this is for where it
 * cannot, such as behind the interceptor of a web framework. {@link
 * dev.tenon.tenancy.TenantDatabase#current} reads it. A framework with a context of its own
 * implements it in one line.
 */
@FunctionalInterface
public interface TenantContext {

  /** The tenant that is bound here and now, if one is. */
  Optional<TenantId> current();

  /**
   * The tenant that is bound here and now.
   *
   * @throws UsageException if none is
   */
  @SuppressWarnings({"NullAway", "OptionalAssignedToNull"}) // A context of a framework's may.
  default TenantId require() {
    Optional<TenantId> bound = current();
    return (bound == null ? Optional.<TenantId>empty() : bound)
        .orElseThrow(
            () ->
                new UsageException(
                    Problem.what("no tenant is bound here")
                        .where(
                            "TenantContext.require, in thread " + Thread.currentThread().getName())
                        .why(
                            "the code runs outside a binding, or in another thread than the binding")
                        .fix("bind the tenant around the work, and capture it for other threads")));
  }
}
