package dev.tenon.cache;

import dev.tenon.cache.internal.RedisLink;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.ScanCursor;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Deletes every key of a tenant, or of an entity, in Redis, and tells every process.
 *
 * <p>SCAN returns each key that was there from its beginning to its end. The lease of a read that
 * began before is found, or became a value meanwhile, where SCAN may have passed already; so a
 * second one follows, to which that value was there from the beginning. What is found is deleted
 * together with its message, as one invalidation is. Reads that could take no lease are refused by
 * the message at the end, which moves the fences of all processes.
 */
final class TenantSweep {

  /** No entity has this name, so the message means all of them. */
  static final String EVERY_ENTITY = "*";

  private static final int PASSES = 2;

  private final RedisLink link;
  private final String service;
  private final Announcer announcer;

  TenantSweep(RedisLink link, String service, Announcer announcer) {
    this.link = link;
    this.service = service;
    this.announcer = announcer;
  }

  void run(TenantId tenant) {
    sweep(
        "tenant " + tenant,
        "{" + service + ":*:" + tenant + ":*}:*",
        EVERY_ENTITY + ":" + tenant + ":");
  }

  /** Nobody has the tenant of the message, so the whole of the entity is evicted. */
  void run(String entity) {
    sweep("the entity " + entity, "{" + service + ":" + entity + ":*}:*", entity + ":*:");
  }

  private void sweep(String whose, String pattern, String message) {
    for (int pass = 0; pass < PASSES; pass++) {
      find(whose, pattern)
          .forEach((subject, keys) -> invalidate(whose, keys.toArray(String[]::new), subject));
    }
    invalidate(whose, new String[] {"{" + service + "}:nothing"}, message);
  }

  /** The keys of each subject, whatever their version. */
  private Map<String, Set<String>> find(String whose, String pattern) {
    Map<String, Set<String>> found = new LinkedHashMap<>();
    ScanCursor from = ScanCursor.INITIAL;
    do {
      KeyScanCursor<String> page = link.scan(from, pattern);
      if (page == null) {
        throw unanswered(whose);
      }
      for (String key : page.getKeys()) {
        found.computeIfAbsent(subject(key), missing -> new LinkedHashSet<>()).add(key);
      }
      from = page;
    } while (!from.isFinished());
    return found;
  }

  /** Of {@code {service:entity:tenant:identifier}:version}. */
  private String subject(String key) {
    return key.substring(service.length() + 2, key.lastIndexOf('}'));
  }

  private void invalidate(String whose, String[] keys, String message) {
    if (!announcer.sendPatiently(Scripts.INVALIDATE, keys, message)) {
      throw unanswered(whose);
    }
  }

  private static RetryableException unanswered(String whose) {
    return new RetryableException(
        Problem.what("the cache may still have values of " + whose)
            .where("Cache.forget")
            .why("Redis did not answer in time")
            .fix("run it again when Redis can be reached; what expires meanwhile is gone as well"));
  }
}
