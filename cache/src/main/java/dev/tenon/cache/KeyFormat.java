package dev.tenon.cache;

import dev.tenon.cache.internal.KeyText;
import java.util.Optional;
import java.util.UUID;

/**
 * Renders the keys of one entity and reads the messages about it.
 *
 * <p>Names cannot hold a colon, a tenant is 36 characters or a hyphen, and an identifier is escaped
 * by {@link KeyText}.
 */
final class KeyFormat<K> {

  /** In front of a tag; no escaped identifier has it. */
  static final char TAG = '#';

  private final String service;
  private final String entity;
  private final int version;
  private final boolean shared;
  private final long keptMillis;
  private final IdentifierFormat<K> identifiers;

  KeyFormat(String service, String entity, CachePolicy policy, IdentifierFormat<K> identifiers) {
    this.service = service;
    this.entity = entity;
    this.version = policy.version();
    this.shared = policy.shared();
    this.keptMillis = policy.ttl().plus(policy.staleFor()).plus(policy.localTtl()).toMillis();
    this.identifiers = identifiers;
  }

  static String requireName(String place, String name) {
    return KeyText.requireName(place, name);
  }

  RedisKey redisKey(EntityKey<K> key) {
    String owner = shared ? KeyText.NOBODY : key.owner().toString();
    String identifier =
        KeyText.escape("the cache of " + entity, identifiers.write().apply(key.identifier()));
    return new RedisKey(service, entity + ":" + owner + ":" + identifier, version);
  }

  RedisTag tag(UUID owner, String tag) {
    String whose = shared ? KeyText.NOBODY : owner.toString();
    String escaped = KeyText.escape("the cache of " + entity, tag);
    return new RedisTag(service, entity + ":" + whose + ":" + TAG + escaped, keptMillis);
  }

  /** The owner of a tag that a message names, and the tag; empty if it names none. */
  Optional<EntityKey<String>> readTag(String owner, String identifier) {
    if (identifier.isEmpty() || identifier.charAt(0) != TAG) {
      return Optional.empty();
    }
    try {
      UUID whose = shared ? EntityKey.EVERYONE : UUID.fromString(owner);
      return Optional.of(new EntityKey<>(whose, KeyText.unescape(identifier.substring(1))));
    } catch (IllegalArgumentException | IndexOutOfBoundsException malformed) {
      return Optional.empty();
    }
  }

  /**
   * The identifier that a text stands for.
   *
   * @throws IllegalArgumentException if it stands for none
   */
  K identifier(String text) {
    return identifiers.read().apply(text);
  }

  /** The key that owner and identifier of a message name; empty if they cannot be read. */
  Optional<EntityKey<K>> read(String owner, String identifier) {
    try {
      K read = identifiers.read().apply(KeyText.unescape(identifier));
      if (shared) {
        return owner.equals(KeyText.NOBODY)
            ? Optional.of(new EntityKey<>(EntityKey.EVERYONE, read))
            : Optional.empty();
      }
      return Optional.of(new EntityKey<>(UUID.fromString(owner), read));
    } catch (IllegalArgumentException | IndexOutOfBoundsException malformed) {
      return Optional.empty();
    }
  }
}
