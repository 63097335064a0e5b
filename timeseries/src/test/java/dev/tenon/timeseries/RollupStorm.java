package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.NOON;
import static dev.tenon.timeseries.Readings.ALL;
import static dev.tenon.timeseries.Readings.READINGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.Transaction.Options.Isolation;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.timeseries.Readings.Reading;
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

/**
 * Writers that do anything to the rows of one tenant, while refreshers work and a reader compares
 * strict answers with the rows, in one snapshot.
 */
final class RollupStorm {

  private static final int WRITERS = 3;
  private static final int REFRESHERS = 2;
  private static final int HOURS = 24 * 6;

  private final TenantSession tenant;
  private final Duration length;
  private final long seed;
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong refreshes = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();

  RollupStorm(TenantSession tenant, Duration length, long seed) {
    this.tenant = tenant;
    this.length = length;
    this.seed = seed;
  }

  /** Runs, and fails at the first answer that differs from the rows. */
  void run() throws Exception {
    long end = System.nanoTime() + length.toNanos();
    List<Callable<Void>> all = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Random random = new Random(seed + i);
      all.add(loop(end, () -> write(random)));
    }
    for (int i = 0; i < REFRESHERS; i++) {
      all.add(loop(end, this::refresh));
    }
    Random random = new Random(seed - 1);
    all.add(loop(end, () -> read(ALL.get(random.nextInt(ALL.size())))));
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
    RollupContract.assertExact(tenant, Freshness.ROLLUP_ONLY);
    RollupContract.assertExact(tenant, Freshness.STRICT);
  }

  @Override
  public String toString() {
    return "%s writes (%s refused), %s refreshes, %s strict answers, seed %s"
        .formatted(writes, refused, refreshes, reads, seed);
  }

  private static Callable<Void> loop(long end, Runnable step) {
    return () -> {
      while (System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
        step.run();
      }
      return null;
    };
  }

  private void refresh() {
    READINGS.refresh(tenant).run();
    refreshes.incrementAndGet();
  }

  private void read(Rollup rollup) {
    tenant.transaction(
        Transaction.Options.defaults().withIsolation(Isolation.REPEATABLE_READ).asReadOnly(),
        transaction -> {
          TimeRange years = RollupContract.years(rollup);
          Bucket bucket = rollup.bucket();
          assertThat(
                  Readings.states(
                      READINGS.buckets(transaction, years, bucket, rollup, Freshness.STRICT)))
              .as("%s", rollup)
              .isEqualTo(Readings.states(READINGS.buckets(transaction, years, bucket)));
        });
    reads.incrementAndGet();
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

  private static final class Undone extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static void change(Transaction transaction, Random random) {
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

  private static void one(Session session, Random random) {
    Instant from = NOON.plus(Duration.ofHours(random.nextInt(HOURS)));
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
                  "delete from readings where time >= ?::timestamptz and time < ?::timestamptz",
                  text(from),
                  text(to));
    }
  }

  private static List<Reading> some(Random random, int count) {
    List<Reading> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Instant time =
          NOON.plus(Duration.ofHours(random.nextInt(HOURS)))
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
