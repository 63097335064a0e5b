package dev.tenon.cache.ephemeral;

import dev.tenon.cache.Codec;
import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs what a key names once, and answers later requests with that key by its result.
 *
 * <p>A runner that ends without a word frees its key after a bound; where its work may have been
 * done by then, only an operation key in the same database transaction ({@code
 * dev.tenon.core.Operations}) tells. One round trip for each call. Safe for use by many threads.
 *
 * @param <R> the results
 */
public final class IdempotencyKeys<R> {

  /**
   * KEYS: state. ARGV: runner, milliseconds for which it may run. Answers {@code {{1}}} for the
   * first, {@code {{0, milliseconds}}} while another runs, {@code {{2, result}}}.
   */
  private static final RedisScript BEGIN =
      RedisScript.of(
          "BEGIN",
          """
      local state = redis.call('get', KEYS[1])
      if not state then
        redis.call('set', KEYS[1], 'R' .. ARGV[1], 'px', ARGV[2])
        return {{1}}
      end
      if string.sub(state, 1, 1) == 'D' then return {{2, string.sub(state, 2)}} end
      return {{0, math.max(1, redis.call('pttl', KEYS[1]))}}
      """);

  /**
   * Keeps the result, unless another has begun since. KEYS: state. ARGV: runner, milliseconds,
   * result. Answers {@code {{1}}} or {@code {{0}}}.
   */
  private static final RedisScript COMPLETE =
      RedisScript.of(
          "COMPLETE",
          """
      local state = redis.call('get', KEYS[1])
      if state and state ~= 'R' .. ARGV[1] then return {{0}} end
      redis.call('set', KEYS[1], 'D' .. ARGV[3], 'px', ARGV[2])
      return {{1}}
      """);

  /** KEYS: state. ARGV: runner. Answers {@code {{1}}}, or {@code {{0}}} where it runs no more. */
  private static final RedisScript ABANDON =
      RedisScript.of(
          "ABANDON",
          """
      if redis.call('get', KEYS[1]) ~= 'R' .. ARGV[1] then return {{0}} end
      redis.call('del', KEYS[1])
      return {{1}}
      """);

  private final Space space;
  private final Codec<R> codec;
  private final Duration running;
  private final Duration kept;
  private final String process = UUID.randomUUID().toString();
  private final AtomicLong runners = new AtomicLong();

  IdempotencyKeys(Space space, Codec<R> codec, Duration running, Duration kept) {
    this.space = space;
    this.codec = codec;
    this.running = Arguments.duration("Ephemeral.idempotencyKeys", "running", running);
    this.kept = Arguments.duration("Ephemeral.idempotencyKeys", "kept", kept);
  }

  /**
   * What a key is.
   *
   * @param <R> the results
   */
  public sealed interface Beginning<R> {}

  /**
   * Nobody runs it and there is no result: the caller is to run it, and to say how it ended.
   *
   * @param <R> the results
   */
  public static final class First<R> implements Beginning<R> {

    private final IdempotencyKeys<R> keys;
    private final String key;
    private final byte[] runner;

    private First(IdempotencyKeys<R> keys, String key, byte[] runner) {
      this.keys = keys;
      this.key = key;
      this.runner = runner;
    }

    /**
     * Keeps the result.
     *
     * @return false if this ran for longer than its bound and another has begun since; what that
     *     one does holds
     * @throws InvalidDataException if the result cannot be encoded or has more than 1 MiB
     * @throws RetryableException if Redis did not answer; it can be called again
     * @throws ServerException if Redis refused
     */
    public boolean complete(R result) {
      String operation = "IdempotencyKeys.complete";
      byte[] bytes = Arguments.encoded(keys.space.where(operation), keys.codec, result);
      return keys.space
              .ask(
                  operation,
                  COMPLETE,
                  new String[] {key},
                  runner,
                  Arguments.millis(keys.kept),
                  bytes)
              .number(0)
          == 1;
    }

    /**
     * Frees the key for the next: the work was not done.
     *
     * @return false if this is not the runner any more
     * @throws RetryableException if Redis did not answer; it can be called again
     * @throws ServerException if Redis refused
     */
    public boolean abandon() {
      return keys.space
              .ask("IdempotencyKeys.abandon", ABANDON, new String[] {key}, runner)
              .number(0)
          == 1;
    }
  }

  /**
   * Another runs it.
   *
   * @param freeAfter when it is free at the latest, where its runner says nothing
   * @param <R> the results
   */
  public record Running<R>(Duration freeAfter) implements Beginning<R> {}

  /**
   * It was run.
   *
   * @param result what it brought
   * @param <R> the results
   */
  public record Done<R>(R result) implements Beginning<R> {}

  /**
   * Asks for a key, and takes it where nobody has: of several at once exactly one is the first.
   *
   * @throws InvalidDataException if the key is null or longer than 512 characters, or the codec
   *     cannot read the result
   * @throws RetryableException if Redis did not answer; where the key was taken all the same, it is
   *     free after the bound of a run
   * @throws ServerException if Redis refused
   */
  public Beginning<R> begin(Owner owner, String key) {
    String operation = "IdempotencyKeys.begin";
    String state = space.tag(operation, owner, key) + "state";
    byte[] runner = Arguments.ascii(process + ":" + runners.incrementAndGet());
    Answer answer =
        space.ask(operation, BEGIN, new String[] {state}, runner, Arguments.millis(running));
    if (answer.number(0) == 1) {
      return new First<>(this, state, runner);
    }
    if (answer.number(0) == 0) {
      return new Running<>(Duration.ofMillis(answer.number(1)));
    }
    return new Done<>(Arguments.decoded(space.where(operation), codec, answer.bytes(1)));
  }

  @Override
  public String toString() {
    return "IdempotencyKeys[" + space.name() + ", running=" + running + ", kept=" + kept + "]";
  }
}
