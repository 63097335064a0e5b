package dev.tenon.tenancy.context;

import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * A tenant bound by a {@code java.lang.ScopedValue}, on Java 25 and newer: immutable while it is
 * bound, and inherited by the subtasks of structured concurrency.
 *
 * <p>Reached by method handles, because Tenon runs on Java 17 too. Safe for use by many threads.
 */
public final class ScopedTenantContext extends BindingContext {

  private final Object scopedValue;
  private final MethodHandle isBound;
  private final MethodHandle get;
  private final MethodHandle where;
  private final MethodHandle run;

  private ScopedTenantContext() throws ReflectiveOperationException {
    Class<?> type = Class.forName("java.lang.ScopedValue");
    Class<?> carrier = Class.forName("java.lang.ScopedValue$Carrier");
    MethodHandles.Lookup lookup = MethodHandles.publicLookup();
    scopedValue = type.getMethod("newInstance").invoke(null);
    isBound = lookup.findVirtual(type, "isBound", MethodType.methodType(boolean.class));
    get = lookup.findVirtual(type, "get", MethodType.methodType(Object.class));
    where = lookup.findStatic(type, "where", MethodType.methodType(carrier, type, Object.class));
    run = lookup.findVirtual(carrier, "run", MethodType.methodType(void.class, Runnable.class));
  }

  /**
   * A context of its own; one for each application.
   *
   * @throws UsageException on a Java without scoped values
   */
  public static ScopedTenantContext create() {
    try {
      return new ScopedTenantContext();
    } catch (ReflectiveOperationException missing) {
      throw new UsageException(
          Problem.what("this Java has no scoped values")
              .where("ScopedTenantContext.create, on Java " + Runtime.version().feature())
              .why("java.lang.ScopedValue came with Java 25")
              .fix("run on Java 25, or use ThreadTenantContext"),
          missing);
    }
  }

  @Override
  public Optional<TenantId> current() {
    try {
      return (boolean) isBound.invoke(scopedValue)
          ? Optional.ofNullable((TenantId) get.invoke(scopedValue))
          : Optional.empty();
    } catch (Throwable impossible) {
      throw new IllegalStateException("a scoped value could not be read", impossible);
    }
  }

  @Override
  <V> V within(@Nullable TenantId tenant, Callable<V> work) throws Exception {
    FutureTask<V> task = new FutureTask<>(work);
    try {
      run.invoke(where.invoke(scopedValue, tenant), (Runnable) task);
    } catch (Throwable impossible) {
      throw new IllegalStateException("a scoped value could not be bound", impossible);
    }
    try {
      return task.get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof Error error) {
        throw error;
      }
      throw failed.getCause() instanceof Exception thrown ? thrown : failed;
    }
  }
}
