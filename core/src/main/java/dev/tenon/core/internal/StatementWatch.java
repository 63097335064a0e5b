package dev.tenon.core.internal;

import dev.tenon.core.SlowQueries;
import dev.tenon.core.TenantId;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the time of the statements of one session, and tells of the slow ones. */
final class StatementWatch {

  private static final Logger LOG = LoggerFactory.getLogger(StatementWatch.class);

  private final SlowQueries slow;
  private final long threshold;
  private final @Nullable TenantId tenant;

  StatementWatch(SlowQueries slow, @Nullable TenantId tenant) {
    this.slow = slow;
    this.threshold = slow.threshold().toNanos();
    this.tenant = tenant;
  }

  /** The clock, or nothing worth reading where nobody listens. */
  static long start(@Nullable StatementWatch watch) {
    return watch == null ? 0 : System.nanoTime();
  }

  void ended(
      long started, String sql, @Nullable SQLException failure, Supplier<List<String>> values) {
    long nanoseconds = System.nanoTime() - started;
    if (nanoseconds < threshold) {
      return;
    }
    try {
      slow.listener()
          .slow(
              new SlowQueries.Statement(
                  sql,
                  Duration.ofNanos(nanoseconds),
                  Optional.ofNullable(tenant),
                  Optional.ofNullable(failure).map(SQLException::getSQLState),
                  slow.values() ? values.get() : List.of()));
    } catch (RuntimeException | Error error) {
      LOG.error("the listener of slow queries failed; the statement's result stands", error);
    }
  }
}
