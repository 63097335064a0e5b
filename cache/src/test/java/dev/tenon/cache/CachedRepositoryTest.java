package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.Patch;
import dev.tenon.core.Repository;
import dev.tenon.core.StaleVersionException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@TenonTest(schema = HostsSchema.class)
class CachedRepositoryTest {

  private static final Field<String> ID = DSL.field(DSL.name("id"), SQLDataType.CLOB);
  private static final Field<Long> REVISION = DSL.field(DSL.name("revision"), SQLDataType.BIGINT);
  private static final Repository<Row, String> ROWS =
      Repository.of(DSL.table(DSL.name("hosts")), Row.class).id(ID).build();

  private static final Repository<Counted, String> COUNTED =
      Repository.of(DSL.table(DSL.name("written")), Counted.class)
          .id(ID)
          .version(DSL.field(DSL.name("version"), SQLDataType.BIGINT))
          .build();
  private static final CachePolicy HOUR = CachePolicy.timeToLive(Duration.ofHours(1));

  private final Nodes nodes = new Nodes();

  record Row(String id, long revision) {}

  record Counted(String id, long revision, long version) {}

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void rows_are_found_through_the_cache_and_writes_are_known_at_once(
      TestRedis redis, TenantDatabase tenants) {
    CachedRepository<Row, String> hosts = hosts(redis);
    TenantSession acme = tenants.as(DyingWriter.TENANT);
    assertThat(hosts.find(acme, "a")).isEmpty();
    hosts.insert(acme, new Row("a", 1));
    assertThat(hosts.get(acme, "a").revision()).isEqualTo(1);
    long loads = hosts.statistics().loads();
    assertThat(hosts.find(acme, "a")).contains(new Row("a", 1));
    assertThat(hosts.statistics().loads()).isEqualTo(loads);
    hosts.update(acme, new Row("a", 2));
    assertThat(hosts.get(acme, "a").revision()).isEqualTo(2);
    hosts.patch(acme, "a", Patch.empty().set(REVISION, 3L));
    assertThat(hosts.get(acme, "a").revision()).isEqualTo(3);
    hosts.upsert(acme, new Row("a", 4));
    assertThat(hosts.get(acme, "a").revision()).isEqualTo(4);
    assertThat(hosts.delete(acme, "a")).isTrue();
    assertThatThrownBy(() -> hosts.get(acme, "a")).isInstanceOf(NotFoundException.class);
  }

  @Test
  void a_rollback_forgets_nothing_and_the_transaction_sees_its_own_row(
      TestRedis redis, TenantDatabase tenants) {
    CachedRepository<Row, String> hosts = hosts(redis);
    TenantSession acme = tenants.as(DyingWriter.TENANT);
    hosts.insert(acme, new Row("a", 1));
    hosts.get(acme, "a");
    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      hosts.update(transaction, new Row("a", 2));
                      assertThat(hosts.get(transaction, "a").revision()).isEqualTo(2);
                      throw new IllegalStateException("rolled back");
                    }))
        .hasMessage("rolled back");
    long loads = hosts.statistics().loads();
    assertThat(hosts.get(acme, "a").revision()).isEqualTo(1);
    assertThat(hosts.statistics().loads()).isEqualTo(loads);
  }

  @Test
  void what_the_repository_writes_by_itself_is_invalidated_by_the_caller(
      TestRedis redis, TenantDatabase tenants) {
    CachedRepository<Row, String> hosts = hosts(redis);
    TenantSession acme = tenants.as(DyingWriter.TENANT);
    hosts.insert(acme, new Row("a", 1));
    hosts.get(acme, "a");
    acme.transaction(
        transaction -> {
          hosts.repository().update(transaction, new Row("a", 2));
          hosts.invalidate(transaction, "a");
        });
    assertThat(hosts.get(acme, "a").revision()).isEqualTo(2);
  }

  @Test
  void who_was_overtaken_can_read_again_and_write(TestRedis redis, TenantDatabase tenants) {
    TenantSession acme = tenants.as(DyingWriter.TENANT);
    CachedRepository<Counted, String> rows =
        CachedRepository.of(
            COUNTED,
            nodes.node(redis.uri().toString()).entity("row", String.class, Counted.class, HOUR),
            Counted::id);
    rows.insert(acme, new Counted("a", 1, 1));
    Counted read = rows.get(acme, "a");
    // As psql or a job does, which tell no cache.
    rows.repository().update(acme, read);
    assertThatThrownBy(() -> rows.update(acme, read)).isInstanceOf(StaleVersionException.class);
    assertThat(rows.get(acme, "a").version()).isEqualTo(2);
    rows.repository().update(acme, rows.get(acme, "a"));
    assertThatThrownBy(
            () -> acme.transaction(tx -> rows.patch(tx, "a", Patch.empty().set(REVISION, 9L), 2)))
        .isInstanceOf(StaleVersionException.class);
    assertThat(rows.get(acme, "a").version()).isEqualTo(3);
    rows.repository().delete(acme, "a");
    assertThatThrownBy(() -> rows.patch(acme, "a", Patch.empty().set(REVISION, 9L)))
        .isInstanceOf(NotFoundException.class);
    assertThat(rows.find(acme, "a")).isEmpty();
  }

  @Test
  void an_absence_is_cached_as_the_policy_says_and_is_not_found_by_get(
      TestRedis redis, TenantDatabase tenants) {
    TenantSession acme = tenants.as(DyingWriter.TENANT);
    CachedRepository<Row, String> hosts = hosts(redis, HOUR.withNegativeTtl(Duration.ofMinutes(1)));
    assertThat(hosts.find(acme, "a")).isEmpty();
    long loads = hosts.statistics().loads();
    assertThat(hosts.find(acme, "a")).isEmpty();
    assertThat(hosts.statistics().loads()).isEqualTo(loads);
    assertThatThrownBy(() -> hosts.get(acme, "a")).isInstanceOf(NotFoundException.class);
    hosts.insert(acme, new Row("a", 1));
    assertThat(hosts.find(acme, "a")).contains(new Row("a", 1));
  }

  @Test
  @SuppressWarnings("NullAway")
  void an_identifier_that_the_server_makes_is_inserted_another_way(
      TestRedis redis, TenantDatabase tenants) {
    TenantSession acme = tenants.as(DyingWriter.TENANT);
    CachedRepository<Row, String> hosts = hosts(redis);
    assertThatThrownBy(() -> hosts.insert(acme, new Row(null, 1)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("repository().insertReturning");
  }

  private CachedRepository<Row, String> hosts(TestRedis redis) {
    return hosts(redis, HOUR);
  }

  private CachedRepository<Row, String> hosts(TestRedis redis, CachePolicy policy) {
    EntityCache<String, Row> cache =
        nodes.node(redis.uri().toString()).entity("host", String.class, Row.class, policy);
    return CachedRepository.of(ROWS, cache, Row::id);
  }
}
