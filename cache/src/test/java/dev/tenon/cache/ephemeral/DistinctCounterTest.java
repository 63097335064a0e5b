package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static dev.tenon.cache.ephemeral.Processes.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest
class DistinctCounterTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private Processes processes;

  @BeforeEach
  void opens(TestRedis redis) {
    processes = new Processes(redis);
  }

  @AfterEach
  void leaves_no_key_that_stays() {
    processes.assertThatEveryKeyExpires();
    processes.close();
  }

  @Test
  void twenty_thousand_are_counted_within_three_standard_errors() {
    DistinctCounter counter = processes.process().distinctCounter("users", HOUR, HOUR);
    for (int batch = 0; batch < 40; batch++) {
      int from = batch * 500;
      counter.see(
          ACME,
          "shop",
          IntStream.range(from, from + 1_000)
              .mapToObj(number -> "user-" + number % 20_000)
              .toArray(String[]::new));
    }
    assertThat(counter.count(ACME, "shop")).isCloseTo(20_000, Percentage.withPercentage(2.43));
  }

  @Test
  void a_member_is_counted_once_over_buckets_and_processes_and_leaves_the_window() {
    Duration bucket = Duration.ofMillis(200);
    // Long enough for a machine that lets the test wait between the first sight and the count.
    Duration window = bucket.multipliedBy(25);
    DistinctCounter one = processes.process().distinctCounter("users", bucket, window);
    DistinctCounter other = processes.process().distinctCounter("users", bucket, window);
    one.see(ACME, "shop", "alice", "bob");
    Processes.until(
        "two buckets are used",
        () -> {
          other.see(ACME, "shop", "bob");
          return processes.keys().size() > 1;
        });
    assertThat(one.count(ACME, "shop")).isEqualTo(2);
    assertThat(one.count(GLOBEX, "shop")).isZero();
    assertThat(one.count(ACME, "office")).isZero();
    Processes.until("both have left", () -> one.count(ACME, "shop") == 0);
  }

  @Test
  void what_cannot_be_counted_is_refused_at_the_call() {
    Ephemeral process = processes.process();
    assertThatThrownBy(() -> process.distinctCounter("users", HOUR, Duration.ofMinutes(90)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("bucket is PT1H and window is PT1H30M");
    assertThatThrownBy(() -> process.distinctCounter("users", HOUR, Duration.ofMinutes(1)))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> process.distinctCounter("users", HOUR, Duration.ofHours(401)))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> process.distinctCounter("users", Duration.ZERO, HOUR))
        .isInstanceOf(UsageException.class);
    DistinctCounter counter = process.distinctCounter("users", HOUR, HOUR);
    assertThatThrownBy(() -> counter.see(ACME, "shop")).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> counter.see(ACME, "shop", "x".repeat(1 << 20)))
        .isInstanceOf(InvalidDataException.class);
    assertThat(processes.keys()).isEmpty();
  }

  @Test
  void an_outage_is_told_in_time_and_outlived(TestRedis redis) {
    processes.assertThatItOutlivesAnOutage(
        redis,
        ephemeral -> ephemeral.distinctCounter("users", HOUR, HOUR).see(ACME, "shop", "alice"),
        () -> {});
  }
}
