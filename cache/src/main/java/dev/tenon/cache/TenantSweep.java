package dev.tenon.cache;

import dev.tenon.cache.internal.RedisLink;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.ScanCursor;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
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

  /** Keys of one call; Lua has room for some 8,000. */
  private static final int TOGETHER = 1_000;

  /** So many failures in a row are those of a Redis that cannot be asked. */
  private static final int MOST_IN_VAIN = 3;

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
    boolean isWhole = true;
    for (int pass = 0; pass < PASSES; pass++) {
      isWhole &= invalidate(whose, find(whose, pattern));
    }
    isWhole &= invalidate(new String[] {"{" + service + "}:nothing"}, message);
    if (!isWhole) {
      throw unanswered(whose);
    }
  }

  /** Whether all are deleted. What Redis refuses for one subject is done for the others. */
  private boolean invalidate(String whose, Map<String, Set<String>> found) {
    boolean isWhole = true;
    int inVain = 0;
    for (Map.Entry<String, Set<String>> each : found.entrySet()) {
      List<String> keys = List.copyOf(each.getValue());
      for (int from = 0; from < keys.size(); from += TOGETHER) {
        List<String> some = keys.subList(from, Math.min(from + TOGETHER, keys.size()));
        if (invalidate(some.toArray(String[]::new), each.getKey())) {
          inVain = 0;
        } else {
          isWhole = false;
          inVain++;
        }
        if (inVain == MOST_IN_VAIN) {
          throw unanswered(whose);
        }
      }
    }
    return isWhole;
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

  private boolean invalidate(String[] keys, String message) {
    return announcer.sendPatiently(Scripts.INVALIDATE, keys, message);
  }

  private static RetryableException unanswered(String whose) {
    return new RetryableException(
        Problem.what("the cache may still have values of " + whose)
            .where("Cache.forget")
            .why("Redis did not answer in time, or refused to delete some keys")
            .fix("run it again when Redis can be reached; what expires meanwhile is gone as well"));
  }
}
