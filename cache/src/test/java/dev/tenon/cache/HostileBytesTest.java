package dev.tenon.cache;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bytes in Redis that nobody of this version wrote: the test A9 of the note. */
@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class HostileBytesTest {

  private static final UUID TENANT = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");
  private static final CachePolicy POLICY =
      CachePolicy.timeToLive(Duration.ofMinutes(1))
          .withLocalTtl(Duration.ofMillis(1))
          .withLargestValue(1 << 20)
          .withNegativeTtl(Duration.ofMinutes(1));
  private static final Host STORED = Host.named("web-01").at(1_000_001);
  private static final Host LOADED = Host.named("web-01").at(2);

  /** What only this test costs, whatever runs beside it. */
  private static final ThreadMXBean THREAD = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int FLIPS = Integer.getInteger("tenon.cache.flips", 1_500);

  private final Nodes nodes = new Nodes();
  private String url = "";
  private TenantSession acme;
  private RedisCommands<String, byte[]> redis;

  @BeforeEach
  void knows_its_servers(TestRedis given, TenantDatabase tenants) {
    url = given.uri().toString();
    acme = tenants.as(TENANT);
    redis = nodes.redis(url);
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  @Timeout(300)
  void bytes_that_were_cut_or_of_which_a_bit_fell_are_never_another_value() {
    EntityCache<String, Host> hosts = hosts(POLICY);
    Map<String, Integer> outcomes = new HashMap<>();
    Random random = new Random(20261130);
    for (byte[] whole : wholes()) {
      for (int i = 0; i < FLIPS / 3; i++) {
        byte[] hostile = i % 5 == 0 ? cut(whole, random) : flipped(whole, random);
        redis.set(key("1"), hostile, SetArgs.Builder.px(60_000));
        Host got = read(hosts, "1");
        assertThat(got).as(new String(hostile, UTF_8)).isIn(STORED, LOADED);
        outcomes.merge(got.equals(STORED) ? "stored" : "loaded", 1, Integer::sum);
        hosts.invalidate(TenantId.of(TENANT), "1");
      }
    }
    System.out.printf("cut and flipped bytes: %s%n", outcomes);
    assertThat(outcomes.get("loaded")).isGreaterThan(FLIPS / 2);
  }

  /** A plain, a tagged and a deflated value, as Redis keeps them. */
  private List<byte[]> wholes() {
    List<byte[]> wholes = new ArrayList<>();
    for (CachePolicy policy : List.of(POLICY, POLICY.withCompressionFrom(1))) {
      for (int tags = 0; tags < 2; tags++) {
        boolean isTagged = tags == 1;
        hosts(policy)
            .get(
                acme,
                "1",
                (id, context) -> {
                  if (isTagged) {
                    context.tag("rack");
                  }
                  return STORED;
                });
        wholes.add(redis.get(key("1")));
        redis.del(key("1"));
      }
    }
    return wholes;
  }

  private static byte[] cut(byte[] whole, Random random) {
    return Arrays.copyOf(whole, random.nextInt(whole.length));
  }

  private static byte[] flipped(byte[] whole, Random random) {
    byte[] flipped = whole.clone();
    for (int bits = 1 + random.nextInt(2); bits > 0; bits--) {
      // The time in front is Redis' own; what it says is bounded by the time of the key.
      int at = StoredValue.HEAD + random.nextInt(whole.length - StoredValue.HEAD);
      flipped[at] ^= (byte) (1 << random.nextInt(8));
    }
    return Arrays.equals(flipped, whole) ? cut(whole, random) : flipped;
  }

  @Test
  void what_a_valid_head_promises_costs_neither_memory_nor_time_nor_an_error() {
    EntityCache<String, Host> hosts = hosts(POLICY);
    List<byte[]> hostile = new ArrayList<>();
    hostile.add(tagged(65_535, ""));
    hostile.add(tagged(65_535, "x"));
    hostile.add(tagged(1, "x".repeat(600)));
    hostile.add(tagged(33, "rack"));
    hostile.add(body(4, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1}));
    hostile.add(body(2, deflated(64 << 20)));
    hostile.add(body(3, deflated(64 << 20)));
    hostile.add(body(0, "[".repeat(500_000).getBytes(US_ASCII)));
    hostile.add(body(0, ("{\"name\":\"" + "x".repeat(2 << 20)).getBytes(US_ASCII)));
    hostile.add(body(0, ("{\"revision\":" + "9".repeat(100_000) + "}").getBytes(US_ASCII)));
    hostile.add(body(0, "null".getBytes(US_ASCII)));
    // What begins like the token of a lease and is none.
    hostile.add("legacy value".getBytes(US_ASCII));
    hostile.add(("w" + "x".repeat(100)).getBytes(US_ASCII));
    for (String head : List.of("nan", "inf", "-inf", "0x7fffffff", "1e308", "             ")) {
      hostile.add((((char) hostile.size()) + head + "................").getBytes(US_ASCII));
      hostile.add(("4" + head + "................").getBytes(US_ASCII));
    }
    long slowest = 0;
    long most = 0;
    for (int i = 0; i < hostile.size(); i++) {
      String id = Integer.toString(i);
      redis.set(key(id), hostile.get(i), SetArgs.Builder.px(60_000));
      long start = THREAD.getCurrentThreadCpuTime();
      long before = THREAD.getCurrentThreadAllocatedBytes();
      assertThat(read(hosts, id)).isEqualTo(LOADED);
      slowest = Math.max(slowest, THREAD.getCurrentThreadCpuTime() - start);
      most = Math.max(most, THREAD.getCurrentThreadAllocatedBytes() - before);
      assertThat(redis.strlen(key(id))).as("replaced, %s", i).isLessThan(300);
    }
    System.out.printf(
        "%d hostile bodies: the slowest took %d ms of the processor, the largest %d MiB%n",
        hostile.size(), Duration.ofNanos(slowest).toMillis(), most >> 20);
    assertThat(hosts.statistics().codecFailures()).isEqualTo(hostile.size());
    assertThat(slowest).isLessThan(Duration.ofMillis(1_500).toNanos());
    assertThat(most).isLessThan(200L << 20);
  }

  @Test
  void old_and_new_codecs_of_one_version_read_side_by_side_without_an_error() {
    EntityCache<String, Host> old = hosts(POLICY);
    EntityCache<String, Renamed> next =
        nodes.node(url).entity("host", String.class, Renamed.class, POLICY);
    for (int i = 0; i < 500; i++) {
      String id = Integer.toString(i % 7);
      int revision = i;
      assertThat(old.get(acme, id, same -> Host.named("old").at(revision)).name()).isEqualTo("old");
      assertThat(next.get(acme, id, same -> new Renamed("next", revision)).title())
          .isEqualTo("next");
      Map<String, Renamed> all =
          next.getAll(acme, List.of(id), (ids, context) -> Map.of(id, new Renamed("next", 1)));
      assertThat(all.get(id)).extracting(Renamed::title).isEqualTo("next");
    }
    System.out.printf(
        "two codecs: %d and %d bytes that could not be decoded%n",
        old.statistics().codecFailures(), next.statistics().codecFailures());
    assertThat(next.statistics().codecFailures()).isPositive();
  }

  record Renamed(String title, long revision) {}

  @Test
  void a_codec_that_answers_null_or_fails_with_an_error_is_a_miss() {
    for (Optional<Error> error : ERRORS) {
      hosts(POLICY).get(acme, "1", id -> STORED);
      EntityCache<String, Host> broken =
          nodes.node(url).entity("host", String.class, new BrokenCodec(error, false), POLICY);
      assertThat(read(broken, "1")).isEqualTo(LOADED);
      assertThat(broken.statistics().codecFailures()).isEqualTo(1);
      redis.del(key("1"));
    }
  }

  @Test
  void what_a_codec_fails_to_write_is_returned_and_not_kept() {
    for (Optional<Error> error : ERRORS) {
      EntityCache<String, Host> broken =
          nodes.node(url).entity("host", String.class, new BrokenCodec(error, true), POLICY);
      assertThat(read(broken, "1")).isEqualTo(LOADED);
      assertThat(broken.statistics().codecFailures()).isPositive();
      assertThat(redis.exists(key("1"))).isZero();
    }
  }

  private static final List<Optional<Error>> ERRORS =
      List.of(
          Optional.of(new StackOverflowError()),
          Optional.of(new NoClassDefFoundError("dev/example/Gone")),
          Optional.of(new AssertionError("as if")),
          Optional.empty());

  /** Reads nothing, and writes nothing either where it is told so. */
  private record BrokenCodec(Optional<Error> error, boolean writesNothing) implements Codec<Host> {
    @Override
    @SuppressWarnings("NullAway")
    public byte[] encode(Host value) throws IOException {
      if (writesNothing) {
        fail();
        return null;
      }
      return Codec.json(Host.class).encode(value);
    }

    private void fail() {
      if (error.isPresent()) {
        throw error.get();
      }
    }

    @Override
    @SuppressWarnings("NullAway")
    public Host decode(byte[] bytes) {
      fail();
      return null;
    }

    @Override
    public String shape() {
      return Codec.json(Host.class).shape();
    }
  }

  private byte[] tagged(int count, String tag) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeLong(System.currentTimeMillis());
      out.writeShort(count);
      for (int i = 0; i < count; i++) {
        out.writeUTF(tag);
      }
      out.write(Codec.json(Host.class).encode(STORED));
    } catch (IOException error) {
      throw new AssertionError(error);
    }
    return body(4, bytes.toByteArray());
  }

  /** A body of these flags behind a head that is in order. */
  private static byte[] body(int flags, byte[] rest) {
    byte[] head = String.format("4%013d", System.currentTimeMillis() + 60_000).getBytes(US_ASCII);
    ByteBuffer summed =
        ByteBuffer.allocate(9 + rest.length)
            .putInt(StoredValue.shapeOf(Codec.json(Host.class)))
            .put((byte) flags)
            .putInt(1)
            .put(rest);
    CRC32C sum = new CRC32C();
    sum.update(summed.array());
    return ByteBuffer.allocate(head.length + 4 + summed.capacity())
        .put(head)
        .putInt((int) sum.getValue())
        .put(summed.array())
        .array();
  }

  private static byte[] deflated(int zeros) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
      byte[] block = new byte[1 << 20];
      for (int done = 0; done < zeros; done += block.length) {
        out.write(block);
      }
    } catch (IOException error) {
      throw new AssertionError(error);
    }
    return bytes.toByteArray();
  }

  private Host read(EntityCache<String, Host> hosts, String id) {
    return hosts.get(acme, id, same -> LOADED);
  }

  private String key(String id) {
    return "{" + nodes.service() + ":host:" + TENANT + ":" + id + "}:1";
  }

  private EntityCache<String, Host> hosts(CachePolicy policy) {
    return nodes.node(url).entity("host", String.class, Host.class, policy);
  }
}
