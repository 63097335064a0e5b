package dev.tenon.cache;

import dev.tenon.cache.RemoteAnswer.Busy;
import dev.tenon.cache.RemoteAnswer.Found;
import dev.tenon.cache.RemoteAnswer.Lease;
import dev.tenon.cache.RemoteAnswer.Unavailable;
import dev.tenon.cache.internal.RedisFutures;
import dev.tenon.cache.internal.RedisLink;
import dev.tenon.cache.internal.RedisLink.Call;
import dev.tenon.cache.internal.RedisScript;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisReadOnlyException;
import io.lettuce.core.SetArgs;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of values in Redis, and the leases that decide who loads them.
 *
 * <p>A miss hands a lease to one process in the same step: its token takes the place of the value.
 * Only its holder may fill, and an invalidation takes the lease away with the value: what was read
 * from the database before the invalidation can never become a value after it. Who loads a stale
 * value anew holds its lease beside it; should the value end meanwhile, one other may load it too,
 * and the first of them to fill takes the lease from the other.
 */
final class RemoteLevel {

  /** Of a round trip: within what a script takes as keys, and what a command timeout allows for. */
  private static final int MOST_AT_ONCE = 1_000;

  /** What a command brings that found nothing, and one that Redis does not run now. */
  private enum Told {
    NOTHING,
    REFUSED
  }

  private final RedisLink link;
  private final PendingInvalidations pending;
  private final Announcer announcer;
  private final byte[] leaseMillis;
  private final boolean isCluster;
  private final LeaseToken tokens = new LeaseToken();
  private final SetArgs unlessThere;
  private final RedisClock clock;

  RemoteLevel(
      RedisLink link, PendingInvalidations pending, Announcer announcer, CacheConfig config) {
    this.link = link;
    this.pending = pending;
    this.announcer = announcer;
    this.leaseMillis = millis(config.lease());
    this.isCluster = config.cluster();
    this.unlessThere = SetArgs.Builder.nx().px(Math.max(1, config.lease().toMillis()));
    this.clock = new RedisClock(config.cluster() ? TagTimes.CLUSTER_SKEW_MILLIS : 0);
  }

  boolean isCluster() {
    return isCluster;
  }

  /**
   * Reads a key; waits, within bounds, for another process that loads it.
   *
   * @param isTimed whether a lease must know when it was taken
   * @param takesStale whether a value whose time has ended is one
   * @param pauses of that wait
   */
  RemoteAnswer read(RedisKey key, boolean isTimed, boolean takesStale, Pauses pauses) {
    while (true) {
      RemoteAnswer answer = readOnce(key, isTimed, takesStale);
      if (answer != Busy.LOADING || !pauses.next()) {
        return answer;
      }
    }
  }

  private RemoteAnswer readOnce(RedisKey key, boolean isTimed, boolean takesStale) {
    Long now = isTimed ? null : clock.latest();
    RemoteAnswer answer = now == null || pending.contains(key) ? null : readOrLease(key, now);
    return answer != null
        ? answer
        : ask(
            key,
            Scripts.READ,
            new String[] {key.value(), key.lease()},
            tokens.ofLoader(),
            leaseMillis,
            flag(takesStale));
  }

  private static byte[] flag(boolean isSet) {
    return text(isSet ? "1" : "");
  }

  /**
   * What the script answers of most keys, by one command that costs what a GET does; null of the
   * others: what may be stale, and while Redis writes nothing.
   */
  private @Nullable RemoteAnswer readOrLease(RedisKey key, long now) {
    byte[] token = tokens.ofLoader();
    Object told =
        link.run("READ", (commands, deadline) -> setOrGet(commands, key, token, deadline));
    if (told == null) {
      return Unavailable.UNAVAILABLE;
    }
    if (told == Told.NOTHING) {
      return new Lease(token, null);
    }
    if (!(told instanceof byte[] bytes)) {
      return null;
    }
    if (LeaseToken.isOne(bytes)) {
      return LeaseToken.isOfWriter(bytes) ? Busy.WRITING : Busy.LOADING;
    }
    Found found = new Found(bytes, now, false, null);
    return StoredValues.isFresh(found) ? found : null;
  }

