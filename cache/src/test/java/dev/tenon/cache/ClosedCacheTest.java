package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A cache that is used behind its end says so. */
@TenonTest(schema = HostsSchema.class)
class ClosedCacheTest {

  private static final TenantId TENANT = TenantId.of(DyingWriter.TENANT);
  private static final CachePolicy HOUR = CachePolicy.timeToLive(Duration.ofHours(1));
  private static final Host WEB = Host.named("web");

  @Test
  void what_would_be_lost_is_refused_and_what_is_read_is_loaded(
      TestRedis redis, TenantDatabase tenants) {
    TenantSession acme = tenants.as(DyingWriter.TENANT);
    Cache cache = open(redis);
    EntityCache<String, Host> hosts = cache.entity("host", String.class, Host.class, HOUR);
    assertThat(hosts.get(acme, "1", id -> WEB)).isEqualTo(WEB);
    cache.close();
    List<Runnable> ways =
        List.of(
            () -> hosts.invalidate(TENANT, "1"),
            () -> hosts.invalidateTag(TENANT, "rack"),
            () -> acme.transaction(tx -> hosts.invalidate(tx, "1")),
            () -> acme.transaction(tx -> hosts.invalidateTag(tx, "rack")),
            () -> acme.transaction(tx -> hosts.put(tx, "1", WEB)),
            () -> cache.entity("disk", String.class, Host.class, HOUR));
    for (Runnable way : ways) {
      assertThatThrownBy(way::run)
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("the cache is closed");
    }
    assertThat(hosts.get(acme, "1", id -> WEB.at(2)).revision()).isEqualTo(2);
    assertThat(cache.findings())
        .singleElement()
        .satisfies(finding -> assertThat(finding.why()).contains("closed"));
  }

  @Test
  void a_transaction_that_was_running_is_committed_and_its_invalidation_is_still_counted(
      TestRedis redis, TenantDatabase tenants) {
    TenantSession acme = tenants.as(DyingWriter.TENANT);
    Cache cache = open(redis);
    EntityCache<String, Host> hosts = cache.entity("host", String.class, Host.class, HOUR);
    assertThatCode(
            () ->
                acme.transaction(
                    tx -> {
                      tx.sql().execute("insert into hosts (id, revision) values ('1', 1)");
                      hosts.invalidate(tx, "1");
                      cache.close();
                    }))
        .doesNotThrowAnyException();
    assertThat(acme.sql().fetchCount(acme.sql().selectFrom("hosts"))).isEqualTo(1);
    assertThat(cache.pendingInvalidations()).isEqualTo(1);
  }

  private static Cache open(TestRedis redis) {
    return Cache.open(CacheConfig.service("closed", redis.uri().toString()).build());
  }
}
