package dev.tenon.timeseries;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.time.Duration;
import java.util.List;

/**
 * How much is written to a hypertable, of all tenants, from which a chunk interval is advised.
 *
 * @param rowsPerSecond on average
 * @param bytesPerRow of the values of a row
 * @param serverMemory in bytes, of the whole server
 */
public record IngestLoad(double rowsPerSecond, int bytesPerRow, long serverMemory) {

  /** The header of a row and its entry in the key, without the values. */
  private static final int OVERHEAD = 28 + 40;

  private static final List<Duration> STEPS =
      List.of(
          Duration.ofDays(7),
          Duration.ofDays(1),
          Duration.ofHours(12),
          Duration.ofHours(6),
          Duration.ofHours(2),
          Duration.ofHours(1));

  private static final Duration SHORTEST = Duration.ofMinutes(15);

  /**
   * @throws UsageException if one of them is not positive
   */
  public IngestLoad {
    if (!(rowsPerSecond > 0)
        || Double.isInfinite(rowsPerSecond)
        || bytesPerRow <= 0
        || serverMemory <= 0) {
      throw new UsageException(
          Problem.what(
                  "a load of %s rows a second of %s bytes, on %s bytes of memory"
                      .formatted(rowsPerSecond, bytesPerRow, serverMemory))
              .where("IngestLoad")
              .why("each of them is counted, and positive")
              .fix("pass what you measured or expect"));
    }
  }

  /**
   * The longest of 7 days, 1 day, 12, 6, 2 and 1 hours, and 15 minutes, whose rows and keys take a
   * quarter of the memory at most, so that the chunk which is written stays in it (<a
   * href="https://docs.timescale.com/use-timescale/latest/hypertables/">the rule of TimescaleDB's
   * manual</a>); 15 minutes if none does.
   */
  public Duration chunkInterval() {
    double bytesPerSecond = rowsPerSecond * ((double) bytesPerRow + OVERHEAD);
    double seconds = serverMemory / 4d / bytesPerSecond;
    return STEPS.stream().filter(step -> step.toSeconds() <= seconds).findFirst().orElse(SHORTEST);
  }
}
