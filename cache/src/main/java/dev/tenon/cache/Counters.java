package dev.tenon.cache;

import java.util.concurrent.atomic.LongAdder;

/** The numbers behind {@link CacheStatistics}. */
final class Counters {

  final LongAdder localHits = new LongAdder();
  final LongAdder remoteHits = new LongAdder();
  final LongAdder loads = new LongAdder();
  final LongAdder loadFailures = new LongAdder();
  final LongAdder remoteFailures = new LongAdder();
  final LongAdder codecFailures = new LongAdder();
  final LongAdder refusedFills = new LongAdder();

  CacheStatistics read() {
    return new CacheStatistics(
        localHits.sum(),
        remoteHits.sum(),
        loads.sum(),
        loadFailures.sum(),
        remoteFailures.sum(),
        codecFailures.sum(),
        refusedFills.sum());
  }
}
