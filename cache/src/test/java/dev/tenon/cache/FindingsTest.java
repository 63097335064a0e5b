package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.CacheFinding.Check;
import dev.tenon.cache.ephemeral.Ephemeral;
import dev.tenon.cache.internal.RedisAccess;
import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.testkit.servers.RedisServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Servers whose settings do not go with what they are used for. */
class FindingsTest {

  private static final CachePolicy LONG = CachePolicy.timeToLive(Duration.ofHours(1));
  private static final String EVERYTHING_BUT = "app on >secret ~* &* +@all ";

  private final Nodes nodes = new Nodes();
  private @Nullable RedisServer started;

  @AfterEach
  void stops_the_server() {
    nodes.close();
    server().close();
  }

  @Test
  void a_redis_that_goes_with_it_has_none() {
    Cache cache = caching(Map.of("maxmemory", "500mb", "maxmemory-policy", "allkeys-lfu"));
    assertThat(cache.findings()).isEmpty();
  }

  @Test
  void a_full_redis_that_evicts_nothing_refuses_fills() {
    Cache cache = caching(Map.of("maxmemory", "500mb", "maxmemory-policy", "noeviction"));
    assertOnly(cache, Check.EVICTION, Severity.WARNING, "maxmemory-policy", "allkeys-lfu");
  }

  @Test
  void a_redis_that_evicts_evicts_locks_too() {
    Cache cache = caching(Map.of("maxmemory", "500mb", "maxmemory-policy", "volatile-ttl"));
    var unused = Ephemeral.on(cache);
    assertOnly(cache, Check.EVICTION, Severity.WARNING, "maxmemory-policy", "of their own");
  }

  @Test
  void a_full_redis_is_told_now() {
    Cache cache = caching(Map.of("maxmemory", "200kb", "maxmemory-policy", "noeviction"));
    CacheFinding finding = only(cache, Check.SCRIPTS);
    assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
    assertThat(finding.why()).contains("OOM");
  }

  @Test
  void subscribers_that_may_not_be_behind_lose_their_connection() {
    Cache cache = caching(Map.of("client-output-buffer-limit", "pubsub 1mb 256kb 60"));
    assertOnly(cache, Check.BUFFERS, Severity.WARNING, "client-output-buffer-limit", "32mb 8mb");
  }

  @Test
  void a_replica_is_no_server_for_a_cache() {
    try (RedisServer master = RedisServer.start(Map.of("requirepass", "shared"))) {
      Map<String, String> settings = new HashMap<>();
      settings.put("replicaof", master.host() + " " + master.port());
      settings.put("requirepass", "shared");
      settings.put("masterauth", "shared");
      Cache cache = caching(settings);
      assertThat(only(cache, Check.ROLE).severity()).isEqualTo(Severity.CRITICAL);
      EntityCache<Integer, Host> hosts = cache.entity("disk", Integer.class, Host.class, LONG);
      assertThat(hosts.get(Traffic.TENANT, 1, id -> Host.named("web")).name()).isEqualTo("web");
    }
  }

  @Test
  void a_user_that_may_not_hear_the_channel_is_told_which() {
    start(Map.of("user", "app on >secret ~* resetchannels +@all"));
    try (Cache cache = Cache.open(nodes.config(appUrl()).build())) {
      Await.until("it is connected", () -> isFound(cache, Check.BUS));
      CacheFinding finding = only(cache, Check.BUS);
      Await.until("it is known why", () -> only(cache, Check.BUS).why().contains("channel"));
      assertThat(finding.fix()).contains("&" + nodes.service() + ":*");
    }
  }

  @Test
  void what_a_user_may_not_look_at_is_told() {
    start(Map.of("user", EVERYTHING_BUT + "-config -info"));
    List<CacheFinding> findings = nodes.node(appUrl()).findings();
    assertThat(findings)
        .hasSize(2)
        .allSatisfy(
            finding -> {
              assertThat(finding.check()).isEqualTo(Check.RIGHTS);
              assertThat(finding.severity()).isEqualTo(Severity.ADVICE);
              assertThat(finding.why()).containsIgnoringCase("permission");
            });
    assertThat(findings.get(0).what()).contains("eviction");
    assertThat(findings.get(1).what()).contains("buffers");
  }

  @Test
  void a_user_that_may_not_run_scripts_is_told() {
    start(Map.of("user", EVERYTHING_BUT + "-@scripting"));
    assertThat(only(nodes.node(appUrl()), Check.SCRIPTS).why()).containsIgnoringCase("permission");
  }

  @Test
  void a_redis_that_is_not_there_is_told_with_its_address_and_without_its_password() {
    start(Map.of());
    server().kill9();
    try (Cache cache = Cache.open(nodes.config(server().uri(0).toString()).build())) {
      CacheFinding finding = only(cache, Check.CONNECTION);
      assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
      assertThat(finding.subject()).isEqualTo(server().host() + ":" + server().port());
      Await.until("it is known why", () -> only(cache, Check.CONNECTION).why().contains("refused"));
      assertThat(finding.toString()).doesNotContain(server().password());
    }
  }

  @Test
  void a_wrong_password_is_told() {
    start(Map.of());
    String url = "redis://:wrong@" + server().host() + ":" + server().port();
    try (Cache cache = Cache.open(nodes.config(url).build())) {
      Await.until(
          "it is known why", () -> only(cache, Check.CONNECTION).why().contains("WRONGPASS"));
    }
  }

  @Test
  void a_version_before_7_is_told() {
    Cache cache = caching(Map.of());
    RedisChecks checks =
        new RedisChecks(cache.unwrap(RedisAccess.class), () -> true, () -> null, () -> true);
    assertThat(checks.judge("here", "# Server\r\nredis_version:6.2.14\r\nrole:master\r\n"))
        .singleElement()
        .satisfies(finding -> assertThat(finding.check()).isEqualTo(Check.VERSION));
    assertThat(checks.judge("here", "redis_version:10.0.1\r\n")).isEmpty();
  }

  private static boolean isFound(Cache cache, Check check) {
    return cache.findings().stream().anyMatch(finding -> finding.check() == check);
  }

  private static CacheFinding only(Cache cache, Check check) {
    List<CacheFinding> findings =
        cache.findings().stream().filter(finding -> finding.check() == check).toList();
    assertThat(findings).hasSize(1);
    return findings.get(0);
  }

  private static void assertOnly(
      Cache cache, Check check, Severity severity, String subject, String fix) {
    assertThat(cache.findings()).hasSize(1);
    CacheFinding finding = only(cache, check);
    assertThat(finding.severity()).isEqualTo(severity);
    assertThat(finding.subject()).contains(subject);
    assertThat(finding.fix()).contains(fix);
  }

  private Cache caching(Map<String, String> settings) {
    start(settings);
    Cache cache = nodes.node(server().uri(0).toString());
    var unused = cache.entity("host", Integer.class, Host.class, LONG);
    return cache;
  }

  private String appUrl() {
    return "redis://app:secret@" + server().host() + ":" + server().port();
  }

  private void start(Map<String, String> settings) {
    started = RedisServer.start(settings);
  }

  private RedisServer server() {
    return Objects.requireNonNull(started);
  }
}
