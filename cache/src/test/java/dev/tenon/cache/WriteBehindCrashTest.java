package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.outbox.Relay;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes die while they write what was acknowledged. */
@TenonTest(schema = HostsSchema.class)
class WriteBehindCrashTest {

  private static final int DEATHS = Integer.getInteger("tenon.cache.deaths", 4);

  /** Of each key what may be there: what was acknowledged last, or tried since. */
  private final Map<String, Set<Long>> allowed = new HashMap<>();

  private final List<String> complaints = new ArrayList<>();
  private int acknowledged;

  @Test
  @Timeout(300)
  void what_was_acknowledged_last_is_what_is_written(
      TestRedis redis, TestDatabase made, TenantDatabase tenants) throws Exception {
    String url = redis.uri().toString();
    try (Nodes nodes = new Nodes();
        Database owner = TestSchema.connect(made, made.owner())) {
      for (int death = 0; death < DEATHS; death++) {
        Process process =
            ChildJvm.start(DyingFlush.class, made, url, nodes.service(), Integer.toString(death));
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
          lines.lines().forEach(this::hear);
        } finally {
          process.toHandle().destroyForcibly();
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(DyingWriter.DEAD);
      }
      WriteBehind<String, Long> writes = Written.on(nodes.node(url));
      try (Relay relay = writes.relay(owner, Written::write).inSessionOf(tenants::as).start()) {
        Await.until("all is written", () -> Written.OUTBOX.backlog(owner, "writer").waiting() == 0);
        assertThat(relay.metrics().deadLettered()).isZero();
      }
      verify(tenants.as(DyingWriter.TENANT), writes);
    }
  }

  private void verify(TenantSession acme, WriteBehind<String, Long> writes) {
    assertThat(acknowledged).isGreaterThan(50 * DEATHS);
    assertThat(complaints).isEmpty();
    assertThat(allowed).hasSize(DyingFlush.KEYS);
    allowed.forEach(
        (key, values) -> {
          assertThat(values).contains(Written.row(acme, key).orElse(0L));
          assertThat(Written.read(writes, acme, key)).isEqualTo(Written.row(acme, key).orElse(0L));
        });
  }

  /** A last line that is cut says nothing. */
  private void hear(String line) {
    String[] words = line.split(" ", -1);
    if (words.length != 4 || !words[3].equals(".")) {
      return;
    }
    switch (words[0]) {
      case "try" ->
          allowed
              .computeIfAbsent(words[1], key -> new HashSet<>(Set.of(0L)))
              .add(Long.valueOf(words[2]));
      case "ack" -> {
        acknowledged++;
        allowed.put(words[1], new HashSet<>(Set.of(Long.valueOf(words[2]))));
      }
      default -> complaints.add(line);
    }
  }
}