  private Object setOrGet(
      RedisClusterAsyncCommands<String, byte[]> commands, RedisKey key, byte[] token, long deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      byte[] there =
          RedisFutures.within(commands.setGet(key.value(), token, unlessThere), deadline);
      return there == null ? Told.NOTHING : there;
    } catch (ExecutionException error) {
      if (error.getCause() instanceof RedisCommandExecutionException refused
          && !(refused instanceof RedisReadOnlyException)) {
        return Told.REFUSED;
      }
      throw error;
    }
  }

  /** Reads many keys as they are; null where Redis does not answer. */
  @Nullable List<@Nullable Found> readAll(List<RedisKey> keys) {
    List<@Nullable Found> all = new ArrayList<>(keys.size());
    for (int from = 0; from < keys.size(); from += MOST_AT_ONCE) {
      List<@Nullable Found> part =
          readPart(keys.subList(from, Math.min(keys.size(), from + MOST_AT_ONCE)));
      if (part == null) {
        return null;
      }
      all.addAll(part);
    }
    return all;
  }

  private @Nullable List<@Nullable Found> readPart(List<RedisKey> keys) {
    String[] values = keys.stream().map(RedisKey::value).toArray(String[]::new);
    Long latest = clock.latest();
    return latest == null ? readTimed(keys, values) : readPlain(keys, values, latest);
  }

  private @Nullable List<@Nullable Found> readPlain(
      List<RedisKey> keys, String[] values, long now) {
    List<KeyValue<String, byte[]>> answer =
        link.run(
            "READ_ALL",
            (commands, deadline) -> RedisFutures.within(commands.mget(values), deadline));
    if (answer == null) {
      return null;
    }
    List<@Nullable Found> all = new ArrayList<>(keys.size());
    for (int i = 0; i < values.length; i++) {
      all.add(found(keys.get(i), answer.get(i).getValueOrElse(null), now));
    }
    return all;
  }

  private @Nullable List<@Nullable Found> readTimed(List<RedisKey> keys, String[] values) {
    long sent = System.nanoTime();
    if (!(link.run(Scripts.READ_ALL, values) instanceof List<?> answer)
        || !(answer.get(0) instanceof Long now)
        || !(answer.get(1) instanceof List<?> found)) {
      return null;
    }
    clock.read(now, sent);
    List<@Nullable Found> all = new ArrayList<>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      all.add(found(keys.get(i), found.get(i), now));
    }
    return all;
  }

  /** The token of a lease is no value that is fresh. */
  private @Nullable Found found(RedisKey key, @Nullable Object there, long now) {
    return there instanceof byte[] bytes && !pending.contains(key)
        ? new Found(bytes, now, false, null)
        : null;
  }

  /** Reads many keys, each as {@link #read} does but without waiting; in the order of the keys. */
  List<RemoteAnswer> readEach(List<RedisKey> keys, boolean takesStale) {
    byte[] flag = flag(takesStale);
    return askEach(
        keys,
        keys.stream()
            .map(key -> call(Scripts.READ, key, tokens.ofLoader(), leaseMillis, flag))
            .toList());
  }

  private static Call call(RedisScript script, RedisKey key, byte[]... arguments) {
    return new Call(script, new String[] {key.value(), key.lease()}, arguments);
  }

  private List<RemoteAnswer> askEach(List<RedisKey> keys, List<Call> calls) {
    List<@Nullable Object> answers = link.runEach(calls);
    List<RemoteAnswer> all = new ArrayList<>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      all.add(
          pending.contains(keys.get(i))
              ? Unavailable.UNAVAILABLE
              : read(answers.get(i), calls.get(i).first()));
    }
    return all;
  }

  /** Gives up bytes that cannot be decoded, or that are valid no longer. */
  RemoteAnswer replace(RedisKey key, byte[] bytes) {
    return ask(
        key,
        Scripts.REPLACE,
        new String[] {key.value(), key.lease()},
        tokens.ofLoader(),
        leaseMillis,
        bytes);
  }

  /** Like {@link #replace}, for many in one round trip; in their order. */
  List<RemoteAnswer> replaceEach(List<RedisKey> keys, List<byte[]> bytes) {
    List<Call> calls = new ArrayList<>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      calls.add(call(Scripts.REPLACE, keys.get(i), tokens.ofLoader(), leaseMillis, bytes.get(i)));
    }
    return askEach(keys, calls);
  }

  /** The right to load a value anew that is there. */
  RemoteAnswer lease(RedisKey key) {
    return ask(
        key,
        Scripts.LEASE,
        new String[] {key.value(), key.lease()},
        tokens.ofLoader(),
        leaseMillis);
  }

  /**
   * Takes a key from all who load it, before it is written; null where Redis does not answer, and
   * then it may be gone or not.
   */
  @Nullable Lease beginWriting(RedisKey key) {
    byte[] token = tokens.ofWriter();
    return link.run(Scripts.WRITING, key.doomed(), token, leaseMillis) instanceof Long now
        ? new Lease(token, now)
        : null;
  }

  /**
   * Keeps what was written, or ends it where another writer came between; false if unconfirmed.
   *
   * @param isMarked whether a {@link WrittenKey} follows
   */
  boolean endWriting(
      RedisKey key, byte[] token, byte[] bytes, Duration fresh, Duration kept, boolean isMarked) {
    String[] doomed = key.doomed();
    String[] keys = new String[doomed.length + 2];
    keys[0] = key.value();
    System.arraycopy(doomed, 0, keys, 1, doomed.length);
    keys[keys.length - 1] = key.written();
    pending.remember(key);
    return announcer.numbered(
            key.subject(),
            message ->
                link.run(
                    Scripts.WRITTEN,
                    keys,
                    token,
                    millis(fresh),
                    millis(kept),
                    bytes,
                    announcer.channel(),
                    message,
                    flag(isMarked)))
        != null;
  }

  private RemoteAnswer ask(RedisKey key, RedisScript script, String[] keys, byte[]... arguments) {
    if (pending.contains(key)) {
      return Unavailable.UNAVAILABLE;
    }
    long sent = System.nanoTime();
    Object answer = link.run(script, keys, arguments);
    if (answer instanceof List<?> parts && parts.get(1) instanceof Long now) {
      clock.read(now, sent);
    }
    return read(answer, arguments[0]);
  }

  private static RemoteAnswer read(@Nullable Object answer, byte[] token) {
    if (!(answer instanceof List<?> parts) || !(parts.get(1) instanceof Long now)) {
      return Unavailable.UNAVAILABLE;
    }
    Object first = parts.get(0);
    if (first instanceof byte[] value) {
      boolean isStale = parts.size() > 2;
      Lease lease = isStale && Long.valueOf(1).equals(parts.get(2)) ? new Lease(token, now) : null;
      return new Found(value, now, isStale, lease);
    }
    if (Long.valueOf(1).equals(first)) {
      return new Lease(token, now);
    }
    return Long.valueOf(2).equals(first) ? Busy.WRITING : Busy.LOADING;
  }

  static byte[] millis(Duration duration) {
    return text(Long.toString(Math.max(1, duration.toMillis())));
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
