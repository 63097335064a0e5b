package dev.tenon.cache;

import dev.tenon.cache.internal.RedisLink;
import dev.tenon.cache.internal.RedisScript;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of values in Redis, and the leases that decide who loads them.
 *
 * <p>A miss hands a lease to one process in the same script. Only its holder may fill, and an
 * invalidation takes the lease away with the value: what was read from the database before the
 * invalidation can never become a value after it.
 */
final class RemoteLevel {

  private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(50);

  private final RedisLink link;
  private final PendingInvalidations pending;
  private final byte[] leaseMillis;
  private final long loadWaitNanos;
  private final String process = UUID.randomUUID().toString();
  private final AtomicLong tokens = new AtomicLong();

  RemoteLevel(RedisLink link, PendingInvalidations pending, CacheConfig config) {
    this.link = link;
    this.pending = pending;
    this.leaseMillis = millis(config.lease());
    this.loadWaitNanos = config.loadWait().toNanos();
  }

  /** What Redis says about a key. */
  sealed interface Answer permits Found, Leased, Busy, Unavailable {}

  /** A value is there. */
  static final class Found implements Answer {

    private final byte[] bytes;

    private Found(byte[] bytes) {
      this.bytes = bytes;
    }

    byte[] bytes() {
      return bytes;
    }
  }

  /** There is none, and the caller may fill it under this token. */
  static final class Leased implements Answer {

    private final byte[] token;

    private Leased(byte[] token) {
      this.token = token;
    }

    byte[] token() {
      return token;
    }
  }

  /** There is none, and for longer than the caller may wait another process loads it. */
  enum Busy implements Answer {
    BUSY
  }

  /** Redis did not answer, or must not be believed yet. */
  enum Unavailable implements Answer {
    UNAVAILABLE
  }

  /** Reads a key; waits, within bounds, for another process that loads it. */
  Answer read(RedisKey key) {
    long deadline = System.nanoTime() + loadWaitNanos;
    long pause = FIRST_PAUSE;
    while (true) {
      Answer answer = pending.contains(key) ? Unavailable.UNAVAILABLE : ask(Scripts.READ, key);
      long rest = deadline - System.nanoTime();
      if (answer != Busy.BUSY || rest <= 0 || Thread.currentThread().isInterrupted()) {
        return answer;
      }
      LockSupport.parkNanos(
          this, Math.min(rest, pause / 2 + ThreadLocalRandom.current().nextLong(pause)));
      pause = Math.min(LONGEST_PAUSE, pause * 2);
    }
  }

  /** Gives up bytes that cannot be decoded. */
  Answer replace(RedisKey key, byte[] bytes) {
    return ask(Scripts.REPLACE, key, bytes);
  }

  /** Whether Redis keeps the value, refuses it, or does not answer (null). */
  @Nullable Boolean fill(RedisKey key, byte[] token, byte[] bytes, Duration ttl) {
    Object answer =
        link.run(Scripts.FILL, new String[] {key.value(), key.lease()}, token, millis(ttl), bytes);
    return answer == null ? null : answer.equals(1L);
  }

  /** Lets another process load at once. */
  void release(RedisKey key, byte[] token) {
    link.run(Scripts.RELEASE, new String[] {key.lease()}, token);
  }

  private Answer ask(RedisScript script, RedisKey key, byte[]... more) {
    byte[] token = text(process + ":" + tokens.incrementAndGet());
    byte[][] arguments = new byte[2 + more.length][];
    arguments[0] = token;
    arguments[1] = leaseMillis;
    System.arraycopy(more, 0, arguments, 2, more.length);
    Object answer = link.run(script, new String[] {key.value(), key.lease()}, arguments);
    if (answer instanceof byte[] value) {
      return new Found(value);
    }
    if (answer == null) {
      return Unavailable.UNAVAILABLE;
    }
    return answer.equals(1L) ? new Leased(token) : Busy.BUSY;
  }

  private static byte[] millis(Duration duration) {
    return text(Long.toString(duration.toMillis()));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
