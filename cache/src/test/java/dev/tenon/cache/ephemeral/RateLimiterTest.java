package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static dev.tenon.cache.ephemeral.Processes.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.Cache;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@TenonTest
class RateLimiterTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private Processes processes;

  static List<RateLimit> hundred() {
    return List.of(RateLimit.tokenBucket(100, 1, HOUR), RateLimit.slidingWindow(100, HOUR));
  }

  @BeforeEach
  void opens(TestRedis redis) {
    processes = new Processes(redis);
  }

  @AfterEach
  void leaves_no_key_that_stays() {
    processes.assertThatEveryKeyExpires();
    processes.close();
  }

  @ParameterizedTest
  @MethodSource("hundred")
  void many_threads_of_many_processes_never_get_more_than_the_limit(RateLimit limit)
      throws InterruptedException, ExecutionException {
    List<RateLimiter> limiters =
        processes.processes(3).stream().map(each -> each.rateLimiter("login", limit)).toList();
    AtomicInteger next = new AtomicInteger();
    List<Integer> given =
        Processes.inThreads(
            12,
            () -> {
              RateLimiter limiter = limiters.get(next.getAndIncrement() % limiters.size());
              int allowed = 0;
              for (int i = 0; i < 50; i++) {
                allowed += limiter.tryAcquire(ACME, "alice").allowed() ? 1 : 0;
              }
              return allowed;
            });
    assertThat(given.stream().mapToInt(each -> each).sum()).isEqualTo(100);
  }

  @ParameterizedTest
  @MethodSource("hundred")
  void tells_what_remains_and_gives_all_permits_or_none(RateLimit limit) {
    RateLimiter limiter = processes.process().rateLimiter("login", limit);
    assertThat(limiter.tryAcquire(ACME, "alice", 99))
        .isEqualTo(new RateLimiter.Decision(true, 1, Duration.ZERO));
    RateLimiter.Decision refused = limiter.tryAcquire(ACME, "alice", 2);
    assertThat(refused.allowed()).isFalse();
    assertThat(refused.remaining()).isEqualTo(1);
    assertThat(refused.retryAfter()).isBetween(Duration.ofMinutes(59), HOUR);
    assertThat(limiter.tryAcquire(ACME, "alice").remaining()).isZero();
  }

  @ParameterizedTest
  @MethodSource("hundred")
  void identifiers_and_tenants_have_limits_of_their_own(RateLimit limit) {
    RateLimiter limiter = processes.process().rateLimiter("login", limit);
    limiter.tryAcquire(ACME, "alice", 100);
    assertThat(limiter.tryAcquire(ACME, "alice").allowed()).isFalse();
    assertThat(limiter.tryAcquire(ACME, "bob").allowed()).isTrue();
    assertThat(limiter.tryAcquire(GLOBEX, "alice").allowed()).isTrue();
    assertThat(limiter.tryAcquire(Owner.sharedByAllTenants(), "alice").allowed()).isTrue();
  }

  @Test
  void a_bucket_is_refilled_by_the_time_of_redis_and_no_faster() throws InterruptedException {
    RateLimiter limiter =
        processes
            .process()
            .rateLimiter("calls", RateLimit.tokenBucket(100_000, 1_000, Duration.ofSeconds(1)));
    long before = System.nanoTime();
    assertThat(limiter.tryAcquire(ACME, "alice", 100_000).allowed()).isTrue();
    long emptied = System.nanoTime();
    Thread.sleep(300);
    long asked = System.nanoTime();
    long refilled = limiter.tryAcquire(ACME, "alice").remaining() + 1;
    long answered = System.nanoTime();
    assertThat(refilled)
        .isBetween((asked - emptied) / 1_000_000 - 1, (answered - before) / 1_000_000 + 1);
  }

  @Test
  void a_window_gives_no_more_than_its_limit_wherever_it_begins() {
    Duration window = Duration.ofMillis(200);
    RateLimiter limiter =
        processes.process().rateLimiter("calls", RateLimit.slidingWindow(10, window));
    List<Long> given = new ArrayList<>();
    Processes.until(
        "more were given than four windows have",
        () -> {
          long asked = System.nanoTime();
          while (limiter.tryAcquire(ACME, "alice").allowed()) {
            given.add(asked);
            given.add(System.nanoTime());
            asked = System.nanoTime();
          }
          return given.size() / 2 > 40;
        });
    for (int i = 0; i + 20 < given.size(); i += 2) {
      assertThat(given.get(i + 21) - given.get(i)).isGreaterThanOrEqualTo(window.toNanos());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_was_refused_is_allowed_after_the_time_that_it_was_told(boolean bucket)
      throws InterruptedException {
    Duration period = Duration.ofSeconds(1);
    RateLimiter limiter =
        processes
            .process()
            .rateLimiter(
                "calls",
                bucket ? RateLimit.tokenBucket(7, 7, period) : RateLimit.slidingWindow(7, period));
    for (int round = 0; round < 2; round++) {
      RateLimiter.Decision refused = limiter.tryAcquire(ACME, "alice", 3);
      while (refused.allowed()) {
        refused = limiter.tryAcquire(ACME, "alice", 3);
      }
      assertThat(refused.retryAfter()).isPositive();
      Thread.sleep(refused.retryAfter().toMillis() + 1);
      assertThat(limiter.tryAcquire(ACME, "alice", 3).allowed()).isTrue();
      Thread.sleep(period.toMillis());
    }
  }

  @Test
  void a_window_of_thousands_of_permits_is_taken_at_once() {
    RateLimiter limiter =
        processes.process().rateLimiter("bulk", RateLimit.slidingWindow(10_000, HOUR));
    assertThat(limiter.tryAcquire(ACME, "alice", 9_999).remaining()).isEqualTo(1);
    assertThat(limiter.tryAcquire(ACME, "alice").remaining()).isZero();
    assertThat(limiter.tryAcquire(ACME, "alice").allowed()).isFalse();
  }

  @Test
  void a_bucket_of_another_configuration_keeps_what_was_taken() {
    Ephemeral process = processes.process();
    process.rateLimiter("login", RateLimit.tokenBucket(100, 1, HOUR)).tryAcquire(ACME, "a", 60);
    RateLimiter other = process.rateLimiter("login", RateLimit.tokenBucket(80, 7, HOUR));
    assertThat(other.tryAcquire(ACME, "a").remaining()).isEqualTo(19);
  }

  @ParameterizedTest
  @MethodSource("hundred")
  void a_question_is_one_round_trip(RateLimit limit, TestRedis redis) {
    try (FaultProxy network = FaultProxy.to(redis.uri().getHost(), redis.uri().getPort());
        Cache cache = processes.quiet(network.reroute(redis.uri().toString()))) {
      RateLimiter limiter = Ephemeral.on(cache).rateLimiter("login", limit);
      limiter.tryAcquire(ACME, "alice");
      assertThat(
              network.roundTripsDuring(
                  () -> {
                    limiter.tryAcquire(ACME, "alice");
                    limiter.tryAcquire(ACME, "alice", 100);
                  }))
          .isEqualTo(2);
    }
  }

  @Test
  void an_outage_is_told_in_time_and_outlived(TestRedis redis) {
    RateLimit limit = RateLimit.slidingWindow(1_000, HOUR);
    processes.assertThatItOutlivesAnOutage(
        redis,
        ephemeral -> ephemeral.rateLimiter("login", limit).tryAcquire(ACME, "alice"),
        () -> assertThat(processes.keys()).hasSize(1));
  }

  @Test
  void what_cannot_be_a_limit_is_refused_at_the_call() {
    for (Duration wrong :
        List.of(Duration.ZERO, Duration.ofMillis(-1), Duration.ofNanos(1), Duration.ofDays(2))) {
      assertThatThrownBy(() -> RateLimit.slidingWindow(1, wrong))
          .isInstanceOf(UsageException.class);
      assertThatThrownBy(() -> RateLimit.tokenBucket(1, 1, wrong))
          .isInstanceOf(UsageException.class);
    }
    assertThatThrownBy(() -> RateLimit.slidingWindow(10_001, HOUR))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> RateLimit.tokenBucket(0, 1, HOUR)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> RateLimit.tokenBucket(1, Long.MAX_VALUE, HOUR))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> RateLimit.tokenBucket(1_000_000_000, 1, HOUR))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("capacity")
        .hasMessageContaining("period");
  }

  @Test
  void what_cannot_be_asked_is_refused_at_the_call() {
    RateLimiter limiter =
        processes.process().rateLimiter("login", RateLimit.slidingWindow(10, HOUR));
    assertThatThrownBy(() -> limiter.tryAcquire(ACME, "alice", 0))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> limiter.tryAcquire(ACME, "alice", 11))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> limiter.tryAcquire(ACME, "x".repeat(1 << 20)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("1048576 characters");
    assertThat(processes.keys()).isEmpty();
  }
}
