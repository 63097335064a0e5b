package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static dev.tenon.cache.ephemeral.Processes.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.Codec;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest
class UserSessionsTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final UserSession.Attribute<Integer> COUNT =
      new UserSession.Attribute<>("count", Codec.json(Integer.class));
  private static final UserSession.Attribute<String> THEME =
      new UserSession.Attribute<>("theme", Codec.json(String.class));

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
  void a_session_is_found_by_another_process_with_what_was_put() {
    UserSession made = sessions().create(ACME, "ålice@example.org");
    assertThat(sessions().put(ACME, made.id(), THEME, "dark")).isTrue();
    UserSession found = sessions().find(ACME, made.id()).orElseThrow();
    assertThat(found.user()).isEqualTo("ålice@example.org");
    assertThat(found.createdAt()).isEqualTo(made.createdAt());
    assertThat(found.endsAt()).isEqualTo(made.createdAt().plus(MINUTE));
    assertThat(found.get(THEME)).contains("dark");
    assertThat(found.get(COUNT)).isEmpty();
    assertThat(sessions().remove(ACME, made.id(), THEME)).isTrue();
    assertThat(sessions().find(ACME, made.id()).orElseThrow().get(THEME)).isEmpty();
  }

  @Test
  void a_session_ends_after_its_last_use() {
    UserSessions sessions = sessions(Duration.ofSeconds(3), MINUTE);
    UserSession used = sessions.create(ACME, "alice");
    Set<String> before = Set.copyOf(processes.keys());
    UserSession unused = sessions.create(ACME, "alice");
    String key =
        processes.keys().stream().filter(each -> !before.contains(each)).findAny().orElseThrow();
    Processes.until(
        "what was not used has ended",
        () -> {
          assertThat(sessions.find(ACME, used.id())).isPresent();
          return processes.redis().exists(key) == 0;
        });
    assertThat(sessions.find(ACME, unused.id())).isEmpty();
    assertThat(sessions.find(ACME, used.id())).isPresent();
  }

  @Test
  void a_session_that_is_used_ends_at_its_latest_end() {
    UserSessions sessions = sessions(Duration.ofMillis(500), Duration.ofMillis(500));
    UserSession session = sessions.create(ACME, "alice");
    Instant last = Instant.EPOCH;
    Instant asked = Instant.now();
    while (sessions.find(ACME, session.id()).isPresent()) {
      last = asked;
      sessions.put(ACME, session.id(), THEME, "dark");
      asked = Instant.now();
    }
    assertThat(last).as("the last use").isBefore(session.endsAt().plusMillis(50));
    assertThat(Instant.now()).as("its end").isAfter(session.endsAt().minusMillis(50));
  }

  @Test
  void the_index_of_a_user_whose_only_session_is_renewed_still_expires() {
    UserSessions sessions = sessions();
    UserSession made = sessions.create(ACME, "alice");
    UserSession next = sessions.renew(ACME, made.id()).orElseThrow();
    processes.assertThatEveryKeyExpires();
    assertThat(sessions.find(ACME, next.id())).isPresent();
    assertThat(sessions.revokeAll(ACME, "alice")).isEqualTo(1);
  }

  @Test
  void requests_that_put_different_attributes_lose_nothing()
      throws InterruptedException, ExecutionException {
    UserSessions sessions = sessions();
    String id = sessions.create(ACME, "alice").id();
    AtomicInteger next = new AtomicInteger();
    Processes.inThreads(
        16,
        () ->
            sessions.put(
                ACME,
                id,
                new UserSession.Attribute<>(
                    "a" + next.getAndIncrement(), Codec.json(Integer.class)),
                1));
    UserSession session = sessions.find(ACME, id).orElseThrow();
    for (int i = 0; i < 16; i++) {
      assertThat(session.get(new UserSession.Attribute<>("a" + i, Codec.json(Integer.class))))
          .contains(1);
    }
  }

  @Test
  void requests_that_make_an_attribute_from_itself_lose_nothing()
      throws InterruptedException, ExecutionException {
    List<UserSessions> processesOfOne = List.of(sessions(), sessions());
    String id = sessions().create(ACME, "alice").id();
    AtomicInteger next = new AtomicInteger();
    Processes.inThreads(
        4,
        () -> {
          UserSessions sessions = processesOfOne.get(next.getAndIncrement() % 2);
          for (int i = 0; i < 25; i++) {
            Processes.until("others did not change it each time", () -> counts(sessions, id));
          }
          return true;
        });
    assertThat(sessions().find(ACME, id).orElseThrow().get(COUNT)).contains(100);
  }

  private static boolean counts(UserSessions sessions, String id) {
    try {
      return sessions.update(ACME, id, COUNT, count -> count.orElse(0) + 1);
    } catch (RetryableException others) {
      return false;
    }
  }

  @Test
  void a_revoked_session_is_not_there_and_cannot_be_written() {
    UserSessions sessions = sessions();
    String id = sessions.create(ACME, "alice").id();
    String other = sessions.create(ACME, "alice").id();
    assertThat(sessions.revoke(ACME, id)).isTrue();
    assertThat(sessions.revoke(ACME, id)).isFalse();
    assertThat(sessions.find(ACME, id)).isEmpty();
    assertThat(sessions.put(ACME, id, THEME, "dark")).isFalse();
    assertThat(sessions.update(ACME, id, COUNT, count -> 1)).isFalse();
    assertThat(sessions.remove(ACME, id, THEME)).isFalse();
    assertThat(sessions.renew(ACME, id)).isEmpty();
    assertThat(sessions.find(ACME, other)).isPresent();
  }

  @Test
  void all_sessions_of_a_user_are_revoked_and_none_of_another() {
    UserSessions sessions = sessions();
    List<String> alice =
        List.of(sessions.create(ACME, "alice").id(), sessions.create(ACME, "alice").id());
    String renewed = sessions.renew(ACME, sessions.create(ACME, "alice").id()).orElseThrow().id();
    String bob = sessions.create(ACME, "bob").id();
    String elsewhere = sessions.create(GLOBEX, "alice").id();
    assertThat(sessions.revokeAll(ACME, "alice")).isEqualTo(3);
    assertThat(alice).allSatisfy(id -> assertThat(sessions.find(ACME, id)).isEmpty());
    assertThat(sessions.find(ACME, renewed)).isEmpty();
    assertThat(sessions.find(ACME, bob)).isPresent();
    assertThat(sessions.find(GLOBEX, elsewhere)).isPresent();
  }

  @Test
  void a_renewed_session_keeps_all_but_its_identifier() {
    UserSessions sessions = sessions();
    UserSession before = sessions.create(ACME, "alice");
    sessions.put(ACME, before.id(), THEME, "dark");
    UserSession after = sessions.renew(ACME, before.id()).orElseThrow();
    assertThat(after.id()).isNotEqualTo(before.id());
    assertThat(after.get(THEME)).contains("dark");
    assertThat(after.endsAt()).isEqualTo(before.endsAt());
    assertThat(sessions.find(ACME, before.id())).isEmpty();
    assertThat(sessions.find(ACME, after.id())).isPresent();
  }

  @Test
  void a_session_is_of_one_tenant() {
    String id = sessions().create(ACME, "alice").id();
    assertThat(sessions().find(GLOBEX, id)).isEmpty();
    assertThat(sessions().revoke(GLOBEX, id)).isFalse();
    assertThat(sessions().find(ACME, id)).isPresent();
  }

  @Test
  void identifiers_are_random_and_are_not_in_redis() {
    Set<String> secrets = new HashSet<>();
    UserSessions sessions = sessions();
    for (int i = 0; i < 100; i++) {
      secrets.add(sessions.create(ACME, "alice").id().substring(0, 32));
    }
    assertThat(secrets).hasSize(100);
    String keys = String.join(" ", processes.keys());
    assertThat(secrets).allSatisfy(secret -> assertThat(keys).doesNotContain(secret));
    assertThat(keys).doesNotContain("alice");
  }

  @Test
  void the_sessions_of_a_user_are_in_one_slot() {
    UserSessions sessions = sessions();
    sessions.create(ACME, "alice");
    sessions.create(ACME, "alice");
    assertThat(processes.keys().stream().map(SlotHash::getSlot).distinct()).hasSize(1);
  }

  @Test
  void what_is_no_identifier_is_not_there() {
    UserSessions sessions = sessions();
    assertThat(List.of("", "x", "*".repeat(54), "x".repeat(54), "x".repeat(1 << 20)))
        .allSatisfy(id -> assertThat(sessions.find(ACME, id)).isEmpty());
  }

  @Test
  void what_cannot_be_kept_is_refused_at_the_call() {
    Ephemeral process = processes.process();
    assertThatThrownBy(() -> process.sessions("web", Duration.ofHours(2), Duration.ofHours(1)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("idle is PT2H and longest is PT1H");
    assertThatThrownBy(() -> process.sessions("web", Duration.ZERO, MINUTE))
        .isInstanceOf(UsageException.class);
    UserSessions sessions = sessions();
    assertThatThrownBy(() -> sessions.create(ACME, "x".repeat(1 << 20)))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> sessions.create(ACME, "\uD800"))
        .isInstanceOf(InvalidDataException.class);
    assertThat(processes.keys()).isEmpty();
    String id = sessions.create(ACME, "alice").id();
    assertThatThrownBy(() -> sessions.put(ACME, id, THEME, "x".repeat(1 << 20)))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> new UserSession.Attribute<>("a:b", Codec.json(String.class)))
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void a_session_has_64_attributes_at_most() {
    UserSessions sessions = sessions();
    String id = sessions.create(ACME, "alice").id();
    for (int i = 0; i < 64; i++) {
      sessions.put(ACME, id, new UserSession.Attribute<>("a" + i, Codec.json(Integer.class)), i);
    }
    assertThatThrownBy(() -> sessions.put(ACME, id, COUNT, 1))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("64 attributes");
  }

  @Test
  void an_outage_is_told_in_time_and_outlived(TestRedis redis) {
    processes.assertThatItOutlivesAnOutage(
        redis, ephemeral -> ephemeral.sessions("web", MINUTE, MINUTE).create(ACME, "a"), () -> {});
  }

  private UserSessions sessions() {
    return sessions(MINUTE, MINUTE);
  }

  private UserSessions sessions(Duration idle, Duration longest) {
    return processes.process().sessions("web", idle, longest);
  }
}
