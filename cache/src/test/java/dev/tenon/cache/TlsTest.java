package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UsageException;
import dev.tenon.core.health.HealthFinding.Severity;
import dev.tenon.testkit.servers.RedisServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that speaks TLS. */
class TlsTest {

  private static final CachePolicy LONG = CachePolicy.timeToLive(Duration.ofHours(1));

  private final Nodes nodes = new Nodes();
  @TempDir private Path directory;
  private Certificates right;
  private Certificates wrong;
  private @Nullable RedisServer started;
  private int port;

  @BeforeEach
  void makes_certificates() throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    right = Certificates.make(directory, "right", "ip:127.0.0.1");
    wrong = Certificates.make(directory, "wrong", "dns:elsewhere.example");
  }

  @AfterEach
  void stops_the_server() {
    nodes.close();
    server().close();
  }

  @Test
  void a_server_whose_certificate_is_trusted_is_used() throws IOException {
    start(right, "no");
    Cache cache = nodes.node(config().trust(right.certificate()));
    EntityCache<Integer, Host> hosts = cache.entity("host", Integer.class, Host.class, LONG);
    hosts.get(Traffic.TENANT, 1, id -> Host.named("web"));
    assertThat(nodes.keys(nodes.redis(server().uri(0).toString()))).hasSize(1);
  }

  @Test
  void a_server_that_asks_for_it_gets_the_certificate_of_the_client() throws IOException {
    start(right, "yes");
    nodes.node(config().trust(right.certificate()).identity(right.certificate(), right.key()));
    assertUnused(config().trust(right.certificate()), "");
  }

  @Test
  void a_server_with_the_certificate_of_another_is_not_used_and_a_finding_says_so()
      throws IOException {
    start(wrong, "no");
    assertUnused(config().trust(right.certificate()), "certif");
    assertUnused(config().trust(wrong.certificate()), "127.0.0.1");
    assertUnused(config(), "certif");
  }

  @Test
  void a_file_without_a_certificate_is_refused_before_anything_is_connected() throws IOException {
    start(right, "no");
    for (Path file : new Path[] {right.key(), directory.resolve("missing.pem")}) {
      CacheConfig config = config().trust(file).build();
      assertThatThrownBy(() -> Cache.open(config))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("cannot be used for TLS");
    }
  }

  /** Values come from their loader, in time, and the cause is told. */
  private void assertUnused(CacheConfig.Builder config, String cause) {
    long begin = System.nanoTime();
    try (Cache cache = Cache.open(config.commandTimeout(Duration.ofMinutes(1)).build())) {
      EntityCache<Integer, Host> hosts = cache.entity("host", Integer.class, Host.class, LONG);
      assertThat(hosts.get(Traffic.TENANT, 1, id -> Host.named("web")).name()).isEqualTo("web");
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
      assertThat(cache.isConnected()).isFalse();
      Await.until(
          "it is known why",
          () -> !cache.findings().get(0).why().equals("nothing has answered yet"));
      assertThat(cache.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.check()).isEqualTo(CacheFinding.Check.CONNECTION);
                assertThat(finding.severity()).isEqualTo(Severity.CRITICAL);
                assertThat(finding.why()).containsIgnoringCase(cause);
              });
    }
  }

  private CacheConfig.Builder config() {
    return nodes.config("rediss://:" + server().password() + "@127.0.0.1:" + port);
  }

  private void start(Certificates own, String asksClients) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Map<String, String> settings = new HashMap<>();
    settings.put("tls-port", Integer.toString(port));
    settings.put("tls-cert-file", own.certificate().toString());
    settings.put("tls-key-file", own.key().toString());
    settings.put("tls-ca-cert-file", own.certificate().toString());
    settings.put("tls-auth-clients", asksClients);
    started = RedisServer.start(settings);
  }

  private RedisServer server() {
    return Objects.requireNonNull(started);
  }
}
