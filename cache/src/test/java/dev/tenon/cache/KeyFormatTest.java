package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFormatTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final UUID GLOBEX = UUID.fromString("0191f6c0-0000-7000-8000-00000000000b");
  private static final CachePolicy POLICY = CachePolicy.timeToLive(Duration.ofMinutes(1));
  private static final String PIECES = "aZ09-._~:{}%/*?[]#| \\\n\0é\uD800\uDC00😀";

  private final KeyFormat<String> keys =
      new KeyFormat<>("fleet", "host", POLICY.withVersion(3), IdentifierFormat.of(String.class));

  @Test
  void a_key_is_service_entity_tenant_identifier_version() {
    assertThat(keys.redisKey(new EntityKey<>(ACME, "web-01")).value())
        .isEqualTo("{fleet:host:0191f6c0-0000-7000-8000-00000000000a:web-01}:3");
  }

  @Test
  void the_lease_of_a_key_has_the_same_hash_tag() {
    RedisKey key = keys.redisKey(new EntityKey<>(ACME, "web-01"));
    assertThat(key.lease())
        .isEqualTo("{fleet:host:0191f6c0-0000-7000-8000-00000000000a:web-01}:lease");
  }

  @Test
  void a_shared_value_has_a_hyphen_for_its_tenant() {
    KeyFormat<Long> shared =
        new KeyFormat<>(
            "fleet", "plan", POLICY.sharedByAllTenants(), IdentifierFormat.of(Long.class));
    assertThat(shared.redisKey(new EntityKey<>(EntityKey.EVERYONE, 7L)).value())
        .isEqualTo("{fleet:plan:-:7}:1");
  }

  @Test
  void hostile_identifiers_never_share_a_key_and_are_read_back_as_they_were() {
    Random random = new Random(20261121);
    Map<String, EntityKey<String>> seen = new HashMap<>();
    for (int i = 0; i < 50_000; i++) {
      EntityKey<String> key = new EntityKey<>(i % 2 == 0 ? ACME : GLOBEX, hostile(random));
      RedisKey rendered = keys.redisKey(key);
      EntityKey<String> earlier = seen.putIfAbsent(rendered.value(), key);
      assertThat(earlier == null || earlier.equals(key)).as(rendered.value()).isTrue();
      String[] parts = rendered.subject().split(":", -1);
      assertThat(parts).hasSize(3);
      assertThat(keys.read(parts[1], parts[2])).contains(key);
    }
  }

  @Test
  void no_tag_meets_an_identifier_or_another_tag_and_each_is_read_back() {
    Random random = new Random(20261130);
    List<KeyFormat<String>> entities = List.of(keys, shared());
    Map<String, Object> seen = new HashMap<>();
    for (int i = 0; i < 50_000; i++) {
      KeyFormat<String> format = entities.get(i % 2);
      UUID owner = format != keys ? EntityKey.EVERYONE : i % 4 == 0 ? ACME : GLOBEX;
      String text = (i % 3 == 0 ? "#" : "") + hostile(random);
      boolean isTag = random.nextBoolean();
      String subject =
          isTag
              ? format.tag(owner, text).subject()
              : format.redisKey(new EntityKey<>(owner, text)).subject();
      Object meant = List.of(owner, text, isTag);
      Object earlier = seen.putIfAbsent(subject, meant);
      assertThat(earlier == null || earlier.equals(meant)).as(subject).isTrue();
      String[] parts = subject.split(":", -1);
      assertThat(parts).hasSize(3);
      assertThat(subject).doesNotContain("|", "{", "}", "*", "?", "[", " ");
      assertThat(subject.charAt(0)).isNotEqualTo(Sequence.ANNOUNCEMENT);
      assertThat(format.readTag(parts[1], parts[2]).isPresent()).isEqualTo(isTag);
      assertThat((isTag ? format.readTag(parts[1], parts[2]) : format.read(parts[1], parts[2])))
          .contains(new EntityKey<>(owner, text));
    }
    System.out.printf("%d different subjects, none of two meanings%n", seen.size());
  }

  private static KeyFormat<String> shared() {
    return new KeyFormat<>(
        "fleet", "plan", POLICY.sharedByAllTenants(), IdentifierFormat.of(String.class));
  }

  @Test
  void an_identifier_shaped_like_the_key_of_another_tenant_stays_in_its_own_part() {
    String forged = "x}:1\r\n{fleet:host:" + GLOBEX + ":web-01";
    assertThat(keys.redisKey(new EntityKey<>(ACME, forged)).value())
        .startsWith("{fleet:host:" + ACME + ":x%007d%003a1%000d%000a%007bfleet%003ahost%003a")
        .endsWith("web-01}:3");
  }

  @Test
  void an_identifier_of_more_than_512_characters_is_refused() {
    assertThatThrownBy(() -> keys.redisKey(new EntityKey<>(ACME, "x".repeat(513))))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("513 characters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Host", "a:b", "a}", "1a", "ä"})
  void a_name_that_could_end_its_part_is_refused(String name) {
    assertThatThrownBy(() -> KeyFormat.requireName("Cache.entity", name))
        .isInstanceOf(InvalidDataException.class);
  }

  @Test
  void invalidation_reaches_the_neighbouring_versions() {
    assertThat(List.of(new RedisKey("s", "e:-:1", 2).doomed()))
        .containsExactly(
            "{s:e:-:1}:lease", "{s:e:-:1}:1", "{s:e:-:1}:2", "{s:e:-:1}:3", "{s:e:-:1}:4");
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
