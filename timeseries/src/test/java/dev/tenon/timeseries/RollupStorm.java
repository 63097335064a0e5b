package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.NOON;
import static dev.tenon.timeseries.Readings.ALL;
import static dev.tenon.timeseries.Readings.READINGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.Transaction.Options.Isolation;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.timeseries.Readings.Reading;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Writers that do anything to the rows of one tenant, while refreshers work and a reader compares
 * strict answers with the rows, in one snapshot.
 */
final class RollupStorm {

  private static final int WRITERS = 3;
  private static final int REFRESHERS = 2;
  private static final String COMMITTED =
      """
      select coalesce(array_agg(transactionid::text), '{}') from pg_locks
       where locktype = 'transactionid' and mode = 'ExclusiveLock' and granted
         and pg_xact_status(transactionid::text::xid8) = 'committed'
      """;
  private static final String ARE_THERE =
      """
      select exists (
        select from pg_locks
         where locktype = 'transactionid' and mode = 'ExclusiveLock' and granted
           and transactionid::text = any (?))
      """;

  private final TenantSession tenant;
  private final Duration length;
  private final long seed;
  private final List<Runnable> others = new ArrayList<>();
  private int hours = 24 * 6;
  private @Nullable StormRetention retention;
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong refreshes = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong prepared = new AtomicLong();

  RollupStorm(TenantSession tenant, Duration length, long seed) {
    this.tenant = tenant;
    this.length = length;
    this.seed = seed;
  }

  /** Has some changes be prepared, and committed or rolled back a moment later. */
  RollupStorm withPrepared(DataSource application) {
    Random random = new Random(seed - 2);
    others.add(() -> prepare(application, random));
    return this;
  }

  /** Has the table be emptied now and then. */
  RollupStorm withTruncation(Database owner) {
    others.add(
        () -> {
          sleep(400);
          try {
            owner.sql().execute("truncate readings");
            writes.incrementAndGet();
          } catch (RetryableException deadlock) {
            refused.incrementAndGet();
          }
        });
    return this;
  }

  /** Has old chunks be archived and dropped, a week more each time. */
  RollupStorm withRetention(StormRetention dropping) {
    hours = 24 * 70;
    retention = dropping;
    others.add(
        () -> {
          sleep(length.toMillis() / 20);
          dropping.run();
        });
    return this;
  }

