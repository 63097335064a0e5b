package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenonException;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Servers and captures die while rows change by SQL that knows nothing of Tenon.
 *
 * <p>Smaller here than it is published: {@code -Dtenon.capture.changes=2000} is the whole.
 */
@Execution(ExecutionMode.SAME_THREAD)
@Timeout(240)
class ChangeCaptureCrashTest {

  private static final int CHANGES = Integer.getInteger("tenon.capture.changes", 300);
  private static final int HOSTS = 40;
  private static final Duration BOUND = Duration.ofSeconds(2);

  private static final PostgresServer SERVER =
      PostgresServer.start(
          PostgresOptions.defaults().withSetting("wal_level", "logical").withDurability());

  @AfterAll
  static void stops_the_server() {
    SERVER.close();
  }

  @Test
  void nothing_is_stale_behind_the_bound() throws Exception {
    try (Captured captured = new Captured(SERVER, HOSTS);
        ChangeCapture capture = captured.capturing();
        Stalls stalls = Stalls.watch()) {
      AtomicBoolean stop = new AtomicBoolean();
      CompletableFuture<Void> readers =
          CompletableFuture.runAsync(
              () -> {
                while (!stop.get()) {
                  for (int i = 0; i < HOSTS; i++) {
                    captured.read("h" + i);
                  }
                }
              },
              Await.THREAD);
      long[] nanos = new long[CHANGES];
      for (int i = 0; i < CHANGES; i++) {
        String host = "h" + i % HOSTS;
        long revision = captured.read(host) + 1;
        captured.psql("update hosts set revision = revision + 1 where id = '" + host + "'");
        long committed = System.nanoTime();
        while (captured.read(host) < revision) {
          LockSupport.parkNanos(50_000);
        }
        nanos[i] = stalls.nanosWithout(committed, System.nanoTime());
      }
      stop.set(true);
      readers.get(20, TimeUnit.SECONDS);
      Arrays.sort(nanos);
      System.out.printf(
          "change to fresh read: p50 %d us, p99 %d us, most %d us; %s%n",
          nanos[CHANGES / 2] / 1_000,
          nanos[CHANGES * 99 / 100] / 1_000,
          nanos[CHANGES - 1] / 1_000,
          capture.status());
      assertThat(nanos[CHANGES - 1]).isLessThan(BOUND.toNanos());
      assertThat(stale(captured)).isZero();
    }
  }

  @Test
  void many_rows_of_one_transaction_are_forgotten() throws SQLException {
    try (Captured captured = new Captured(SERVER, HOSTS);
        ChangeCapture capture = captured.capturing()) {
      captured.psql(
          "insert into hosts select '"
              + Captured.TENANT
              + "', 'many-' || n, 1 from generate_series(1, 50000) as n");
      Await.until("all are forgotten", () -> capture.status().transactions() == 1);
      captured.read("many-49999");
      long start = System.nanoTime();
      captured.psql("update hosts set revision = 2 where id like 'many-%'");
      long committed = System.nanoTime();
      Await.until("all are forgotten", () -> capture.status().transactions() == 2);
      System.out.printf(
          "50,000 rows: changed in %d ms, forgotten %d ms later%n",
          (committed - start) / 1_000_000, (System.nanoTime() - committed) / 1_000_000);
      assertThat(captured.read("many-49999")).isEqualTo(2);
      // What Redis takes too long for is read and forgotten again.
      assertThat(capture.status().values()).isGreaterThanOrEqualTo(100_000);
    }
  }

  @Test
  void a_capture_that_dies_before_the_invalidation_is_repaired_by_the_next() throws Exception {
    try (Captured captured = new Captured(SERVER, HOSTS)) {
      captured.capturing().close();
      for (int death = 1; death <= 3; death++) {
        stale(captured);
        Process capture =
            ChildJvm.start(
                DyingCapture.class,
                captured.made,
                captured.redis.uri().toString(),
                captured.nodes.service(),
                Integer.toString(death * 7));
        for (int i = 0; i < HOSTS; i++) {
          captured.psql("update hosts set revision = revision + 1 where id = 'h" + i + "'");
        }
        assertThat(capture.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(capture.exitValue()).isEqualTo(DyingWriter.DEAD);
        assertThat(stale(captured)).isPositive();
        try (ChangeCapture next = captured.capturing()) {
          Await.until("nothing is stale", () -> stale(captured) == 0);
          assertThat(next.status().entities()).isZero();
        }
      }
    }
  }

  @Test
  void a_server_that_is_killed_is_read_again() throws Exception {
    try (Captured captured = new Captured(SERVER, HOSTS);
        ChangeCapture capture = captured.capturing()) {
      for (int kill = 1; kill <= 2; kill++) {
        stale(captured);
        for (int i = 0; i < HOSTS; i++) {
          captured.psql("update hosts set revision = revision + 1 where id = 'h" + i + "'");
        }
        SERVER.kill9();
        SERVER.restart();
        captured.reconnect();
        captured.psql("update hosts set revision = revision + 1 where id = 'h0'");
        Await.until("nothing is stale", () -> isFresh(captured));
      }
      assertThat(capture.status().failures()).isPositive();
      assertThat(capture.status().entities()).isZero();
    }
  }

  /** Connections of the pool may be those of the server that was killed. */
  private static boolean isFresh(Captured captured) {
    try {
      return stale(captured) == 0;
    } catch (TenonException lost) {
      return false;
    }
  }

  private static int stale(Captured captured) {
    int stale = 0;
    for (int i = 0; i < HOSTS; i++) {
      String host = "h" + i;
      stale += captured.read(host) == captured.row(host) ? 0 : 1;
    }
    return stale;
  }
}
