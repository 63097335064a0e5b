package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nothing grows without a bound. */
@TenonTest
class BoundsTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final int ENTRIES = 100;
  private static final int KEYS = 1_500;

  private final Nodes nodes = new Nodes();

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void memory_holds_no_more_values_than_its_policy_says(TestRedis redis) {
    CachePolicy policy =
        CachePolicy.timeToLive(Duration.ofHours(1)).withLocalEntries(ENTRIES).withVersion(3);
    EntityCache<Integer, Host> hosts =
        nodes.node(redis.uri().toString()).entity("row", Integer.class, Host.class, policy);
    for (int round = 0; round < 2; round++) {
      for (int key = 0; key < KEYS; key++) {
        hosts.get(TENANT, key, id -> Host.named("row"));
      }
    }
    CacheStatistics seen = hosts.statistics();
    System.out.printf("%d hits in memory of %d entries%n", seen.localHits(), ENTRIES);
    // A Redis that answers too late costs a load more.
    assertThat(seen.loads()).isGreaterThanOrEqualTo(KEYS);
    assertThat(seen.localHits()).isLessThanOrEqualTo(2 * ENTRIES);
  }
}
