package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Patch;
import dev.tenon.core.Repository;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest(schema = HostsSchema.class)
@SuppressWarnings("NullAway.Init")
class CachedQueriesTest {

  private static final UUID OTHER = UUID.fromString("0191f6c0-0000-7000-8000-0000000000ff");
  private static final Field<String> ID = DSL.field(DSL.name("id"), SQLDataType.CLOB);
  private static final Field<Long> REVISION = DSL.field(DSL.name("revision"), SQLDataType.BIGINT);
  private static final Repository<Row, String> ROWS =
      Repository.of(DSL.table(DSL.name("hosts")), Row.class).id(ID).build();
  private static final CachePolicy HOUR = CachePolicy.timeToLive(Duration.ofHours(1));
  private static final Condition ALL = DSL.trueCondition();

  private final Nodes nodes = new Nodes();
  private String url = "";
  private TenantSession acme;
  private Cache cache;
  private int marks;
  private EntityCache<String, List<Row>> results;
  private CachedRepository<Row, String> hosts;

  record Row(String id, long revision) {}

  @BeforeEach
  void has_two_hosts(TestRedis redis, TenantDatabase tenants) {
    url = redis.uri().toString();
    acme = tenants.as(DyingWriter.TENANT);
    cache = nodes.node(url);
    results = results(cache);
    hosts = rows(cache).withQueries(results);
    hosts.insert(acme, new Row("a", 1));
    hosts.insert(acme, new Row("b", 2));
  }

  @AfterEach
  void closes_what_it_opened() {
    nodes.close();
  }

  @Test
  void a_result_is_answered_until_a_row_is_written() {
    List<Consumer<CachedRepository<Row, String>>> writes =
        List.of(
            rows -> rows.insert(acme, new Row("c", 3)),
            rows -> rows.update(acme, new Row("c", 4)),
            rows -> rows.patch(acme, "c", Patch.empty().set(REVISION, 5L)),
            rows -> rows.upsert(acme, new Row("c", 6)),
            rows -> rows.delete(acme, "c"),
            rows -> {
              rows.repository().insert(acme, new Row("d", 7));
              rows.invalidate(acme, "d");
            },
            rows -> {
              rows.repository().delete(acme, "d");
              rows.queries().invalidate(acme);
            });
    for (Consumer<CachedRepository<Row, String>> write : writes) {
      List<Row> before = kept(this::all);
      write.accept(hosts);
      assertThat(all()).isNotEqualTo(before).isEqualTo(ROWS.list(acme, ALL, ID.asc()));
    }
  }

  @Test
  void a_write_of_another_process_ends_it() {
    CachedRepository<Row, String> there = rowsWithQueries();
    assertThat(there.queries().list(acme, ALL)).hasSize(2);
    hosts.insert(acme, new Row("c", 3));
    Await.until("it is known", () -> there.queries().list(acme, ALL).size() == 3);
  }

  @Test
  void queries_are_told_apart_by_their_values_order_and_limit() {
    CachedQueries<Row> queries = hosts.queries();
    assertThat(queries.list(acme, ID.eq("a"))).containsExactly(new Row("a", 1));
    assertThat(queries.list(acme, ID.eq("b"))).containsExactly(new Row("b", 2));
    assertThat(queries.list(acme, ID.eq("a' or 'b"))).isEmpty();
    assertThat(queries.list(acme, ALL, ID.desc()).get(0).id()).isEqualTo("b");
    assertThat(queries.list(acme, ALL, ID.asc()).get(0).id()).isEqualTo("a");
    assertThat(queries.top(acme, 1, ALL, ID.asc())).containsExactly(new Row("a", 1));
    assertThat(queries.top(acme, 2, ALL, ID.asc())).hasSize(2);
    kept(() -> queries.list(acme, ID.eq("a")));
    long loads = results.statistics().loads();
    assertThat(queries.list(acme, ID.eq(DSL.val("a")))).containsExactly(new Row("a", 1));
    assertThat(results.statistics().loads()).isEqualTo(loads);
  }

  @Test
  void a_tenant_gets_its_own(TenantDatabase tenants) {
    assertThat(all()).hasSize(2);
    TenantSession other = tenants.as(OTHER);
    assertThat(hosts.queries().list(other, ALL, ID.asc())).isEmpty();
    kept(this::all);
    hosts.insert(other, new Row("a", 1));
    long loads = results.statistics().loads();
    assertThat(all()).hasSize(2);
    assertThat(results.statistics().loads()).as("a write of another ends nothing").isEqualTo(loads);
  }

