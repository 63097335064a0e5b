package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static dev.tenon.cache.ephemeral.Processes.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.Codec;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest
class IdempotencyKeysTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

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
  void of_many_at_once_exactly_one_is_the_first() throws InterruptedException, ExecutionException {
    List<IdempotencyKeys<String>> keys = List.of(keys(MINUTE), keys(MINUTE), keys(MINUTE));
    for (int round = 0; round < 10; round++) {
      String key = "payment-" + round;
      AtomicInteger next = new AtomicInteger();
      List<Boolean> first =
          Processes.inThreads(
              9,
              () ->
                  keys.get(next.getAndIncrement() % 3).begin(ACME, key)
                      instanceof IdempotencyKeys.First);
      assertThat(first).containsOnlyOnce(true);
    }
  }

  @Test
  void the_others_see_it_running_and_then_its_result() {
    IdempotencyKeys.First<String> first = first(keys(MINUTE));
    IdempotencyKeys.Beginning<String> second = keys(MINUTE).begin(ACME, "payment");
    assertThat(second).isInstanceOf(IdempotencyKeys.Running.class);
    assertThat(((IdempotencyKeys.Running<String>) second).freeAfter())
        .isBetween(Duration.ofSeconds(40), MINUTE);
    assertThat(first.complete("paid")).isTrue();
    assertThat(keys(MINUTE).begin(ACME, "payment")).isEqualTo(new IdempotencyKeys.Done<>("paid"));
    assertThat(first.abandon()).isFalse();
    assertThat(keys(MINUTE).begin(GLOBEX, "payment")).isInstanceOf(IdempotencyKeys.First.class);
  }

  @Test
  void what_was_abandoned_is_free_at_once() {
    assertThat(first(keys(MINUTE)).abandon()).isTrue();
    first(keys(MINUTE));
  }

  @Test
  void a_runner_that_says_nothing_frees_its_key_and_is_not_heard_any_more() {
    IdempotencyKeys<String> keys = keys(Duration.ofMillis(100));
    IdempotencyKeys.First<String> crashed = first(keys);
    Processes.until("it is free", () -> processes.keys().isEmpty());
    IdempotencyKeys.First<String> next = first(keys(MINUTE));
    assertThat(crashed.complete("late")).isFalse();
    assertThat(crashed.abandon()).isFalse();
    assertThat(next.complete("paid")).isTrue();
    assertThat(crashed.complete("later")).isFalse();
    assertThat(keys.begin(ACME, "payment")).isEqualTo(new IdempotencyKeys.Done<>("paid"));
  }

  @Test
  void a_late_result_is_kept_where_nobody_has_begun_again() {
    IdempotencyKeys.First<String> slow = first(keys(Duration.ofMillis(50)));
    Processes.until("it is free", () -> processes.keys().isEmpty());
    assertThat(slow.complete("paid")).isTrue();
    assertThat(keys(MINUTE).begin(ACME, "payment")).isEqualTo(new IdempotencyKeys.Done<>("paid"));
  }

  @Test
  void a_result_that_the_codec_cannot_read_is_told() {
    first(keys(MINUTE)).complete("paid");
    IdempotencyKeys<Integer> others =
        processes.process().idempotencyKeys("pay", Codec.json(Integer.class), MINUTE, MINUTE);
    assertThatThrownBy(() -> others.begin(ACME, "payment"))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("cannot be decoded");
  }

  @Test
  void what_cannot_be_kept_is_refused_at_the_call() {
    assertThatThrownBy(() -> keys(Duration.ZERO)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> keys(MINUTE).begin(ACME, "x".repeat(1 << 20)))
        .isInstanceOf(InvalidDataException.class);
    IdempotencyKeys.First<String> first = first(keys(MINUTE));
    assertThatThrownBy(() -> first.complete("x".repeat(1 << 20)))
        .isInstanceOf(InvalidDataException.class);
    assertThat(first.complete("short")).isTrue();
  }

  @Test
  void an_outage_is_told_in_time_and_outlived(TestRedis redis) {
    processes.assertThatItOutlivesAnOutage(
        redis,
        ephemeral ->
            ephemeral
                .idempotencyKeys("pay", Codec.json(String.class), MINUTE, MINUTE)
                .begin(ACME, "payment"),
        () -> assertThat(processes.keys()).hasSize(1));
  }

  private IdempotencyKeys<String> keys(Duration running) {
    return processes.process().idempotencyKeys("pay", Codec.json(String.class), running, MINUTE);
  }

  private static IdempotencyKeys.First<String> first(IdempotencyKeys<String> keys) {
    return (IdempotencyKeys.First<String>) keys.begin(ACME, "payment");
  }
}
