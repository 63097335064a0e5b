package dev.tenon.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A process whose codec is not that of the process that filled Redis. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class ChangedCodecTest {

  private static final UUID TENANT = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy POLICY = CachePolicy.timeToLive(Duration.ofMinutes(1));

  private final Nodes nodes = new Nodes();
  private TenantSession acme;
  private Cache before;
  private Cache after;
  private int entities;

  enum Level {
    LOW,
    HIGH
  }

  record Celsius(double degrees) {}

  record Fahrenheit(double degrees) {}

  record Noted(String name, Optional<String> note) {}

  /** A codec of an application. */
  private record Texts(String shape) implements Codec<String> {
    @Override
    public byte[] encode(String value) {
      return value.getBytes(UTF_8);
    }

    @Override
    public String decode(byte[] bytes) {
      return new String(bytes, UTF_8);
    }
  }

  @BeforeEach
  void opens_two_processes(TestRedis redis, TenantDatabase tenants) {
    acme = tenants.as(TENANT);
    before = nodes.node(redis.uri().toString());
    after = nodes.node(redis.uri().toString());
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void a_value_of_another_type_is_a_counted_miss() {
    assertThatItMisses(Codec.json(Double.class), 1.9, Codec.json(Integer.class), 7);
    assertThatItMisses(Codec.json(Integer.class), 1, Codec.json(Boolean.class), false);
    assertThatItMisses(Codec.json(Integer.class), 1, Codec.json(Level.class), Level.LOW);
    assertThatItMisses(Codec.json(Integer.class), 5, Codec.json(Instant.class), Instant.MAX);
    assertThatItMisses(Codec.json(Integer.class), 5, Codec.json(LocalDate.class), LocalDate.MAX);
    assertThatItMisses(Codec.json(Integer.class), 65, Codec.json(Character.class), 'B');
    assertThatItMisses(Codec.json(Long.class), 5L, Codec.json(Duration.class), Duration.ZERO);
    assertThatItMisses(Codec.json(String.class), "abcd", Codec.json(byte[].class), new byte[3]);
    assertThatItMisses(Codec.json(String.class), "5", Codec.cbor(Integer.class), 7);
    assertThatItMisses(Codec.cbor(Integer.class), 5, Codec.cbor(String.class), "seven");
    assertThatItMisses(
        Codec.json(Celsius.class),
        new Celsius(20),
        Codec.json(Fahrenheit.class),
        new Fahrenheit(68));
    assertThatItMisses(
        Codec.jsonList(Integer.class), List.of(5), Codec.jsonList(String.class), List.of("seven"));
  }

  @Test
  void a_value_of_another_codec_is_a_counted_miss() {
    Celsius warm = new Celsius(20);
    byte[] json = "{\"degrees\":5.0}".getBytes(UTF_8);
    assertThatItMisses(Codec.json(Celsius.class), warm, Codec.bytes(), json);
    assertThatItMisses(Codec.bytes(), json, Codec.json(Celsius.class), warm);
    assertThatItMisses(Codec.json(Celsius.class), warm, Codec.cbor(Celsius.class), warm);
    assertThatItMisses(Codec.json(Celsius.class), warm, new Texts("texts"), "20");
    assertThatItMisses(new Texts("texts"), "20", new Texts("other texts"), "20");
  }

  @Test
  void a_value_of_a_codec_of_the_same_shape_is_found() {
    before.entity("texts", String.class, new Texts("texts"), POLICY).get(acme, "1", id -> "one");
    assertThat(
            after
                .entity("texts", String.class, new Texts("texts"), POLICY)
                .lookup(acme, "1", (id, context) -> Optional.of("two")))
        .isEqualTo(new CacheResult<>(Optional.of("one"), CacheSource.REDIS));
    before.entity("bytes", String.class, Codec.bytes(), POLICY).get(acme, "1", id -> new byte[1]);
    assertThat(
            after
                .entity("bytes", String.class, Codec.bytes(), POLICY)
                .get(acme, "1", id -> new byte[2]))
        .hasSize(1);
  }

  @Test
  void a_value_with_optional_components_is_found_by_other_processes() {
    Noted bare = new Noted("web-01", Optional.empty());
    Noted noted = new Noted("web-02", Optional.of("old"));
    EntityCache<String, Noted> there = before.entity("noted", String.class, Noted.class, POLICY);
    EntityCache<String, Noted> here = after.entity("noted", String.class, Noted.class, POLICY);
    for (Noted value : List.of(bare, noted)) {
      there.get(acme, value.name(), id -> value);
      assertThat(here.lookup(acme, value.name(), (id, context) -> Optional.empty()))
          .isEqualTo(new CacheResult<>(Optional.of(value), CacheSource.REDIS));
    }
  }

  @Test
  @SuppressWarnings("NullAway")
  void a_codec_without_a_shape_is_refused_and_so_is_none() {
    assertThatThrownBy(() -> before.entity("a", String.class, new Texts(null), POLICY))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("shape of the codec");
    assertThatThrownBy(() -> before.entity("b", String.class, (Codec<String>) null, POLICY))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("codec");
  }

  private <A, B> void assertThatItMisses(Codec<A> writer, A written, Codec<B> reader, B loaded) {
    String name = "e" + entities++;
    EntityCache<String, A> there = before.entity(name, String.class, writer, POLICY);
    EntityCache<String, B> here = after.entity(name, String.class, reader, POLICY);
    there.get(acme, "1", id -> written);
    there.get(acme, "2", id -> written);
    assertThat(here.lookup(acme, "1", (id, context) -> Optional.of(loaded)))
        .as("%s read by %s", writer.shape(), reader.shape())
        .isEqualTo(new CacheResult<>(Optional.of(loaded), CacheSource.LOADED));
    assertThat(here.statistics().codecFailures()).isEqualTo(1);
    assertThat(here.getAll(acme, List.of("2"), (ids, context) -> Map.of("2", loaded)))
        .isEqualTo(Map.of("2", loaded));
    assertThat(here.statistics().codecFailures()).isGreaterThan(1);
    assertThat(here.statistics().loads()).isEqualTo(2);
  }
}
