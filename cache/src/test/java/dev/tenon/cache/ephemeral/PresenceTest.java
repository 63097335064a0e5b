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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest
class PresenceTest {

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
  void who_gave_a_sign_is_online_and_who_left_is_not() {
    Presence presence = presence(MINUTE);
    presence.sign(ACME, "room", "alice");
    presence(MINUTE).sign(ACME, "room", "bob");
    presence.sign(ACME, "room", "alice");
    assertThat(presence.members(ACME, "room", 10)).containsExactly("alice", "bob");
    assertThat(presence.members(ACME, "room", 1)).containsExactly("alice");
    assertThat(presence.count(ACME, "room")).isEqualTo(2);
    assertThat(presence.leave(ACME, "room", "alice")).isTrue();
    assertThat(presence.leave(ACME, "room", "alice")).isFalse();
    assertThat(presence.isOnline(ACME, "room", "alice")).isFalse();
    assertThat(presence.isOnline(ACME, "room", "bob")).isTrue();
  }

  @Test
  void who_is_silent_is_not_online_though_others_are() {
    Presence presence = presence(Duration.ofSeconds(1));
    presence.sign(ACME, "room", "alice");
    Processes.until(
        "alice is gone",
        () -> {
          presence.sign(ACME, "room", "bob");
          return !presence.isOnline(ACME, "room", "alice");
        });
    presence.sign(ACME, "room", "bob");
    assertThat(presence.members(ACME, "room", 10)).containsExactly("bob");
    assertThat(presence.count(ACME, "room")).isEqualTo(1);
    assertThat(processes.redis().zcard(processes.keys().get(0))).isEqualTo(1);
    Processes.until("bob is gone", () -> presence.count(ACME, "room") == 0);
    assertThat(presence.members(ACME, "room", 10)).isEmpty();
  }

  @Test
  void rooms_and_tenants_are_apart() {
    Presence presence = presence(MINUTE);
    presence.sign(ACME, "room", "alice");
    assertThat(presence.isOnline(GLOBEX, "room", "alice")).isFalse();
    assertThat(presence.count(ACME, "hall")).isZero();
  }

  @Test
  void what_cannot_be_asked_is_refused_at_the_call() {
    assertThatThrownBy(() -> presence(Duration.ofMillis(-5))).isInstanceOf(UsageException.class);
    Presence presence = presence(MINUTE);
    assertThatThrownBy(() -> presence.members(ACME, "room", 0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> presence.sign(ACME, "room", "x".repeat(1 << 20)))
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void an_outage_is_told_in_time_and_outlived(TestRedis redis) {
    processes.assertThatItOutlivesAnOutage(
        redis,
        ephemeral -> ephemeral.presence("chat", MINUTE).sign(ACME, "room", "alice"),
        () -> assertThat(presence(MINUTE).count(ACME, "room")).isEqualTo(1));
  }

  private Presence presence(Duration timeout) {
    return processes.process().presence("chat", timeout);
  }
}
