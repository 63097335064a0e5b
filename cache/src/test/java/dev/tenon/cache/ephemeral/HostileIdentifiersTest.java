package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static dev.tenon.cache.ephemeral.Processes.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.Cache;
import dev.tenon.cache.internal.RedisAccess;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TenonTest
class HostileIdentifiersTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final String PIECES = "aZ09-._~:{}%/*?[] \\\n\0é\uD800\uDC00😀";
  private static final List<Owner> OWNERS = List.of(ACME, GLOBEX, Owner.sharedByAllTenants());

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
  void no_two_of_kind_name_tenant_and_identifier_have_one_key() {
    RedisAccess access = processes.cache().unwrap(RedisAccess.class);
    List<Space> spaces =
        List.of(
            Space.of(access, "lock", "a"),
            Space.of(access, "lock", "a-b"),
            Space.of(access, "limit", "a"),
            Space.of(access, "limit", "b"));
    Random random = new Random(20261130);
    Map<String, List<Object>> seen = new HashMap<>();
    for (int i = 0; i < 50_000; i++) {
      Space space = spaces.get(random.nextInt(spaces.size()));
      Owner owner = OWNERS.get(random.nextInt(OWNERS.size()));
      String identifier = hostile(random);
      List<Object> parts = List.of(space.kind(), space.name(), owner, identifier);
      String tag = space.tag("test", owner, identifier);
      List<Object> earlier = seen.putIfAbsent(tag, parts);
      assertThat(earlier == null || earlier.equals(parts)).as(tag).isTrue();
      assertThat(tag).matches("\\{[a-z0-9]+:(lock|limit)-[ab-]+:[0-9a-f-]+:[^:{}]*}:");
    }
  }

  @Test
  void a_permit_of_one_tenant_is_never_another_tenants() {
    RateLimiter limiter =
        processes.process().rateLimiter("login", RateLimit.tokenBucket(1, 1, Duration.ofDays(1)));
    Random random = new Random(7);
    Map<List<Object>, Boolean> asked = new HashMap<>();
    for (int i = 0; i < 2_000; i++) {
      Owner owner = OWNERS.get(random.nextInt(OWNERS.size()));
      String identifier = hostile(random);
      boolean isFirst = asked.putIfAbsent(List.of(owner, identifier), true) == null;
      assertThat(limiter.tryAcquire(owner, identifier).allowed()).isEqualTo(isFirst);
    }
  }

  @Test
  void all_keys_of_one_identifier_are_in_one_slot() {
    Ephemeral process = processes.process();
    assertThat(process.lock("a", MINUTE).tryAcquire(ACME, "x}:{y")).isPresent();
    DistinctCounter counter =
        process.distinctCounter("a", Duration.ofMillis(100), Duration.ofSeconds(10));
    Processes.until(
        "there are several buckets",
        () -> {
          counter.see(ACME, "x}:{y", "alice");
          return processes.keys().size() > 3;
        });
    assertThat(
            processes.keys().stream()
                .filter(key -> key.contains(":lock-"))
                .map(SlotHash::getSlot)
                .distinct())
        .hasSize(1);
    assertThat(
            processes.keys().stream()
                .filter(key -> key.contains(":distinct-"))
                .map(SlotHash::getSlot)
                .distinct())
        .hasSize(1);
  }

  @Test
  void forgetting_a_tenant_deletes_what_it_has_and_nothing_of_another() {
    Cache cache = processes.cache();
    Ephemeral ephemeral = Ephemeral.on(cache);
    for (Owner owner : OWNERS) {
      ephemeral.rateLimiter("a", RateLimit.slidingWindow(1, MINUTE)).tryAcquire(owner, "x:*");
      ephemeral.rateLimiter("a", RateLimit.tokenBucket(1, 1, MINUTE)).tryAcquire(owner, "x:*");
      assertThat(ephemeral.lock("a", MINUTE).tryAcquire(owner, "x")).isPresent();
      ephemeral.sessions("a", MINUTE, MINUTE).create(owner, "alice");
      ephemeral.presence("a", MINUTE).sign(owner, "x", "alice");
      ephemeral.distinctCounter("a", MINUTE, MINUTE).see(owner, "x", "alice");
    }
    int all = processes.keys().size();
    cache.forget(TenantId.parse(ACME.toString()));
    assertThat(processes.keys()).hasSize(all / 3 * 2).noneMatch(key -> key.contains("" + ACME));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Login", "a:b", "a}", "1a", "ä"})
  void a_name_that_could_end_its_part_is_refused(String name) {
    Ephemeral process = processes.process();
    assertThatThrownBy(() -> process.presence(name, MINUTE))
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  @SuppressWarnings("NullAway") // Callers without null checks of their own do pass null.
  void null_is_refused_at_the_call() {
    Presence presence = processes.process().presence("a", MINUTE);
    assertThatThrownBy(() -> presence.count(null, "x")).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> presence.count(ACME, null)).isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> presence.sign(ACME, "x", null))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> processes.process().presence(null, MINUTE))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> processes.process().presence("a", null))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> processes.process().rateLimiter("a", null))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> Owner.of((TenantId) null)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> Ephemeral.on(null)).isInstanceOf(UsageException.class);
  }

  private static String hostile(Random random) {
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(6); length > 0; length--) {
      text.append(
          random.nextInt(4) == 0
              ? (char) random.nextInt(0x1_0000)
              : PIECES.charAt(random.nextInt(PIECES.length())));
    }
    return text.toString();
  }
}
