package dev.tenon.cache;

import dev.tenon.cache.CacheFinding.Check;
import dev.tenon.cache.Loads.Task;
import dev.tenon.cache.RemoteAnswer.Lease;
import dev.tenon.core.health.HealthFinding.Severity;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.LongAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The loads of one entity that outlived their lease, so that nothing was kept of them. */
final class SlowLoads {

  private static final Logger LOG = LoggerFactory.getLogger(SlowLoads.class);

  private final String entity;
  private final long leaseMillis;
  private final LongAccumulator slowestMillis = new LongAccumulator(Math::max, 0);

  SlowLoads(String entity, Duration lease) {
    this.entity = entity;
    this.leaseMillis = lease.toMillis();
  }

  /** What this loaded was refused; where it was too slow it counts, and the first is logged. */
  void refused(Task<?, ?> task) {
    Lease lease = task.lease();
    long loadMillis = lease == null ? 0 : lease.ageMillis();
    if (loadMillis < leaseMillis) {
      return;
    }
    boolean isFirst = slowestMillis.get() == 0;
    slowestMillis.accumulate(loadMillis);
    if (isFirst) {
      LOG.warn(
          "a load of {} took {} ms, and its lease ended behind {} ms, so the value is kept nowhere;"
              + " CacheConfig.lease has to be longer than the slowest load",
          entity,
          loadMillis,
          leaseMillis);
    }
  }

  /** Empty where none was too slow. */
  Optional<CacheFinding> finding() {
    long slowest = slowestMillis.get();
    return slowest == 0
        ? Optional.empty()
        : Optional.of(
            new CacheFinding(
                Check.LEASE,
                Severity.WARNING,
                "the entity " + entity,
                "a load took " + slowest + " ms, and its lease ended behind " + leaseMillis + " ms",
                "such a value is kept nowhere, so each read loads it",
                "set CacheConfig.lease to more than the slowest load, or make the loader faster"));
  }
}
