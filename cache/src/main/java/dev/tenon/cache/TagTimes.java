package dev.tenon.cache;

import dev.tenon.cache.LocalLevel.Held;
import dev.tenon.cache.internal.RedisLink;
import dev.tenon.cache.internal.RedisLink.Call;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * When the tags of an entity were last invalidated, by Redis' clock, behind the {@link Fence} as
 * values are.
 *
 * <p>A value that was read at that time or before it is valid no longer. Redis may lose the time of
 * a tag and keep its values, where it evicts for want of memory, also while a value is loaded: so a
 * tag without a time ends all that was read until now, whoever asks, and the first value of a tag
 * is believed by nobody who reads it from Redis. Who keeps a value sees to it that its tags have a
 * time, for the next. The clocks of the nodes of a cluster differ a little, so there a value must
 * be younger by a second.
 */
final class TagTimes {

  static final long CLUSTER_SKEW_MILLIS = 1_000;

  private final RedisLink link;
  private final KeyFormat<?> keys;
  private final PendingInvalidations pending;
  private final LocalLevel<String, Long> known;
  private final CachePolicy policy;
  private final long skew;
  private volatile boolean areUsed;

  TagTimes(
      RedisLink link,
      KeyFormat<?> keys,
      PendingInvalidations pending,
      Fence fence,
      CachePolicy policy,
      boolean isCluster) {
    this.link = link;
    this.keys = keys;
    this.pending = pending;
    this.policy = policy;
    this.known = new LocalLevel<>(fence, policy, String.class);
    this.skew = isCluster ? CLUSTER_SKEW_MILLIS : 0;
  }

  /** Whether a value has had a tag in this process. */
  boolean areUsed() {
    return areUsed;
  }

  /** A tag was named. */
  void use() {
    areUsed = true;
  }

  /** Whether no tag has ended it; false also where Redis does not say. */
  boolean admits(UUID owner, StoredValue<?> value) {
    return value.tags().isEmpty() || admits(value, times(owner, value.tags()));
  }

  /** Like {@link #admits(UUID, StoredValue)}, by the times of its tags. */
  boolean admits(StoredValue<?> value, Map<String, Long> times) {
    for (String tag : value.tags()) {
      if (value.readAt() - skew <= times.getOrDefault(tag, Long.MAX_VALUE)) {
        return false;
      }
    }
    return true;
  }

  /** When tags were last invalidated, of those of which that is known. */
  Map<String, Long> times(UUID owner, Collection<String> tags) {
    if (tags.isEmpty()) {
      return Map.of();
    }
    use();
    Map<String, Long> times = new HashMap<>();
    List<Asked> asked = new ArrayList<>();
    for (String tag : tags) {
      RedisTag redisTag = keys.tag(owner, tag);
      EntityKey<String> key = new EntityKey<>(owner, KeyFormat.TAG + tag);
      long ticket = known.ticket(key);
      Held<Long> held = pending.contains(redisTag) ? null : known.find(owner, key.identifier());
      if (held != null && held.value() != null) {
        times.put(tag, held.value());
      } else if (!pending.contains(redisTag)) {
        asked.add(new Asked(tag, key, redisTag, ticket));
      }
    }
    if (!asked.isEmpty()) {
      ask(asked, times);
    }
    return times;
  }

  /** Before a value is kept that was read at this time, by Redis' clock. */
  void prepare(UUID owner, List<String> tags, long readAt) {
    if (readAt > 0) {
      Map<String, Long> unused = times(owner, tags);
    }
  }

  /** A tag whose time memory does not know. */
  private record Asked(String tag, EntityKey<String> key, RedisTag redisTag, long ticket) {}

  private void ask(List<Asked> asked, Map<String, Long> times) {
    List<Call> calls =
        asked.stream()
            .map(
                each ->
                    new Call(
                        Scripts.TAG_TIME,
                        new String[] {each.redisTag().key()},
                        RemoteLevel.text(Long.toString(each.redisTag().keptMillis()))))
            .toList();
    List<@Nullable Object> answers = link.runEach(calls);
    for (int i = 0; i < asked.size(); i++) {
      Asked each = asked.get(i);
      if (answers.get(i) instanceof Long time) {
        times.put(each.tag(), time);
        hold(each, time);
      }
    }
  }

  private void hold(Asked asked, long time) {
    long nanos = policy.localTtl().toNanos();
    Held<Long> held = new Held<>(asked.key().owner(), time, nanos, List.of(), false);
    boolean unused = known.offer(asked.key(), held, asked.ticket());
  }

  void evict(UUID owner, String tag) {
    known.evict(new EntityKey<>(owner, KeyFormat.TAG + tag));
  }

  void clear() {
    known.clear();
  }
}
