package dev.tenon.cache.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisReadOnlyException;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks Redis within a bounded time, or not at all, behind one circuit breaker.
 *
 * <p>The breaker opens when half of the last 20 commands failed (at least 5) and tries again after
 * 1 s; a command that Redis refuses, because its memory is full or a key is of another type, is
 * answered and does not count. What {@code run} does throws nothing, for callers who can do
 * without; what {@code require} does throws, for those who cannot.
 */
public final class RedisLink {

  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);

  private static final Pattern FORBIDDEN = Pattern.compile("to run the '([^']+)' command");
  private static final int KEYS_OF_A_SCAN = 1_000;

  private static final int CALLS_AT_ONCE = 1_000;

  /** For what nobody waits for with a page to show, in place of the command timeout. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final RedisTopology topology;
  private final KeptConnection<StatefulConnection<String, byte[]>> connection;
  private final CircuitBreaker breaker;
  private final long timeoutNanos;

  public RedisLink(Duration commandTimeout, RedisTopology topology) {
    this.topology = topology;
    this.connection = new KeptConnection<>("command", topology::connect, made -> {}, () -> {});
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
  public void check() {
    connection.check();
  }

  public void close() {
    connection.close();
  }

  /** Why there is no connection; null where there is one. */
  public @Nullable Throwable failure() {
    return connection.failure();
  }

  public boolean isConnected() {
    StatefulConnection<String, byte[]> present = connection.current();
    return present != null && present.isOpen();
  }

  /** The script's answer, or null where there is none in time. */
  public @Nullable Object run(Call call) {
    return run(call.script, call.keys, call.arguments);
  }

  /** The script's answer, or null where there is none in time. */
  public @Nullable Object run(RedisScript script, String[] keys, byte[]... arguments) {
    return isAdmitted()
        ? bounded(
                script.name(),
                timeoutNanos,
                (commands, deadline) -> answer(commands, script, keys, arguments, deadline))
            .answer()
        : null;
  }

  /** A command's answer, or null where there is none in time. */
  public <R> @Nullable R run(String name, Command<R> command) {
    return isAdmitted() ? bounded(name, timeoutNanos, command).answer() : null;
  }

  /** A call of a script. */
  public static final class Call {

    private final RedisScript script;
    private final String[] keys;
    private final byte[][] arguments;

    /** Keeps the arrays that it is given. */
    public Call(RedisScript script, String[] keys, byte[]... arguments) {
      this.script = script;
      this.keys = keys;
      this.arguments = arguments;
    }

    /** Its first argument. */
    public byte[] first() {
      return arguments[0];
    }
  }

  /**
   * The answers to many calls, a thousand sent together, in their order; null in place of each that
   * has none in time, since some servers of a cluster may answer and others not.
   */
  public List<@Nullable Object> runEach(List<Call> calls) {
    List<@Nullable Object> all = new ArrayList<>(calls.size());
    for (int from = 0; from < calls.size(); from += CALLS_AT_ONCE) {
      List<Call> part = calls.subList(from, Math.min(calls.size(), from + CALLS_AT_ONCE));
      List<@Nullable Object> answers =
          run("EACH", (commands, deadline) -> each(commands, part, deadline));
      all.addAll(answers == null ? Collections.nCopies(part.size(), null) : answers);
    }
    return all;
  }

  private static List<@Nullable Object> each(
      RedisClusterAsyncCommands<String, byte[]> commands, List<Call> calls, long deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    List<RedisFuture<List<Object>>> sent = new ArrayList<>(calls.size());
    for (Call call : calls) {
      sent.add(
          commands.evalsha(
              call.script.digest(), ScriptOutputType.MULTI, call.keys, call.arguments));
    }
    List<@Nullable Object> answers = new ArrayList<>(calls.size());
    Map<Integer, RedisFuture<List<Object>>> sentWhole = new LinkedHashMap<>();
    ExecutionException failure = null;
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      try {
        answers.add(first(sent.get(i), deadline));
        continue;
      } catch (ExecutionException error) {
        if (error.getCause() instanceof RedisNoScriptException) {
          sentWhole.put(
              i,
              commands.eval(call.script.text(), ScriptOutputType.MULTI, call.keys, call.arguments));
        } else {
          failure = error;
        }
      } catch (TimeoutException late) {
        failure = new ExecutionException(late);
      }
      answers.add(null);
    }
    for (Map.Entry<Integer, RedisFuture<List<Object>>> whole : sentWhole.entrySet()) {
      try {
        answers.set(whole.getKey(), first(whole.getValue(), deadline));
      } catch (ExecutionException error) {
        failure = error;
      } catch (TimeoutException late) {
        failure = new ExecutionException(late);
      }
    }
    if (failure != null && answers.stream().allMatch(Objects::isNull)) {
      throw failure;
    }
    return answers;
  }

  /** Like {@link #run}, for at most 5 s, and after at most 5 s in which Redis cannot be asked. */
  public @Nullable Object runPatiently(RedisScript script, String[] keys, byte[]... arguments) {
    return patiently(
        script.name(), (commands, deadline) -> answer(commands, script, keys, arguments, deadline));
  }

  /** Some keys that match, and where to go on; null as in {@link #runPatiently}. */
  public @Nullable KeyScanCursor<String> scan(ScanCursor from, String pattern) {
    ScanArgs page = ScanArgs.Builder.matches(pattern).limit(KEYS_OF_A_SCAN);
    return patiently(
        "SCAN", (commands, deadline) -> RedisFutures.within(commands.scan(from, page), deadline));
  }

  /**
   * What one server says.
   *
   * @param failure why it says nothing
   */
  public record Told<R>(String server, @Nullable R answer, @Nullable Throwable failure) {}

  /** Asks every server that holds keys, whatever the breaker says. */
  public <R> List<Told<R>> askMasters(Command<R> command) {
    StatefulConnection<String, byte[]> present = connection.current();
    if (present == null) {
      return List.of();
    }
    List<Told<R>> told = new ArrayList<>();
    topology
        .masters(present)
        .forEach((server, connecting) -> told.add(ask(server, connecting, command)));
    return told;
  }

  private <R> Told<R> ask(
      String server,
      CompletionStage<? extends StatefulConnection<String, byte[]>> connecting,
      Command<R> command) {
    long deadline = System.nanoTime() + timeoutNanos;
    try {
      StatefulConnection<String, byte[]> made =
          connecting.toCompletableFuture().get(timeoutNanos, TimeUnit.NANOSECONDS);
      return new Told<>(server, command.run(RedisTopology.commands(made), deadline), null);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return new Told<>(server, null, interrupted);
    } catch (ExecutionException | TimeoutException | RuntimeException failure) {
      return new Told<>(server, null, failure);
    }
  }

  /**
   * The script's answer.
   *
   * @param where the operation of the caller, for the error
   * @throws RetryableException if Redis did not answer; whether it ran is not known
   * @throws ServerException if Redis refused it
   */
  public @Nullable Object require(
      String where, RedisScript script, String[] keys, byte[]... arguments) {
    return require(
        where, (commands, deadline) -> answer(commands, script, keys, arguments, deadline));
  }

  /** Like {@link #require(String, RedisScript, String[], byte[]...)}, for a command. */
  public <R> @Nullable R require(String where, Command<R> command) {
    if (!isAdmitted()) {
      throw unanswered(
          where, "there is no connection to it, or it has just failed many times", null);
    }
    Outcome<R> outcome = bounded(where, timeoutNanos, command);
    if (outcome.failure() == null) {
      return outcome.answer();
    }
    if (outcome.failure() instanceof RedisCommandExecutionException refused) {
      throw refused(where, refused);
    }
    throw unanswered(
        where, "it did not answer in time, or the connection was lost", outcome.failure());
  }

  private static RetryableException unanswered(
      String where, String reason, @Nullable Throwable cause) {
    return new RetryableException(
        Problem.what("Redis did not answer").where(where).why(reason).fix("try again"), cause);
  }

  private static ServerException refused(String where, RedisCommandExecutionException refused) {
    return new ServerException(
        Problem.what("Redis refused a command")
            .where(where)
            .why(reason(String.valueOf(refused.getMessage())))
            .fix("look at maxmemory, maxmemory-policy and the rights of the user"),
        refused);
  }

  /** Which command the user may not run stands where an excerpt would be cut. */
  private static String reason(String message) {
    Matcher forbidden = FORBIDDEN.matcher(message);
    return forbidden.find()
        ? "its user may not run '" + Problem.excerpt(forbidden.group(1)) + "'"
        : Problem.excerpt(message);
  }

  private <R> @Nullable R patiently(String name, Command<R> command) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!isAdmitted()) {
      if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
        return null;
      }
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(5));
    }
    return bounded(name, PATIENCE_NANOS, command).answer();
  }

  /** Whether there is a connection, and the breaker lets one more command through. */
  private boolean isAdmitted() {
    return isConnected() && breaker.tryAcquirePermission();
  }

  /** What is asked of a connection. */
  @FunctionalInterface
  public interface Command<R> {
    @Nullable R run(RedisClusterAsyncCommands<String, byte[]> commands, long deadline)
        throws InterruptedException, ExecutionException, TimeoutException;
  }

  private record Outcome<R>(@Nullable R answer, @Nullable Throwable failure) {}

  /** Runs an admitted command. */
  private <R> Outcome<R> bounded(String name, long nanos, Command<R> command) {
    StatefulConnection<String, byte[]> present = connection.current();
    if (present == null) {
      breaker.releasePermission();
      return new Outcome<>(null, new IOException("the connection was lost"));
    }
    long start = System.nanoTime();
    Throwable failure;
    try {
      R answer = command.run(RedisTopology.commands(present), start + nanos);
      breaker.onSuccess(System.nanoTime() - start, TimeUnit.NANOSECONDS);
      return new Outcome<>(answer, null);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      breaker.releasePermission();
      return new Outcome<>(null, interrupted);
    } catch (ExecutionException error) {
      failure = error.getCause() == null ? error : error.getCause();
    } catch (RuntimeException | TimeoutException error) {
      failure = error;
    }
    if (failure instanceof RedisCommandExecutionException
        && !(failure instanceof RedisReadOnlyException)) {
      breaker.onSuccess(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    } else {
      breaker.onError(System.nanoTime() - start, TimeUnit.NANOSECONDS, failure);
    }
    if (failure instanceof RedisReadOnlyException) {
      // It has become a replica, and who looks its name up again may find its master.
      connection.renew(present);
    }
    LOG.debug("{} failed", name, failure);
    return new Outcome<>(null, failure);
  }

  private static @Nullable Object answer(
      RedisClusterAsyncCommands<String, byte[]> commands,
      RedisScript script,
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
    List<Object> answer = RedisFutures.within(future, deadline);
    return answer.isEmpty() ? null : answer.get(0);
  }
}
