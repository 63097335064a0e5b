package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.StaleRace.Failure;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Reads at a fixed rate while Redis goes away and comes back.
 *
 * <p>A read is due at its time, whether or not earlier ones have ended, and its latency counts from
 * then: what waits for a thread counts as slow. A read that the cache answers with an error asks
 * the table itself, as an application would.
 */
final class OutageRace {

  private static final int DIGITS = 3;
  private static final double NANOS_A_MILLI = 1e6;
  private static final long DRAIN_SECONDS = 120;

  private final OutagePlan plan;
  private final AtomicBoolean isSlow = new AtomicBoolean();
  private final Map<Phase, Histogram> latencies = new EnumMap<>(Phase.class);
  private final Map<Phase, AtomicInteger> errors = new EnumMap<>(Phase.class);

  private OutageRace(OutagePlan plan) {
    this.plan = plan;
    for (Phase phase : Phase.values()) {
      latencies.put(phase, new ConcurrentHistogram(DIGITS));
      errors.put(phase, new AtomicInteger());
    }
  }

  /** When a read was due. */
  enum Phase {
    CALM,
    CUT,
    AFTER
  }

  /**
   * Of the reads that were due in a phase, in milliseconds.
   *
   * @param errors that the cache answered with
   */
  record Latency(double p50, double p99, double p999, double most, long reads, int errors) {

    private static Latency of(Histogram reads, int errors) {
      return new Latency(
          millis(reads.getValueAtPercentile(50)),
          millis(reads.getValueAtPercentile(99)),
          millis(reads.getValueAtPercentile(99.9)),
          millis(reads.getMaxValue()),
          reads.getTotalCount(),
          errors);
    }

    private static double millis(long nanos) {
      return nanos / NANOS_A_MILLI;
    }
  }

  static Map<Phase, Latency> run(
      TestRedis redis, CacheLibrary library, Failure failure, OutagePlan plan)
      throws InterruptedException {
    OutageRace race = new OutageRace(plan);
    String url = redis.uri().toString();
    ExecutorService threads = Executors.newFixedThreadPool(plan.threads());
    try (FaultProxy network = FaultProxy.to(redis.uri().getHost(), redis.uri().getPort());
        CacheNode node =
            library.open(
                network.reroute(url), StaleRace.newService(), plan.entries(), race::load)) {
      for (int row = 0; row < plan.keys(); row++) {
        long unused = node.read(row);
      }
      race.isSlow.set(true);
      race.readAll(node, network, failure, threads);
      threads.shutdown();
      if (!threads.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            library + " has not answered " + DRAIN_SECONDS + " s later");
      }
      Map<Phase, Latency> read = new EnumMap<>(Phase.class);
      race.latencies.forEach(
          (phase, latency) -> read.put(phase, Latency.of(latency, of(race.errors, phase).get())));
      return read;
    } finally {
      threads.shutdownNow();
    }
  }

  private void readAll(
      CacheNode node, FaultProxy network, Failure failure, ExecutorService threads) {
    Random random = new Random(8);
    long step = TimeUnit.SECONDS.toNanos(1) / plan.rate();
    long cut = plan.calm().toNanos();
    long heal = cut + plan.cut().toNanos();
    long end = heal + plan.after().toNanos();
    long start = System.nanoTime();
    Phase before = Phase.CALM;
    for (long at = 0; at < end; at += step) {
      Phase phase = at < cut ? Phase.CALM : at < heal ? Phase.CUT : Phase.AFTER;
      long due = start + at;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      if (phase != before) {
        if (phase == Phase.CUT) {
          failure.begin(network);
        } else {
          network.enable();
        }
        before = phase;
      }
      int row = random.nextInt(plan.keys());
      threads.execute(() -> read(node, row, phase, due));
    }
  }

  private void read(CacheNode node, int row, Phase phase, long due) {
    try {
      long unused = node.read(row);
    } catch (RuntimeException error) {
      of(errors, phase).incrementAndGet();
      long unused = load(row);
    }
    of(latencies, phase).recordValue(System.nanoTime() - due);
  }

  private static <T> T of(Map<Phase, T> phases, Phase phase) {
    T found = phases.get(phase);
    if (found == null) {
      throw new IllegalArgumentException("there is nothing of " + phase);
    }
    return found;
  }

  private long load(int row) {
    if (isSlow.get()) {
      sleep(plan.load());
    }
    return row;
  }

  private static void sleep(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
    }
  }
}
