package dev.tenon.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.RedisServer;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A user of Redis that may do what the cache needs, and nothing else. */
@TenonTest(schema = HostsSchema.class)
class AccessTest {

  private static final TenantId TENANT = Traffic.TENANT;
  private static final String PASSWORD = "p@ss:w0rd/%";
  private static final String RIGHTS =
      "~{fleet:* ~{fleet}:* &fleet:* -@all +@connection +eval +evalsha +get +set +del +mget +pexpire"
          + " +pexpiretime +scan +time +publish +subscribe +unsubscribe";
  private static final CachePolicy LONG = CachePolicy.timeToLive(Duration.ofHours(1));

  private final Nodes nodes = new Nodes();
  private RedisServer server;

  @BeforeEach
  void starts_a_server() {
    String service = nodes.service();
    server =
        RedisServer.start(
            Map.of("user", "app on \">" + PASSWORD + "\" " + RIGHTS.replace("fleet", service)));
  }

  @AfterEach
  void stops_it() {
    nodes.close();
    server.close();
  }

  private static Host tagged(EntityCache<Integer, Host> cache, Session session, int row) {
    return cache
        .lookup(
            session,
            row,
            (id, context) -> {
              context.tag("rack");
              return Optional.of(Host.named("old"));
            })
        .value()
        .orElseThrow();
  }

  @Test
  void a_user_with_the_rights_that_the_guide_names_is_enough(TenantDatabase tenants) {
    Session acme = tenants.as(TENANT);
    String url =
        "redis://app:"
            + URLEncoder.encode(PASSWORD, UTF_8)
            + "@"
            + server.host()
            + ":"
            + server.port();
    Cache here = nodes.node(url);
    Cache there = nodes.node(url);
    EntityCache<Integer, Host> writer = here.entity("host", Integer.class, Host.class, LONG);
    EntityCache<Integer, Host> reader = there.entity("host", Integer.class, Host.class, LONG);
    for (int row : new int[] {1, 2}) {
      for (EntityCache<Integer, Host> cache : List.of(writer, reader)) {
        assertThat(tagged(cache, acme, row).name()).isEqualTo("old");
      }
    }
    assertThat(reader.statistics().loads()).as("but the first value of the tag").isEqualTo(1);
    writer.invalidate(TENANT, 2);
    writer.invalidateTag(TENANT, "rack");
    Await.until(
        "the other process heard it",
        () -> reader.get(TENANT, 1, id -> Host.named("new")).name().equals("new"));
    here.forget(TENANT);
    assertThat(writer.statistics().remoteFailures()).isZero();
    assertThat(here.pendingInvalidations()).isZero();
  }
}
