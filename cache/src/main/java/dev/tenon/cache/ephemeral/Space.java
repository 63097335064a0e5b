package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.KeyText;
import dev.tenon.cache.internal.RedisAccess;
import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.internal.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of Redis that one thing of a kind and a name has.
 *
 * <p>A kind has no hyphen, so no two of kind and name give the same text; and no key ends as those
 * of a cached entity do, in a number or {@code lease}.
 */
record Space(RedisAccess access, String kind, String name) {

  static Space of(RedisAccess access, String kind, String name) {
    return new Space(access, kind, KeyText.requireName("Ephemeral." + kind, name));
  }

  /** {@code {service:kind-name:owner:identifier}:}, with which all keys of one thing begin. */
  String tag(String operation, Owner owner, @Nullable String identifier) {
    String where = where(operation);
    if (identifier == null) {
      throw new InvalidDataException(
          Problem.what("the identifier is null")
              .where(where)
              .why("it is part of the key")
              .fix("pass an identifier"));
    }
    return "{" + subject(operation, owner) + ":" + KeyText.escape(where, identifier) + "}:";
  }

  /** {@code service:kind-name:owner}. */
  String subject(String operation, Owner owner) {
    return access.service()
        + ":"
        + kind
        + "-"
        + name
        + ":"
        + Required.require(owner, "owner", where(operation));
  }

  /** What the script answers, which is a list in a list. */
  Answer ask(String operation, RedisScript script, String[] keys, byte[]... arguments) {
    Object answer = access.link().require(where(operation), script, keys, arguments);
    return new Answer(answer instanceof List<?> parts ? parts : List.of());
  }

  String where(String operation) {
    return operation + " of '" + name + "'";
  }
}
