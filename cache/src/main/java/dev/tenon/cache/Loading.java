package dev.tenon.cache;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import dev.tenon.core.internal.Required;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One load: what its loader said, and how long it took. */
final class Loading implements LoadContext {

  static final int MOST_TAGS = 32;
  static final int LONGEST_TAG = 200;
  private static final int NANOS_A_MILLI = 1_000_000;

  private final CachePolicy policy;
  private final List<String> tags = new ArrayList<>();
  private final long start = System.nanoTime();
  private Duration ttl;
  private boolean isKept = true;
  private int millis;

  Loading(CachePolicy policy) {
    this.policy = policy;
    this.ttl = policy.ttl();
  }

  @Override
  public LoadContext timeToLive(Duration limit) {
    Duration unused = Required.require(limit, "ttl", "LoadContext.timeToLive");
    if (limit.compareTo(CachePolicy.SHORTEST) < 0 || limit.compareTo(policy.ttl()) > 0) {
      throw new UsageException(
          Problem.what("a loader gives its value " + limit)
              .where("LoadContext.timeToLive")
              .why("the policy's time to live, " + policy.ttl() + ", is the longest")
              .fix("pass 1 ms to " + policy.ttl()));
    }
    ttl = limit;
    return this;
  }

  @Override
  public LoadContext tag(String tag) {
    requireTag("LoadContext.tag", tag);
    requireFew("LoadContext.tag", tags.size() + 1);
    if (!tags.contains(tag)) {
      tags.add(tag);
    }
    return this;
  }

  /** The tags of a value that was not loaded, each once. */
  static List<String> tags(String where, String... given) {
    for (String tag : given) {
      requireTag(where, tag);
    }
    List<String> once = Arrays.stream(given).distinct().toList();
    requireFew(where, once.size());
    return once;
  }

  private static void requireFew(String where, int count) {
    if (count > MOST_TAGS) {
      throw new InvalidDataException(
          Problem.what("the value has more than " + MOST_TAGS + " tags")
              .where(where)
              .why("each is looked at when the value is read from Redis")
              .fix("use fewer"));
    }
  }

  static void requireTag(String where, @Nullable String tag) {
    if (tag == null) {
      throw new InvalidDataException(
          Problem.what("the tag is null")
              .where(where)
              .why("it is part of a key")
              .fix("pass a text of 1 to " + LONGEST_TAG + " characters"));
    }
    if (tag.isEmpty() || tag.length() > LONGEST_TAG) {
      throw new InvalidDataException(
          Problem.what("the tag '" + Problem.excerpt(tag) + "' cannot be part of a key")
              .where(where)
              .why("it has " + tag.length() + " characters")
              .fix("use 1 to " + LONGEST_TAG));
    }
  }

  @Override
  public LoadContext doNotCache() {
    isKept = false;
    return this;
  }

  /** The loader has returned. */
  void ended() {
    millis = (int) Math.min(Integer.MAX_VALUE, (System.nanoTime() - start) / NANOS_A_MILLI);
  }

  boolean isKept() {
    return isKept;
  }

  Duration ttl() {
    return ttl;
  }

  int millis() {
    return millis;
  }

  List<String> tags() {
    return List.copyOf(tags);
  }
}
