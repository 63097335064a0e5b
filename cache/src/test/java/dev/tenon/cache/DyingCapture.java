package dev.tenon.cache;

import dev.tenon.core.DatabaseConfig;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A process that captures changes, and dies between one and its invalidation. */
final class DyingCapture {

  private DyingCapture() {}

  public static void main(String... words) {
    int last = Integer.parseInt(ChildJvm.more(2, words));
    AtomicInteger seen = new AtomicInteger();
    DatabaseConfig owner = DatabaseConfig.url(words[0]).user(words[1]).password(words[2]).build();
    try (Cache cache =
            Cache.open(
                CacheConfig.service(ChildJvm.more(1, words), ChildJvm.more(0, words)).build());
        ChangeCapture capture =
            ChangeCapture.of(cache, owner)
                .table(
                    "public",
                    "hosts",
                    DyingWriter.revisions(cache),
                    List.of("id"),
                    texts -> {
                      if (seen.incrementAndGet() == last) {
                        Runtime.getRuntime().halt(DyingWriter.DEAD);
                      }
                      return texts.get(0);
                    })
                .start()) {
      while (capture.status().state() != ChangeCapture.State.CLOSED) {
        LockSupport.parkNanos(1_000_000_000);
      }
    }
  }
}
