package dev.tenon.cache;

import dev.tenon.core.Database;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import java.time.Duration;
import java.util.Random;
import java.util.UUID;

/**
 * A process that changes cached rows, gives up some of its transactions, and dies between a commit
 * and what follows it.
 */
final class DyingWriter {

  static final UUID TENANT = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  static final Outbox OUTBOX = Outbox.named("cache").consumers("cache").build();
  static final int HOSTS = 40;
  static final int DEAD = 9;
  private static final int LEAST = 25;

  private DyingWriter() {}

  public static void main(String... words) {
    CacheConfig.Builder config =
        CacheConfig.service(ChildJvm.more(1, words), ChildJvm.more(0, words));
    if (ChildJvm.more(2, words).equals("outbox")) {
      config.invalidatingThrough(OUTBOX);
    }
    Random random = new Random(Long.parseLong(ChildJvm.more(3, words)));
    try (Database application = ChildJvm.application(words);
        Cache cache = Cache.open(config.build())) {
      TenantSession acme = TenantDatabase.on(application).as(TENANT);
      EntityCache<String, Long> revisions = revisions(cache);
      for (int i = 0; i < 10_000; i++) {
        boolean dies = i > LEAST && random.nextInt(20) == 0;
        change(acme, revisions, "h" + random.nextInt(HOSTS), random.nextInt(3) == 0, dies);
      }
    }
  }

  static EntityCache<String, Long> revisions(Cache cache) {
    return cache.entity(
        "host",
        String.class,
        Long.class,
        CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1)));
  }

  static long read(TenantSession acme, EntityCache<String, Long> revisions, String host) {
    return revisions.get(acme, host, id -> row(acme, id));
  }

  static long row(TenantSession acme, String host) {
    return acme.sql()
        .fetchSingle("select revision from hosts where id = ?", host)
        .get("revision", Long.class);
  }

  private static void change(
      TenantSession acme,
      EntityCache<String, Long> revisions,
      String host,
      boolean rolledBack,
      boolean dies) {
    read(acme, revisions, host);
    try {
      acme.transaction(
          transaction -> {
            if (dies) {
              transaction.afterCommit(() -> Runtime.getRuntime().halt(DEAD));
            }
            long written =
                transaction
                    .sql()
                    .fetchSingle(
                        "update hosts set revision = revision + 1 where id = ? returning revision",
                        host)
                    .get("revision", Long.class);
            if (written % 2 == 0) {
              revisions.put(transaction, host, written);
            } else {
              revisions.invalidate(transaction, host);
            }
            if (rolledBack && !dies) {
              throw new IllegalStateException("rolled back");
            }
          });
    } catch (IllegalStateException rollback) {
      return;
    }
  }
}
