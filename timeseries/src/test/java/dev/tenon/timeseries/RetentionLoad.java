package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.ACME;
import static dev.tenon.timeseries.HypertableContract.NOON;
import static dev.tenon.timeseries.Readings.HOURLY;
import static dev.tenon.timeseries.Readings.READINGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.TenonException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.timeseries.Readings.Reading;
import dev.tenon.timeseries.Readings.State;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Rows come, late ones too, while rollups are refreshed and chunks are archived in files and
 * dropped; each loop goes on over whatever cuts it.
 */
final class RetentionLoad {

  /** Smaller here than it is published: {@code -Dtenon.rollups.kills=10}. */
  static final int KILLS = Integer.getInteger("tenon.rollups.kills", 2);

  /** A kill waits for a chunk that is dropped, so that there must be some left for the last. */
  private static final int DAYS = 90 + 15 * KILLS;

  /** What became of a row, told as it happens. */
  interface Listener {
    void heard(Fate fate, Instant time);
  }

  /** What becomes of a row; one that is only sent may be stored or not. */
  enum Fate {
    SENT,
    ACKNOWLEDGED,
    REFUSED
  }

  /** All that was told. */
  record Heard(Set<Instant> sent, Set<Instant> acknowledged, Set<Instant> refused)
      implements Listener {

    Heard() {
      this(
          new ConcurrentSkipListSet<>(),
          new ConcurrentSkipListSet<>(),
          new ConcurrentSkipListSet<>());
    }

    @Override
    public void heard(Fate fate, Instant time) {
      (switch (fate) {
            case SENT -> sent;
            case ACKNOWLEDGED -> acknowledged;
            case REFUSED -> refused;
          })
          .add(time);
    }
  }

  private final Database owner;
  private final TenantDatabase tenants;
  private final Path archive;
  private final AtomicInteger dropped = new AtomicInteger();
  private volatile Instant now = NOON.plus(Duration.ofDays(35));

  RetentionLoad(Database owner, Database application, Path archive) {
    this.owner = owner;
    this.tenants = TenantDatabase.on(application);
    this.archive = archive;
  }

  int dropped() {
    return dropped.get();
  }

  /** No two rows have the same time, as long as no two numbers are the same. */
  void append(AtomicInteger numbers, Listener listener, BooleanSupplier stopped) {
    TenantSession acme = tenants.as(ACME);
    while (!stopped.getAsBoolean()) {
      Instant time =
          NOON.plus(Duration.ofHours(ThreadLocalRandom.current().nextInt(DAYS * 24)))
              .plusNanos(numbers.incrementAndGet() * 1_000L);
      listener.heard(Fate.SENT, time);
      try {
        READINGS.append(acme, List.of(RollupContract.reading(time, 1)));
        listener.heard(Fate.ACKNOWLEDGED, time);
      } catch (InvalidDataException late) {
        listener.heard(Fate.REFUSED, time);
      } catch (TenonException cut) {
        // What was acknowledged is looked at in the end.
      }
      // A refresh does a chunk's length of scattered buckets in a step, and has to keep up.
      LockSupport.parkNanos(10_000_000);
    }
  }

  void refresh(BooleanSupplier stopped) {
    while (!stopped.getAsBoolean()) {
      try {
        READINGS.refresh(tenants.as(ACME)).run();
      } catch (TenonException cut) {
        // The next goes on.
      }
    }
  }

  /** Two days later at each run. */
  void retain(BooleanSupplier stopped) {
    while (!stopped.getAsBoolean()) {
      try {
        retainOnce();
        now =
            now.isBefore(NOON.plus(Duration.ofDays(DAYS + 20)))
                ? now.plus(Duration.ofDays(2))
                : now;
        LockSupport.parkNanos(100_000_000);
      } catch (IOException | TenonException cut) {
        // The next goes on.
      }
    }
  }

  private void retainOnce() throws IOException {
    dropped.addAndGet(
        READINGS
            .retention(owner, tenants::as)
            .run(now, () -> false, this::archived)
            .dropped()
            .size());
  }

  private long archived(ChunkExport chunk) throws IOException {
    Path partial = archive.resolve(chunk.chunk().name() + ".partial");
    long rows;
    try (OutputStream out = Files.newOutputStream(partial)) {
      rows = chunk.copyTo(out);
    }
    Files.move(
        partial, archive.resolve(chunk.chunk().name() + ".csv"), StandardCopyOption.ATOMIC_MOVE);
    return rows;
  }

  /** Each row that was acknowledged is stored or archived, once, and so the rollups say. */
  void verify(Heard heard) throws IOException {
    now = NOON.plus(Duration.ofDays(DAYS + 20));
    // What was archived and not dropped yet is dropped now.
    retainOnce();
    TenantSession acme = tenants.as(ACME);
    READINGS.refresh(acme).run();
    List<Instant> kept =
        READINGS.range(acme, RollupContract.YEARS).stream()
            .map(Reading::time)
            .collect(Collectors.toCollection(ArrayList::new));
    kept.addAll(archivedTimes());
    assertThat(kept).doesNotHaveDuplicates().containsAll(heard.acknowledged());
    assertThat(heard.sent()).containsAll(kept);
    // A run may end before any row came late.
    assertThat(kept).noneMatch(heard.refused()::contains);
    for (Freshness freshness : Freshness.values()) {
      assertThat(
              RollupContract.from(acme, HOURLY, freshness).stream()
                  .collect(Collectors.toMap(State::start, State::rows)))
          .isEqualTo(byHour(kept));
    }
  }

  private List<Instant> archivedTimes() throws IOException {
    List<Instant> times = new ArrayList<>();
    try (Stream<Path> files = Files.list(archive)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".csv")).toList()) {
        Files.readAllLines(file).stream()
            .skip(1)
            .map(line -> line.split(",", -1)[1].replace(' ', 'T').replace("+00", "Z"))
            .forEach(text -> times.add(Instant.parse(text)));
      }
    }
    return times;
  }

  private static Map<Instant, Long> byHour(Collection<Instant> times) {
    return times.stream()
        .collect(
            Collectors.groupingBy(
                time -> time.truncatedTo(ChronoUnit.HOURS), Collectors.counting()));
  }
}
