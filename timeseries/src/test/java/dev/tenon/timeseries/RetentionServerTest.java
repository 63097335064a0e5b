package dev.tenon.timeseries;

import static dev.tenon.timeseries.HypertableContract.ACME;
import static dev.tenon.timeseries.HypertableContract.NOON;
import static dev.tenon.timeseries.Readings.HOURLY;
import static dev.tenon.timeseries.Readings.READINGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.TenonException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.Readings.Reading;
import dev.tenon.timeseries.Readings.State;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows come, late ones too, chunks are archived and dropped, and the server is killed. */
@Timeout(300)
final class RetentionServerTest {

  private static final int KILLS = Integer.getInteger("tenon.rollups.kills", 2);
  private static final int DAYS = 90;

  private final Set<Instant> acknowledged = new ConcurrentSkipListSet<>();
  private final Set<Instant> sent = new ConcurrentSkipListSet<>();
  private final Set<Instant> refused = new ConcurrentSkipListSet<>();
  private final Map<String, List<Instant>> archived = new ConcurrentHashMap<>();
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger dropped = new AtomicInteger();
  private final AtomicBoolean stop = new AtomicBoolean();
  private volatile Instant now = NOON.plus(Duration.ofDays(35));

  private static Database open(PostgresServer server, TestDatabase made, Credentials role) {
    return Database.open(
        DatabaseConfig.url(server.jdbcUrl(made.name()))
            .user(role.user())
            .password(role.password())
            .build());
  }

  /** Smaller here than it is published: {@code -Dtenon.rollups.kills=20}. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothing_acknowledged_is_lost_or_counted_twice_while_chunks_are_dropped(boolean timescale)
      throws Exception {
    TestSchema schema = timescale ? new Readings.OnTimescale() : new Readings.OnPartitions();
    try (PostgresServer server = PostgresServer.start(PostgresOptions.defaults().withDurability());
        TestDatabase made = server.database(schema.template());
        Database database = open(server, made, made.application());
        Database owner = open(server, made, made.owner())) {
      TenantDatabase tenants = TenantDatabase.on(database);
      TenantSession acme = tenants.as(ACME);
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        all.add(CompletableFuture.runAsync(() -> append(acme)));
      }
      all.add(CompletableFuture.runAsync(() -> refresh(acme)));
      all.add(CompletableFuture.runAsync(() -> retain(owner, tenants)));
      for (int kill = 0; kill < KILLS; kill++) {
        int rows = acknowledged.size();
        int chunks = dropped.get();
        Waiting.until(() -> acknowledged.size() > rows + 100 && dropped.get() > chunks);
        server.restart();
      }
      int chunks = dropped.get();
      Waiting.until(() -> dropped.get() > chunks);
      stop.set(true);
      for (CompletableFuture<Void> future : all) {
        future.get(90, TimeUnit.SECONDS);
      }
      // What was archived and not dropped yet is dropped now.
      retainOnce(owner, tenants);
      assertNothingLost(acme);
    }
    System.out.printf(
        "retention: %d kills, %d chunks dropped, %d acknowledged, 0 lost, %d unknown, %d late ones"
            + " refused%n",
        KILLS,
        dropped.get(),
        acknowledged.size(),
        sent.size() - acknowledged.size() - refused.size(),
        refused.size());
  }

  private void assertNothingLost(TenantSession acme) {
    READINGS.refresh(acme).run();
    List<Instant> kept =
        READINGS.range(acme, RollupContract.YEARS).stream()
            .map(Reading::time)
            .collect(Collectors.toCollection(ArrayList::new));
    archived.values().forEach(kept::addAll);
    assertThat(kept).doesNotHaveDuplicates().containsAll(acknowledged);
    assertThat(sent).containsAll(kept);
    assertThat(kept).doesNotContainAnyElementsOf(refused);
    for (Freshness freshness : Freshness.values()) {
      assertThat(
              RollupContract.from(acme, HOURLY, freshness).stream()
                  .collect(Collectors.toMap(State::start, State::rows)))
          .isEqualTo(byHour(kept));
    }
  }

  private static Map<Instant, Long> byHour(Collection<Instant> times) {
    return times.stream()
        .collect(
            Collectors.groupingBy(
                time -> time.truncatedTo(ChronoUnit.HOURS), Collectors.counting()));
  }

  /** No two have the same time. */
  private void append(TenantSession acme) {
    while (!stop.get()) {
      Instant time =
          NOON.plus(Duration.ofHours(ThreadLocalRandom.current().nextInt(DAYS * 24)))
              .plusNanos(next.incrementAndGet() * 1_000L);
      sent.add(time);
      try {
        READINGS.append(acme, List.of(RollupContract.reading(time, 1)));
        acknowledged.add(time);
      } catch (InvalidDataException late) {
        refused.add(time);
      } catch (TenonException cut) {
        // The server is being killed; what was acknowledged is looked at in the end.
      }
    }
  }

  private void refresh(TenantSession acme) {
    while (!stop.get()) {
      try {
        READINGS.refresh(acme).run();
      } catch (TenonException cut) {
        // The next goes on.
      }
    }
  }

  /** Two days later at each run, until there are fewer left than rows come for. */
  private void retain(Database owner, TenantDatabase tenants) {
    while (!stop.get()) {
      try {
        Retention retention = READINGS.retention(owner, tenants::as);
        dropped.addAndGet(retention.run(now, stop::get, this::archive).dropped().size());
        now =
            now.isBefore(NOON.plus(Duration.ofDays(DAYS + 20)))
                ? now.plus(Duration.ofDays(2))
                : now;
      } catch (IOException | TenonException cut) {
        // The next goes on.
      }
    }
  }

  private void retainOnce(Database owner, TenantDatabase tenants) throws IOException {
    Retention retention = READINGS.retention(owner, tenants::as);
    dropped.addAndGet(retention.run(now, () -> false, this::archive).dropped().size());
  }

  private long archive(ChunkExport chunk) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long rows = chunk.copyTo(out);
    archived.put(
        chunk.chunk().name(),
        out.toString(StandardCharsets.UTF_8)
            .lines()
            .skip(1)
            .map(
                line -> Instant.parse(line.split(",", -1)[1].replace(' ', 'T').replace("+00", "Z")))
            .toList());
    return rows;
  }
}
