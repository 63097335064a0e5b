package dev.tenon.cache;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs scripts within a bounded time, or not at all: behind one circuit breaker, throwing nothing.
 *
 * <p>The breaker opens when half of the last 20 scripts failed (at least 5) and tries again after 1
 * s.
 */
final class RedisLink {

  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);

  private static final int KEYS_OF_A_SCAN = 1_000;

  /** For what nobody waits for with a page to show, in place of the command timeout. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final KeptConnection<StatefulRedisConnection<String, byte[]>> connection;
  private final CircuitBreaker breaker;
  private final long timeoutNanos;

  RedisLink(
      Duration commandTimeout,
      Supplier<CompletionStage<StatefulRedisConnection<String, byte[]>>> connector) {
    this.connection = new KeptConnection<>("command", connector, made -> {}, () -> {});
    this.timeoutNanos = commandTimeout.toNanos();
    this.breaker =
        CircuitBreaker.of(
            "tenon-cache",
            CircuitBreakerConfig.custom()
                .slidingWindowSize(20)
                .minimumNumberOfCalls(5)
                .failureRateThreshold(50)
                .waitDurationInOpenState(Duration.ofSeconds(1))
                .permittedNumberOfCallsInHalfOpenState(3)
                .maxWaitDurationInHalfOpenState(Duration.ofSeconds(1))
                .build());
    breaker
        .getEventPublisher()
        .onStateTransition(event -> LOG.warn("Redis: {}", event.getStateTransition()));
  }

  /** Called at each heartbeat. */
  void check() {
    connection.check();
  }

  void close() {
    connection.close();
  }

  boolean isConnected() {
    StatefulRedisConnection<String, byte[]> present = connection.current();
    return present != null && present.isOpen();
  }

  /** The script's answer, or null where there is none in time. */
  @Nullable Object run(Script script, String[] keys, byte[]... arguments) {
    return isAdmitted()
        ? bounded(
            script.name(),
            timeoutNanos,
            (commands, deadline) -> answer(commands, script, keys, arguments, deadline))
        : null;
  }

  /** Like {@link #run}, for at most 5 s, and after at most 5 s in which Redis cannot be asked. */
  @Nullable Object runPatiently(Script script, String[] keys, byte[]... arguments) {
    return patiently(
        script.name(), (commands, deadline) -> answer(commands, script, keys, arguments, deadline));
  }

  /** Some keys that match, and where to go on; null as in {@link #runPatiently}. */
  @Nullable KeyScanCursor<String> scan(ScanCursor from, String pattern) {
    ScanArgs page = ScanArgs.Builder.matches(pattern).limit(KEYS_OF_A_SCAN);
    return patiently("SCAN", (commands, deadline) -> within(commands.scan(from, page), deadline));
  }

  private <R> @Nullable R patiently(String name, Command<R> command) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!isAdmitted()) {
      if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
        return null;
      }
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(5));
    }
    return bounded(name, PATIENCE_NANOS, command);
  }

  /** Whether there is a connection, and the breaker lets one more command through. */
  private boolean isAdmitted() {
    return isConnected() && breaker.tryAcquirePermission();
  }

  @FunctionalInterface
  private interface Command<R> {
    @Nullable R run(RedisAsyncCommands<String, byte[]> commands, long deadline)
        throws InterruptedException, ExecutionException, TimeoutException;
  }

  /** Runs an admitted command. */
  private <R> @Nullable R bounded(String name, long nanos, Command<R> command) {
    StatefulRedisConnection<String, byte[]> present = connection.current();
    if (present == null) {
      breaker.releasePermission();
      return null;
    }
    long start = System.nanoTime();
    Throwable failure;
    try {
      R answer = command.run(present.async(), start + nanos);
      breaker.onSuccess(System.nanoTime() - start, TimeUnit.NANOSECONDS);
      return answer;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      breaker.releasePermission();
      return null;
    } catch (ExecutionException error) {
      failure = error.getCause() == null ? error : error.getCause();
    } catch (RuntimeException | TimeoutException error) {
      failure = error;
    }
    breaker.onError(System.nanoTime() - start, TimeUnit.NANOSECONDS, failure);
    LOG.debug("{} failed", name, failure);
    return null;
  }

  private static @Nullable Object answer(
      RedisAsyncCommands<String, byte[]> commands,
      Script script,
      String[] keys,
      byte[][] arguments,
      long deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      return first(
          commands.evalsha(script.digest(), ScriptOutputType.MULTI, keys, arguments), deadline);
    } catch (ExecutionException error) {
      if (error.getCause() instanceof RedisNoScriptException) {
        return first(
            commands.eval(script.text(), ScriptOutputType.MULTI, keys, arguments), deadline);
      }
      throw error;
    }
  }

  private static @Nullable Object first(RedisFuture<List<Object>> future, long deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    List<Object> answer = within(future, deadline);
    return answer.isEmpty() ? null : answer.get(0);
  }

  private static <R> R within(RedisFuture<R> future, long deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      return future.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } finally {
      future.cancel(true);
    }
  }
}
