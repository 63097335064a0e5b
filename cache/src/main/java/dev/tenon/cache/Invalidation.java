package dev.tenon.cache;

import dev.tenon.cache.internal.RedisScript;

/** What is to be forgotten, in Redis and in every process. */
sealed interface Invalidation permits RedisKey, RedisTag, WrittenKey {

  String service();

  /** The same without a condition, to be sent where Redis may have lost what it depends on. */
  default Invalidation whole() {
    return this;
  }

  /** Entity, tenant and identifier: what the message to the processes says. */
  String subject();

  RedisScript script();

  String[] doomed();

  /** Arguments of the script behind the channel and the message. */
  byte[][] more();
}
