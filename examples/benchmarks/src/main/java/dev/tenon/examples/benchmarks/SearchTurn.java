package dev.tenon.examples.benchmarks;

import com.sun.management.ThreadMXBean;
import dev.tenon.examples.benchmarks.PassageCorpus.Question;
import dev.tenon.examples.benchmarks.PassageStore.Wanted;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/**
 * Who searches for what, and with how many threads at the same time.
 *
 * @param threads 1 or more
 */
record SearchTurn(PassageArm arm, Wanted wanted, int threads) {

  private static final int LEAST_CALLS = 3;
  private static final int DIGITS = 3;
  private static final int SETTLING = 5;
  private static final double NANOS_A_MICRO = 1e3;

  /**
   * What was measured in one round.
   *
   * @param rate calls a second, of all threads
   * @param p50 microseconds that half of the calls took at most
   * @param p99 the same of 99 in 100
   * @param bytes that a call allocates in the client
   */
  record Reading(double rate, double p50, double p99, double bytes) {}

  private record Calls(Histogram nanos, double bytes) {}

  boolean isAsShipped() {
    return wanted.efSearch().isEmpty();
  }

  SearchTurn of(PassageArm other) {
    return new SearchTurn(other, wanted, threads);
  }

  /** Asks for that long, after a fifth of it that does not count. */
  Reading measure(VectorRace race, Duration length) throws Exception {
    List<Calls> settling = ask(race, length.dividedBy(SETTLING));
    long start = System.nanoTime();
    List<Calls> asked = settling.isEmpty() ? settling : ask(race, length);
    double seconds = (System.nanoTime() - start) / 1e9;
    Histogram all = new Histogram(DIGITS);
    asked.forEach(calls -> all.add(calls.nanos()));
    return new Reading(
        all.getTotalCount() / seconds,
        all.getValueAtPercentile(50) / NANOS_A_MICRO,
        all.getValueAtPercentile(99) / NANOS_A_MICRO,
        asked.stream().mapToDouble(Calls::bytes).average().orElse(Double.NaN));
  }

  private List<Calls> ask(VectorRace race, Duration length) throws Exception {
    long end = System.nanoTime() + length.toNanos();
    ExecutorService askers = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Calls>> tasks = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int first = thread * race.questions().size() / threads;
        tasks.add(() -> ask(race, first, end));
      }
      List<Calls> asked = new ArrayList<>();
      for (Future<Calls> calls : askers.invokeAll(tasks)) {
        asked.add(calls.get());
      }
      return asked;
    } finally {
      Threads.end(askers);
    }
  }

  private Calls ask(VectorRace race, int first, long end) throws SQLException {
    Histogram calls = new Histogram(DIGITS);
    ThreadMXBean threadBean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threadBean.getCurrentThreadAllocatedBytes();
    for (int next = first;
        calls.getTotalCount() < LEAST_CALLS || System.nanoTime() < end;
        next = next + 1 < race.questions().size() ? next + 1 : 0) {
      Question question = race.questions().get(next);
      long start = System.nanoTime();
      race.ask(arm, question, wanted);
      calls.recordValue(System.nanoTime() - start);
    }
    double bytes = threadBean.getCurrentThreadAllocatedBytes() - before;
    return new Calls(calls, bytes / calls.getTotalCount());
  }
}
