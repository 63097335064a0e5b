package dev.tenon.cache;

import dev.tenon.cache.internal.RedisScript;

/**
 * The keys of one identifier in Redis, all in one hash slot.
 *
 * @param service the service, first inside the hash tag
 * @param subject entity, tenant and identifier: the rest of the hash tag, and the message that
 *     invalidates it
 * @param version the version of the values' shape
 */
record RedisKey(String service, String subject, int version) implements Invalidation {

  private static final int NEIGHBOURS = 2;

  /** {@code {service:entity:tenant:identifier}:version}. */
  String value() {
    return tag() + version;
  }

  /** {@code {service:entity:tenant:identifier}:lease}, of all versions together. */
  String lease() {
    return tag() + "lease";
  }

  /** {@code {service:entity:tenant:identifier}:written}: the token of the last who did. */
  String written() {
    return tag() + "written";
  }

  /** The lease and the values of this version and its neighbours, for a rolling deployment. */
  @Override
  public String[] doomed() {
    int lowest = Math.max(1, version - NEIGHBOURS);
    String[] keys = new String[version + NEIGHBOURS - lowest + 2];
    keys[0] = lease();
    for (int i = 1; i < keys.length; i++) {
      keys[i] = tag() + (lowest + i - 1);
    }
    return keys;
  }

  @Override
  public RedisScript script() {
    return Scripts.INVALIDATE;
  }

  @Override
  public byte[][] more() {
    return new byte[0][];
  }

  private String tag() {
    return "{" + service + ":" + subject + "}:";
  }
}