  /** Runs, and fails at the first answer that differs from the rows. */
  void run() throws Exception {
    long end = System.nanoTime() + length.toNanos();
    List<Callable<Void>> all = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Random random = new Random(seed + i);
      all.add(loop(end, () -> writes.get() == 0, () -> write(random)));
    }
    for (int i = 0; i < REFRESHERS; i++) {
      all.add(loop(end, this::refresh));
    }
    others.forEach(other -> all.add(loop(end, other)));
    Random random = new Random(seed - 1);
    all.add(
        loop(end, () -> reads.get() == 0, () -> readOrRefuse(ALL.get(random.nextInt(ALL.size())))));
    ExecutorService executor = Executors.newFixedThreadPool(all.size());
    try {
      List<Future<Void>> futures = all.stream().map(executor::submit).toList();
      for (Future<Void> future : futures) {
        future.get();
      }
    } catch (ExecutionException failed) {
      throw new AssertionError("seed " + seed, failed.getCause());
    } finally {
      executor.shutdownNow();
    }
    assertThat(List.of(writes.get(), refreshes.get(), reads.get())).allMatch(count -> count > 0);
    READINGS.refresh(tenant).run();
    if (retention == null) {
      RollupContract.assertExact(tenant, Freshness.ROLLUP_ONLY);
      RollupContract.assertExact(tenant, Freshness.STRICT);
    } else {
      retention.assertNothingLost(tenant);
      RollupContract.assertExactSince(tenant, READINGS.floor(tenant).orElseThrow());
    }
  }

  @Override
  public String toString() {
    return "%s writes (%s refused), %s prepared, %s refreshes, %s strict answers, seed %s%s"
        .formatted(
            writes, refused, prepared, refreshes, reads, seed, retention == null ? "" : retention);
  }

  private static Callable<Void> loop(long end, Runnable step) {
    return loop(end, () -> false, step);
  }

  /** Goes on behind the end while something is missing that has to be seen once. */
  private static Callable<Void> loop(long end, BooleanSupplier isMissing, Runnable step) {
    return () -> {
      while ((System.nanoTime() < end || isMissing.getAsBoolean())
          && !Thread.currentThread().isInterrupted()) {
        step.run();
      }
      return null;
    };
  }

  private void refresh() {
    READINGS.refresh(tenant).run();
    refreshes.incrementAndGet();
  }

  private void readOrRefuse(Rollup rollup) {
    try {
      read(rollup);
    } catch (RetryableException deadlock) {
      // A TRUNCATE locks the rows ahead of what is read first.
      refused.incrementAndGet();
    }
  }

  private void read(Rollup rollup) {
    tenant.transaction(
        Transaction.Options.defaults().withIsolation(Isolation.REPEATABLE_READ).asReadOnly(),
        transaction -> {
          hearOfChunks(transaction);
          TimeRange years = RollupContract.years(rollup);
          Bucket bucket = rollup.bucket();
          List<Readings.State> strict =
              Readings.states(
                  READINGS.buckets(transaction, years, bucket, rollup, Freshness.STRICT));
          List<Readings.State> rows = Readings.states(READINGS.buckets(transaction, years, bucket));
          // What is dropped is gone for every snapshot, so the floor is that of now.
          Instant floor = retention == null ? Instant.MIN : retention.floor();
          assertThat(strict)
              .as("%s from %s on", rollup, floor)
              .filteredOn(state -> !state.start().isBefore(floor))
              .isEqualTo(rows.stream().filter(state -> !state.start().isBefore(floor)).toList());
        });
    reads.incrementAndGet();
  }

  /**
   * Takes the snapshot, and waits for those in it that have not told of the chunks they made: any
   * query passes over their rows until then.
   */
  private static void hearOfChunks(Transaction transaction) {
    Object committed = transaction.sql().resultQuery(COMMITTED).fetchSingle(0, String[].class);
    while (transaction.sql().resultQuery(ARE_THERE, committed).fetchSingle(0, Boolean.class)) {
      sleep(1);
    }
  }

  private void write(Random random) {
    try {
      tenant.transaction(
          Transaction.Options.defaults()
              .withIsolation(
                  random.nextInt(4) == 0 ? Isolation.REPEATABLE_READ : Isolation.READ_COMMITTED),
          transaction -> {
            for (int i = random.nextInt(3); i >= 0; i--) {
              change(transaction, random);
            }
            if (random.nextInt(6) == 0) {
              throw new Undone();
            }
          });
      writes.incrementAndGet();
    } catch (Undone expected) {
      writes.incrementAndGet();
    } catch (InvalidDataException | RetryableException conflict) {
      // A key that is there, a row that another chunk would take, a deadlock.
      refused.incrementAndGet();
    }
  }

  /** A prepared transaction has no temporary table, so there is no append in it. */
  private void prepare(DataSource application, Random random) {
    String name = "storm" + random.nextInt(Integer.MAX_VALUE);
    Instant from = NOON.plus(Duration.ofHours(random.nextInt(hours)));
    try (Connection connection = application.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "begin; set local app.current_tenant = '%s'".formatted(tenant.tenant().orElseThrow()));
      statement.execute(
          "update readings set units = units + 1 where time >= '%s' and time < '%s'"
              .formatted(from, from.plus(Duration.ofHours(30))));
      statement.execute(
          "insert into readings (time, meter, channel, units) values ('%s', 'm1', 7, %d)"
              .formatted(from.plusNanos(random.nextInt(1_000_000) * 1_000L), random.nextInt(9)));
      statement.execute("prepare transaction '%s'".formatted(name));
      sleep(random.nextInt(60));
      statement.execute(
          (random.nextInt(4) == 0 ? "rollback" : "commit") + " prepared '%s'".formatted(name));
      prepared.incrementAndGet();
    } catch (SQLException conflict) {
      // A deadlock, a key that is there, or a row from before the floor: rolled back.
      refused.incrementAndGet();
    }
  }

  private static void sleep(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Undone extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private void change(Transaction transaction, Random random) {
    if (random.nextInt(8) == 0) {
      try {
        transaction.savepoint(
            inner -> {
              one(inner, random);
              throw new Undone();
            });
      } catch (Undone expected) {
        return;
      }
    }
    one(transaction, random);
  }

  private void one(Session session, Random random) {
    Instant from = NOON.plus(Duration.ofHours(random.nextInt(hours)));
    Instant to = from.plus(Duration.ofMinutes(random.nextInt(300)));
    switch (random.nextInt(8)) {
      case 0, 1 -> READINGS.append(session, some(random, 1 + random.nextInt(20)));
      case 6 -> READINGS.upsert(session, some(random, 1 + random.nextInt(20)));
      case 2 ->
          session
              .sql()
              .execute(
                  "insert into readings (time, meter, channel, units, level)"
                      + " values (?::timestamptz, ?, ?, ?, 0.25), (?::timestamptz, ?, ?, ?, null)"
                      + " on conflict (tenant_id, meter, channel, time) do update"
                      + " set units = excluded.units",
                  text(from),
                  "m" + random.nextInt(3),
                  1,
                  random.nextInt(100),
                  text(to.plusNanos(1_000)),
                  "m" + random.nextInt(3),
                  2,
                  random.nextInt(100));
      case 3 ->
          session
              .sql()
              .execute(
                  "update readings set units = units + 1 where time >= ?::timestamptz and time <"
                      + " ?::timestamptz",
                  text(from),
                  text(to));
      case 4 ->
          session
              .sql()
              .execute(
                  "update readings set time = time + interval '97 minutes' where time >="
                      + " ?::timestamptz and time < ?::timestamptz",
                  text(from),
                  text(to));
      case 5 ->
          session
              .sql()
              .execute("update readings set meter = 'm1' where channel = ?", random.nextInt(50));
      default ->
          session
              .sql()
              .execute(
                  // What is deleted below the floor is in the rollups for ever.
                  "delete from readings where time >= greatest(?::timestamptz, readings_floor())"
                      + " and time < ?::timestamptz",
                  text(from),
                  text(to));
    }
  }

  private List<Reading> some(Random random, int count) {
    List<Reading> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Instant time =
          NOON.plus(Duration.ofHours(random.nextInt(hours)))
              .plusNanos(random.nextInt(1_000_000) * 1_000L);
      all.add(
          new Reading(
              time,
              "m" + random.nextInt(3),
              random.nextInt(3),
              random.nextInt(1_000),
              random.nextInt(3) == 0 ? null : random.nextInt(1_000) / 8.0));
    }
    return all;
  }

  private static String text(Instant time) {
    return time.toString();
  }
}
