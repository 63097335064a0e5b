package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static dev.tenon.cache.ephemeral.Processes.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.RedisServer;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.SetArgs;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest
class DistributedLockTest {

  private static final Duration LEASE = Duration.ofSeconds(30);

  /** Of locks whose holder is lost. */
  private static final Duration SHORT = Duration.ofSeconds(2);

  private static final Duration PATIENCE = Duration.ofSeconds(20);

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
  void one_thread_of_all_processes_holds_it_at_a_time_and_tokens_rise()
      throws InterruptedException, ExecutionException {
    List<DistributedLock> locks =
        processes.processes(3).stream().map(each -> each.lock("report", PATIENCE)).toList();
    AtomicInteger next = new AtomicInteger();
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Long> tokens = new CopyOnWriteArrayList<>();
    Processes.inThreads(
        9,
        () -> {
          DistributedLock lock = locks.get(next.getAndIncrement() % locks.size());
          for (int i = 0; i < 20; i++) {
            try (DistributedLock.Hold hold =
                lock.tryAcquire(ACME, "daily", PATIENCE).orElseThrow()) {
              most.accumulateAndGet(inside.incrementAndGet(), Math::max);
              tokens.add(hold.token());
              inside.decrementAndGet();
            }
          }
          return true;
        });
    assertThat(most).hasValue(1);
    assertThat(tokens).hasSize(180).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void a_lock_that_is_held_is_not_got_within_the_wait() {
    DistributedLock lock = processes.process().lock("report", LEASE);
    try (DistributedLock.Hold hold = got(lock)) {
      assertThat(hold.isHeld()).isTrue();
      assertThat(lock.tryAcquire(ACME, "daily")).isEmpty();
      long start = System.nanoTime();
      assertThat(lock.tryAcquire(ACME, "daily", Duration.ofMillis(100))).isEmpty();
      // The lease is what it would otherwise wait for.
      assertThat(System.nanoTime() - start)
          .isBetween(Duration.ofMillis(99).toNanos(), LEASE.dividedBy(2).toNanos());
    }
    got(lock).close();
  }

  @Test
  void tenants_and_identifiers_have_locks_of_their_own() {
    DistributedLock lock = processes.process().lock("report", LEASE);
    try (DistributedLock.Hold acme = got(lock);
        DistributedLock.Hold weekly = lock.tryAcquire(ACME, "weekly").orElseThrow();
        DistributedLock.Hold globex = lock.tryAcquire(GLOBEX, "daily").orElseThrow()) {
      assertThat(List.of(acme, weekly, globex)).allMatch(DistributedLock.Hold::isHeld);
    }
  }

  @Test
  void the_heart_renews_a_lease_that_would_have_ended() {
    DistributedLock lock = processes.process().lock("report", Duration.ofSeconds(6));
    try (DistributedLock.Hold hold = got(lock)) {
      processes.awaitRenewal(key("lock"));
      processes.awaitRenewal(key("lock"));
      processes.awaitRenewal(key("lock"));
      assertThat(hold.isHeld()).isTrue();
      assertThat(lock.tryAcquire(ACME, "daily")).isEmpty();
    }
  }

  @Test
  void a_holder_that_was_paused_learns_it_and_does_not_free_the_lock_of_another(TestRedis redis) {
    DistributedLock other = processes.process().lock("report", SHORT);
    try (FaultProxy network = FaultProxy.to(redis.uri().getHost(), redis.uri().getPort())) {
      DistributedLock paused =
          Ephemeral.on(processes.cache(network.reroute(redis.uri().toString())))
              .lock("report", SHORT);
      AtomicInteger told = new AtomicInteger();
      DistributedLock.Hold late = got(paused).onLoss(told::incrementAndGet);
      network.timeout();
      DistributedLock.Hold present = other.tryAcquire(ACME, "daily", PATIENCE).orElseThrow();
      assertThat(late.isHeld()).isFalse();
      assertThat(present.token()).isGreaterThan(late.token());
      Processes.until("the loss is told", () -> told.get() == 1);
      network.enable();
      Processes.until("it is connected", () -> answers(paused));
      late.close();
      assertThat(present.isHeld()).isTrue();
      assertThat(other.tryAcquire(ACME, "daily")).isEmpty();
      present.close();
      assertThat(told).hasValue(1);
    }
  }

  @Test
  void a_lock_that_was_taken_away_is_told_and_its_release_frees_nobody_else() {
    DistributedLock lock = processes.process().lock("report", LEASE);
    AtomicInteger told = new AtomicInteger();
    DistributedLock.Hold first = got(lock).onLoss(told::incrementAndGet);
    processes.redis().del(key("lock"));
    DistributedLock.Hold second = got(lock);
    assertThat(second.token()).isGreaterThan(first.token());
    first.close();
    assertThat(second.isHeld()).isTrue();
    assertThat(lock.tryAcquire(ACME, "daily")).isEmpty();
    second.close();
  }

  @Test
  void a_holder_whose_lock_was_taken_away_is_told_at_a_heartbeat() {
    DistributedLock lock = processes.process().lock("report", SHORT);
    AtomicInteger told = new AtomicInteger();
    DistributedLock.Hold first = got(lock).onLoss(told::incrementAndGet);
    processes.redis().del(key("lock"));
    Processes.until("it is told", () -> told.get() == 1);
    assertThat(first.isHeld()).isFalse();
    first.onLoss(told::incrementAndGet);
    Processes.until("a later listener is told too", () -> told.get() == 2);
  }

  @Test
  void tokens_rise_where_the_last_one_was_forgotten_and_where_the_clock_went_back() {
    DistributedLock lock = processes.process().lock("report", LEASE);
    long first = tokenOnce(lock);
    processes.redis().del(key("token"));
    long second = tokenOnce(lock);
    assertThat(second).isGreaterThan(first);
    long ahead = second + Duration.ofMinutes(5).toNanos() / 1_000;
    processes.redis().set(key("token"), Arguments.number(ahead), SetArgs.Builder.px(60_000));
    assertThat(tokenOnce(lock)).isEqualTo(ahead + 1);
  }

  @Test
  void the_last_token_outlives_the_lock_by_a_day() {
    got(processes.process().lock("report", LEASE)).close();
    assertThat(processes.redis().exists(key("lock"))).isZero();
    assertThat(processes.redis().pttl(key("token"))).isGreaterThan(Duration.ofHours(23).toMillis());
  }

  @Test
  void a_redis_that_lost_its_memory_gives_a_larger_token() {
    try (RedisServer server = RedisServer.start();
        TestRedis database = server.database();
        Processes own = new Processes(database)) {
      DistributedLock lock = own.process().lock("report", SHORT);
      DistributedLock.Hold before = got(lock);
      server.kill9();
      server.restart();
      Processes.until("it is connected", () -> answers(lock));
      DistributedLock.Hold after = lock.tryAcquire(ACME, "daily", PATIENCE).orElseThrow();
      assertThat(after.token()).isGreaterThan(before.token());
    }
  }

  @Test
  void an_unanswered_question_leaves_no_lock_behind(TestRedis redis) {
    DistributedLock other = processes.process().lock("report", Duration.ofMinutes(5));
    try (FaultProxy network = FaultProxy.to(redis.uri().getHost(), redis.uri().getPort())) {
      DistributedLock lock =
          Ephemeral.on(processes.cache(network.reroute(redis.uri().toString())))
              .lock("report", Duration.ofMinutes(5));
      network.latency(Processes.COMMAND_TIMEOUT.multipliedBy(2));
      assertThatThrownBy(() -> lock.tryAcquire(ACME, "daily"))
          .isInstanceOf(RetryableException.class);
      // The lock itself is soon given back, its token stays.
      Processes.until("it was taken", () -> processes.redis().exists(key("token")) == 1);
      network.latency(Duration.ZERO);
      other.tryAcquire(ACME, "daily", PATIENCE).orElseThrow().close();
    }
  }

  @Test
  void an_outage_is_told_in_time_and_outlived(TestRedis redis) {
    processes.assertThatItOutlivesAnOutage(
        redis,
        ephemeral ->
            ephemeral
                .lock("report", Duration.ofMinutes(1))
                .tryAcquire(ACME, "daily")
                .ifPresent(DistributedLock.Hold::close),
        () -> {});
  }

  @Test
  void closing_the_cache_leaves_a_held_lock_to_its_lease() {
    var cache = processes.cache();
    DistributedLock.Hold hold = got(Ephemeral.on(cache).lock("report", Duration.ofMinutes(1)));
    cache.close();
    assertThat(hold.isHeld()).isFalse();
    assertThat(processes.process().lock("report", LEASE).tryAcquire(ACME, "daily")).isEmpty();
  }

  @Test
  void a_lease_wait_or_identifier_that_cannot_be_is_refused_at_the_call() {
    Ephemeral process = processes.process();
    assertThatThrownBy(() -> process.lock("report", Duration.ofMillis(300)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("lease")
        .hasMessageContaining("heartbeat");
    assertThatThrownBy(() -> process.lock("Report", LEASE))
        .isInstanceOf(InvalidDataException.class);
    DistributedLock lock = process.lock("report", LEASE);
    assertThatThrownBy(() -> lock.tryAcquire(ACME, "daily", Duration.ofMillis(-1)))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> lock.tryAcquire(ACME, "x".repeat(1 << 20)))
        .isInstanceOf(InvalidDataException.class);
    assertThat(processes.keys()).isEmpty();
  }

  private String key(String part) {
    return "{" + processes.service() + ":lock-report:" + ACME + ":daily}:" + part;
  }

  private static DistributedLock.Hold got(DistributedLock lock) {
    return lock.tryAcquire(ACME, "daily").orElseThrow();
  }

  private static long tokenOnce(DistributedLock lock) {
    try (DistributedLock.Hold hold = got(lock)) {
      return hold.token();
    }
  }

  private static boolean answers(DistributedLock lock) {
    try {
      lock.tryAcquire(ACME, "other").ifPresent(DistributedLock.Hold::close);
      return true;
    } catch (RetryableException unanswered) {
      return false;
    }
  }
}
