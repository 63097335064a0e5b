package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.NOON;
import static dev.tenon.timeseries.Readings.ALL;
import static dev.tenon.timeseries.Readings.READINGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantSession;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.postgresql.PGConnection;

/** A retention in a storm, which keeps what it archives to compare the rollups with. */
final class StormRetention {

  private static final Duration KEPT = Duration.ofDays(30);
  private static final int WEEKS = 8;

  private final Database owner;
  private final Function<TenantId, TenantSession> sessions;
  private final Map<String, byte[]> archive = new ConcurrentHashMap<>();
  private final AtomicInteger dropped = new AtomicInteger();
  private volatile int week;

  StormRetention(Database owner, Function<TenantId, TenantSession> sessions) {
    this.owner = owner;
    this.sessions = sessions;
  }

  /** Before it rows may be dropped. */
  Instant floor() {
    return NOON.plus(Duration.ofDays(7L * week));
  }

  /** A week later each time. */
  void run() {
    week = Math.min(WEEKS, week + 1);
    try {
      dropped.addAndGet(
          READINGS
              .retention(owner, sessions)
              .run(floor().plus(KEPT), () -> false, this::archived)
              .dropped()
              .size());
    } catch (RetryableException busy) {
      // The next drops more.
    }
  }

  private long archived(ChunkExport chunk) {
    try {
      ByteArrayOutputStream rows = new ByteArrayOutputStream();
      long count = chunk.copyTo(rows);
      archive.put(chunk.chunk().name(), rows.toByteArray());
      return count;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** What the rollups keep is what was archived and what is stored. */
  void assertNothingLost(TenantSession session) {
    // What was archived and not dropped yet is dropped now.
    run();
    assertThat(dropped.get()).isPositive();
    owner.sql().execute("create table archived (like readings)");
    owner.sql().execute("grant select on archived to public");
    archive.values().forEach(this::load);
    for (Rollup rollup : ALL) {
      assertThat(differences(session, rollup)).as("%s", rollup).isZero();
    }
  }

  private void load(byte[] rows) {
    long unused =
        owner.transactionResult(
            transaction ->
                transaction.jdbc(
                    connection -> {
                      try {
                        return connection
                            .unwrap(PGConnection.class)
                            .getCopyAPI()
                            .copyIn(
                                "copy archived from stdin with (format csv, header true)",
                                new ByteArrayInputStream(rows));
                      } catch (IOException impossible) {
                        throw new UncheckedIOException(impossible);
                      }
                    }));
  }

  private static long differences(TenantSession session, Rollup rollup) {
    Field<Instant> bucket =
        BucketFields.start(
            rollup.bucket(), PartitionDialect.INSTANCE, DSL.field("time", TimeBinding.TYPE));
    return session
        .sql()
        .fetchSingle(
            """
            with expected as (
              select meter, channel, {0} as bucket, count(*) as rows,
                     sum(units) as units, min(units) as least, max(units) as most
                from (select * from archived union all select * from readings) as every
               group by 1, 2, 3),
            kept as (
              select meter, channel, bucket, rows, units_sum, units_min, units_max from {1})
            select (select count(*) from (table expected except table kept) as missing)
                 + (select count(*) from (table kept except table expected) as wrong)
            """,
            bucket, DSL.name("public", rollup.name()))
        .get(0, Long.class);
  }

  @Override
  public String toString() {
    return ", %s chunks dropped".formatted(dropped);
  }
}
