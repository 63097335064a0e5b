package dev.tenon.cache;

import dev.tenon.cache.internal.RedisScript;
import java.nio.charset.StandardCharsets;

/**
 * The key of a tag in Redis, which holds when it was last invalidated.
 *
 * @param subject entity, tenant, and the tag behind a {@link KeyFormat#TAG}
 * @param keptMillis as long as the longest of its values can live, and for as long again as a
 *     process that knows the time does not ask for it
 */
record RedisTag(String service, String subject, long keptMillis) implements Invalidation {

  /** {@code {service:entity:tenant:#tag}:tag}. */
  String key() {
    return "{" + service + ":" + subject + "}:tag";
  }

  @Override
  public RedisScript script() {
    return Scripts.INVALIDATE_TAG;
  }

  @Override
  public String[] doomed() {
    return new String[] {key()};
  }

  @Override
  public byte[][] more() {
    return new byte[][] {Long.toString(keptMillis).getBytes(StandardCharsets.US_ASCII)};
  }
}