  @Test
  void a_transaction_sees_its_own_rows_and_a_rollback_ends_nothing() {
    List<Row> before = kept(this::all);
    long loads = results.statistics().loads();
    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      hosts.insert(transaction, new Row("c", 3));
                      assertThat(listed(transaction)).hasSize(3);
                      throw new IOException("rolled back");
                    }))
        .isInstanceOf(IOException.class);
    assertThat(all()).isEqualTo(before);
    assertThat(results.statistics().loads()).as("but that of the transaction").isEqualTo(loads + 1);
  }

  private List<Row> listed(Transaction transaction) {
    return hosts.queries().list(transaction, ALL);
  }

  @Test
  void a_query_of_ones_own_ends_with_its_tags_and_with_the_table() {
    AtomicLong loads = new AtomicLong();
    ContextLoader<String, List<Row>, RuntimeException> loader =
        (name, context) -> {
          context.tag("rack-7");
          loads.incrementAndGet();
          return ROWS.list(acme, ALL);
        };
    CachedQueries<Row> queries = hosts.queries();
    assertThat(kept(() -> queries.query(acme, "of rack 7", loader))).hasSize(2);
    long before = loads.get();
    results.invalidateTag(acme, "rack-7");
    assertThat(queries.query(acme, "of rack 7", loader)).hasSize(2);
    assertThat(loads.get()).isGreaterThan(before);
    hosts.delete(acme, "a");
    assertThat(queries.query(acme, "of rack 7", loader)).hasSize(1);
  }

  @Test
  void results_from_redis_are_unmodifiable_too() {
    all();
    CachedRepository<Row, String> there = rowsWithQueries();
    Await.until(
        "the other process reads it from Redis",
        () -> {
          there.queries().invalidate(acme);
          all();
          return there.queries().list(acme, ALL, ID.asc()).size() == 2
              && there.queries().statistics().remoteHits() > 0;
        });
    List<Row> rows = there.queries().list(acme, ALL, ID.asc());
    assertThat(rows).isEqualTo(all());
    assertThatThrownBy(() -> rows.add(new Row("x", 1)))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void a_result_is_never_older_than_a_write_that_ended() throws Exception {
    AtomicBoolean isRunning = new AtomicBoolean(true);
    AtomicLong written = new AtomicLong(1);
    AtomicLong reads = new AtomicLong();
    CompletableFuture<Void> reader =
        CompletableFuture.runAsync(
            () -> {
              long seen = 0;
              while (isRunning.get()) {
                long least = Math.max(seen, written.get());
                seen = hosts.queries().list(acme, ID.eq("a")).get(0).revision();
                assertThat(seen).isGreaterThanOrEqualTo(least);
                reads.incrementAndGet();
              }
            },
            Await.THREAD);
    for (long revision = 2; revision < 300; revision++) {
      hosts.update(acme, new Row("a", revision));
      written.set(revision);
    }
    isRunning.set(false);
    reader.get(30, TimeUnit.SECONDS);
    assertThat(reads.get()).isGreaterThan(10);
  }

  @Test
  void what_cannot_be_asked_is_refused_before_it_is() {
    CachedQueries<Row> queries = hosts.queries();
    assertThatThrownBy(() -> queries.list(acme, ID.eq("a\0")))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> rows(nodes.node(url)).queries())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("withQueries");
  }

  /** Its result, once that is answered by the cache and no echo of a write can end it once more. */
  private List<Row> kept(Supplier<List<Row>> query) {
    awaitEchoes();
    Await.until(
        "the result is kept",
        () -> {
          long loads = results.statistics().loads();
          List<Row> unused = query.get();
          return results.statistics().loads() == loads;
        });
    return query.get();
  }

  /** Messages come in order: who heard the last one heard those of its own before it. */
  private void awaitEchoes() {
    String mark = "mark" + marks++;
    EntityCache<String, Long> here = cache.entity(mark, String.class, Long.class, HOUR);
    assertThat(here.get(acme, mark, id -> 1L)).isEqualTo(1);
    nodes
        .node(url)
        .entity(mark, String.class, Long.class, HOUR)
        .invalidate(TenantId.of(DyingWriter.TENANT), mark);
    Await.until("its own messages were heard", () -> here.get(acme, mark, id -> 2L) == 2);
  }

  private List<Row> all() {
    return hosts.queries().list(acme, ALL, ID.asc());
  }

  private CachedRepository<Row, String> rowsWithQueries() {
    Cache cache = nodes.node(url);
    return rows(cache).withQueries(results(cache));
  }

  private static CachedRepository<Row, String> rows(Cache cache) {
    return CachedRepository.of(ROWS, cache.entity("host", String.class, Row.class, HOUR), Row::id);
  }

  private static EntityCache<String, List<Row>> results(Cache cache) {
    return cache.entity("host-queries", String.class, Codec.jsonList(Row.class), HOUR);
  }
}
