package dev.tenon.cache;

import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.outbox.Outbox;
import java.time.Duration;
import java.util.Optional;

/** Revisions of hosts that are written behind, to the table that they end in. */
final class Written {

  static final Outbox OUTBOX = Outbox.named("writes").consumers("writer").build();

  private Written() {}

  static WriteBehind<String, Long> on(Cache cache) {
    return cache.writeBehind(
        "written",
        String.class,
        Long.class,
        CachePolicy.timeToLive(Duration.ofHours(1)).withLocalTtl(Duration.ofHours(1)),
        OUTBOX);
  }

  /** 0 where there is none. */
  static long read(WriteBehind<String, Long> writes, Session session, String id) {
    return writes.find(session, id, missing -> row(session, missing)).orElse(0L);
  }

  static Optional<Long> row(Session session, String id) {
    return session
        .sql()
        .fetchOptional("select revision from written where id = ?", id)
        .map(row -> row.get("revision", Long.class));
  }

  /** The writer: keeps the highest version. */
  static void write(WriteBehind.Write<String, Long> write, Transaction transaction) {
    if (write.value().isEmpty()) {
      transaction.sql().execute("delete from written where id = ?", write.identifier());
      return;
    }
    transaction
        .sql()
        .execute(
            """
            insert into written as w (id, revision, version) values (?, ?, ?)
                on conflict (tenant_id, id) do update
               set revision = excluded.revision, version = excluded.version
             where w.version < excluded.version
            """,
            write.identifier(),
            write.value().get(),
            write.version());
  }
}
