package dev.tenon.cache;

import dev.tenon.cache.Filled.Refused;
import dev.tenon.cache.RemoteAnswer.Found;
import dev.tenon.cache.RemoteAnswer.Lease;
import dev.tenon.cache.internal.RedisLink;
import dev.tenon.cache.internal.RedisLink.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a load leaves in Redis: its value under its lease, or the lease given back. */
final class RemoteFills {

  private final RedisLink link;
  private final PendingInvalidations pending;
  private final byte[] leaseMillis;

  RemoteFills(RedisLink link, PendingInvalidations pending, Duration lease) {
    this.link = link;
    this.pending = pending;
    this.leaseMillis = RemoteLevel.millis(lease);
  }

  /** A value to keep under its lease. */
  static final class Fill {

    private final RedisKey key;
    private final byte[][] arguments;

    Fill(RedisKey key, Lease lease, byte[] bytes, Duration fresh, Duration kept) {
      this.key = key;
      this.arguments =
          new byte[][] {lease.token(), RemoteLevel.millis(fresh), RemoteLevel.millis(kept), bytes};
    }

    private Call call() {
      return new Call(Scripts.FILL, new String[] {key.value(), key.lease()}, arguments);
    }
  }

  /** Redis' time when a lease was taken; 0 where it is held no longer. */
  long leasedAt(RedisKey key, Lease lease) {
    if (lease.now() != null) {
      return lease.now();
    }
    String[] keys = {key.value()};
    return link.run(Scripts.LEASED_AT, keys, lease.token(), leaseMillis) instanceof Long time
        ? time
        : 0;
  }

  /** Keeps values in one round trip; the answers are in their order. */
  List<Filled> fill(List<Fill> fills) {
    List<Filled> all = new ArrayList<>(fills.size());
    for (Object answer : link.runEach(fills.stream().map(Fill::call).toList())) {
      Refused refused = refused(answer);
      Filled.Told told = answer == null ? Filled.Told.UNKNOWN : Filled.Told.KEPT;
      all.add(refused == null ? told : refused);
    }
    return all;
  }

  private static @Nullable Refused refused(@Nullable Object answer) {
    return answer instanceof List<?> parts
            && parts.get(0) instanceof Long now
            && parts.get(1) instanceof List<?> there
        ? new Refused(now, there)
        : null;
  }

  /**
   * The value that another keeps whose lease may be older than a value that was refused; null where
   * there is none, and none to come. Waits for one that is being loaded.
   */
  @Nullable Found overtaking(RedisKey key, Refused refused, Pauses pauses) {
    Refused present = refused;
    while (present != null && present.value() == null && present.isLeasedAs(refused)) {
      present = pauses.next() ? standing(key) : null;
    }
    return present == null || pending.contains(key) ? null : present.value();
  }

  /** What would refuse a value; null where Redis does not say. */
  @Nullable Refused standing(RedisKey key) {
    return refused(link.run(Scripts.READ_ALL, new String[] {key.value(), key.lease()}));
  }

  /** Lets another process load at once. */
  void release(RedisKey key, byte[] token) {
    Object unused = link.run(Scripts.RELEASE, key.doomed(), token);
  }

  /** Gives leases back that end what was there before; in one round trip. */
  void discard(Map<RedisKey, Lease> leases) {
    List<Call> calls = new ArrayList<>(leases.size());
    leases.forEach(
        (key, lease) ->
            calls.add(
                new Call(Scripts.DISCARD, new String[] {key.value(), key.lease()}, lease.token())));
    List<@Nullable Object> unused = link.runEach(calls);
  }
}
