package dev.tenon.cache;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Renders the keys of one entity and reads the messages about it.
 *
 * <p>Names cannot hold a colon, a tenant is 36 characters or a hyphen, and an identifier is escaped
 * to letters, digits and {@code . _ ~ - %}: so no identifier can end its part of the key, and two
 * different ones never give the same text.
 */
final class KeyFormat<K> {

  /** In front of a tag; no escaped identifier has it. */
  static final char TAG = '#';

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");
  private static final String PLAIN =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  private static final int LONGEST_IDENTIFIER = 512;
  private static final String NOBODY = "-";
  private static final int ESCAPED_DIGITS = 4;

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
    this.keptMillis = policy.ttl().plus(policy.staleFor()).toMillis();
    this.identifiers = identifiers;
  }

  static String requireName(String place, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new InvalidDataException(
          Problem.what("the name '" + Problem.excerpt(name) + "' cannot be part of a key")
              .where(place)
              .why("parts of a key are separated by colons and braces")
              .fix("use at most 63 lower case letters, digits and hyphens, a letter first"));
    }
    return name;
  }

  RedisKey redisKey(EntityKey<K> key) {
    String owner = shared ? NOBODY : key.owner().toString();
    String identifier = escape(identifiers.write().apply(key.identifier()));
    return new RedisKey(service, entity + ":" + owner + ":" + identifier, version);
  }

  RedisTag tag(UUID owner, String tag) {
    String subject = entity + ":" + (shared ? NOBODY : owner.toString()) + ":" + TAG + escape(tag);
    return new RedisTag(service, subject, keptMillis);
  }

  /** The owner of a tag that a message names, and the tag; empty if it names none. */
  Optional<EntityKey<String>> readTag(String owner, String identifier) {
    if (identifier.isEmpty() || identifier.charAt(0) != TAG) {
      return Optional.empty();
    }
    try {
      UUID whose = shared ? EntityKey.EVERYONE : UUID.fromString(owner);
      return Optional.of(new EntityKey<>(whose, unescape(identifier.substring(1))));
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
      K read = identifiers.read().apply(unescape(identifier));
      if (shared) {
        return owner.equals(NOBODY)
            ? Optional.of(new EntityKey<>(EntityKey.EVERYONE, read))
            : Optional.empty();
      }
      return Optional.of(new EntityKey<>(UUID.fromString(owner), read));
    } catch (IllegalArgumentException | IndexOutOfBoundsException malformed) {
      return Optional.empty();
    }
  }

  private String escape(String text) {
    if (text.length() > LONGEST_IDENTIFIER) {
      throw new InvalidDataException(
          Problem.what("an identifier has " + text.length() + " characters")
              .where("the cache of " + entity)
              .why("an identifier is part of a key, which has at most " + LONGEST_IDENTIFIER)
              .fix("use a shorter identifier, e.g. a digest of this one"));
    }
    StringBuilder escaped = new StringBuilder(text.length() + ESCAPED_DIGITS);
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      if (isPlain(character)) {
        escaped.append(character);
      } else {
        escaped.append('%').append(String.format("%04x", (int) character));
      }
    }
    return escaped.toString();
  }

  private static String unescape(String escaped) {
    StringBuilder text = new StringBuilder(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      char character = escaped.charAt(i);
      if (character == '%') {
        text.append((char) Integer.parseInt(escaped.substring(i + 1, i + 1 + ESCAPED_DIGITS), 16));
        i += ESCAPED_DIGITS;
      } else {
        text.append(character);
      }
    }
    return text.toString();
  }

  private static boolean isPlain(char character) {
    return PLAIN.indexOf(character) >= 0;
  }
}
