package dev.tenon.cache;

import java.util.concurrent.atomic.LongAdder;

/** The numbers behind {@link CacheStatistics}. */
final class Counters {

  final LongAdder localHits = new LongAdder();
  final LongAdder remoteHits = new LongAdder();
  final LongAdder staleHits = new LongAdder();
  final LongAdder negativeHits = new LongAdder();
  final LongAdder loads = new LongAdder();
  final LongAdder loadFailures = new LongAdder();
  final LongAdder refreshes = new LongAdder();
  final LongAdder timeouts = new LongAdder();
  final LongAdder remoteFailures = new LongAdder();
  final LongAdder codecFailures = new LongAdder();
  final LongAdder oversized = new LongAdder();
  final LongAdder refusedFills = new LongAdder();

  /** An answer from memory. */
  void hit(LocalLevel.Held<?> held) {
    localHits.increment();
    if (held.value() == null) {
      negativeHits.increment();
    }
    if (held.isStale()) {
      staleHits.increment();
    }
  }

  CacheStatistics read() {
    return new CacheStatistics(
        localHits.sum(),
        remoteHits.sum(),
        staleHits.sum(),
        negativeHits.sum(),
        loads.sum(),
        loadFailures.sum(),
        refreshes.sum(),
        timeouts.sum(),
        remoteFailures.sum(),
        codecFailures.sum(),
        oversized.sum(),
        refusedFills.sum());
  }
}
