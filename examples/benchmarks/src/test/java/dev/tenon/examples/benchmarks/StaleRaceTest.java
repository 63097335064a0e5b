package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.examples.benchmarks.StaleRace.Failure;
import dev.tenon.examples.benchmarks.StaleRace.HotKeys;
import dev.tenon.testkit.servers.TestRedis;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StaleRaceTest {

  private static final Duration SOON = Duration.ofMillis(200);

  /** When a busy machine, too, has noticed and told what is to be noticed. */
  private static final Duration SETTLED = Duration.ofSeconds(3);

  @ParameterizedTest
  @EnumSource
  void every_library_keeps_a_version_and_gives_the_new_one_after_a_change(CacheLibrary library)
      throws InterruptedException {
    AtomicLongArray table = new AtomicLongArray(2);
    String service = StaleRace.newService();
    try (TestRedis redis = TestRedis.create();
        CacheNode writer = library.open(redis.uri().toString(), service, 10, table::get);
        CacheNode reader = library.open(redis.uri().toString(), service, 10, table::get)) {
      assertThat(reader.read(1)).isZero();
      assertThat(writer.read(1)).isZero();
      table.set(1, 7);
      assertThat(reader.read(1)).isZero();
      writer.changed(1);
      assertThat(writer.read(1)).isEqualTo(7);
      long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (reader.read(1) != 7 && System.nanoTime() < deadline) {
        Thread.sleep(1);
      }
      assertThat(reader.read(1)).isEqualTo(7);
    }
  }

  @Test
  void hot_keys_leave_nothing_old_in_tenon() throws Exception {
    try (TestRedis redis = TestRedis.create()) {
      HotKeys left = new StaleRace(redis, CacheLibrary.TENON).hotKeys(200, 5, SETTLED);
      assertThat(left.onWriter()).isZero();
      assertThat(left.onOthers()).isZero();
      assertThat(left.reads()).isPositive();
    }
  }

  @Test
  void a_cut_leaves_old_versions_where_nobody_notices_it() {
    try (TestRedis redis = TestRedis.create()) {
      assertThat(
              new StaleRace(redis, CacheLibrary.JETCACHE_REMOVE)
                  .cut(20, Failure.CLOSED, SOON, SOON))
          .isEqualTo(new StaleRace.Cut(20, 20, 20, 0));
      assertThat(new StaleRace(redis, CacheLibrary.TENON).cut(20, Failure.CLOSED, SETTLED, SOON))
          .isEqualTo(new StaleRace.Cut(0, 0, 0, 0));
    }
  }

  @Test
  void prints_a_line_for_each_library() throws Exception {
    StalePlan plan = new StalePlan(1, 20, 2, SOON, 10, SOON, SOON, SOON);
    List<CacheLibrary> some = List.of(CacheLibrary.TENON, CacheLibrary.JETCACHE_PUT);
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    StaleRounds.measure(plan, some).print(new PrintStream(printed, true, StandardCharsets.UTF_8));
    assertThat(printed.toString(StandardCharsets.UTF_8).lines().skip(2)).hasSameSizeAs(some);
  }
}
