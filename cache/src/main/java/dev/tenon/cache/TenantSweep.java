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
 * Deletes every key of a tenant in Redis, and tells every process.
 *
 * <p>SCAN returns each key that was there from its beginning to its end, so the value or the lease
 * of every read that began before is found and deleted together with its message, as one
 * invalidation is. Reads that could take no lease are refused by the message about the tenant,
 * which moves the fences of all processes.
 */
final class TenantSweep {

  /** No entity has this name, so the message means all of them. */
  static final String EVERY_ENTITY = "*";

  private final RedisLink link;
  private final String service;
  private final Announcer announcer;

  TenantSweep(RedisLink link, String service, Announcer announcer) {
    this.link = link;
    this.service = service;
    this.announcer = announcer;
  }

  void run(TenantId tenant) {
    find(tenant)
        .forEach((subject, keys) -> invalidate(tenant, keys.toArray(String[]::new), subject));
    invalidate(
        tenant, new String[] {"{" + service + "}:nothing"}, EVERY_ENTITY + ":" + tenant + ":");
  }

  /** The keys of each subject, whatever their version. */
  private Map<String, Set<String>> find(TenantId tenant) {
    Map<String, Set<String>> found = new LinkedHashMap<>();
    String pattern = "{" + service + ":*:" + tenant + ":*}:*";
    ScanCursor from = ScanCursor.INITIAL;
    do {
      KeyScanCursor<String> page = link.scan(from, pattern);
      if (page == null) {
        throw unanswered(tenant);
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

  private void invalidate(TenantId tenant, String[] keys, String message) {
    if (!announcer.sendPatiently(Scripts.INVALIDATE, keys, message)) {
      throw unanswered(tenant);
    }
  }

  private static RetryableException unanswered(TenantId tenant) {
    return new RetryableException(
        Problem.what("the cache may still have values of tenant " + tenant)
            .where("Cache.forget")
            .why("Redis did not answer in time")
            .fix("run it again when Redis can be reached; what expires meanwhile is gone as well"));
  }
}
