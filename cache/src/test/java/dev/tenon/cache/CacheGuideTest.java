package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Repository;
import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.core.outbox.Outbox;
import dev.tenon.core.outbox.Relay;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.testkit.servers.TestRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;

/** The code of docs/guide/cache.md. */
@TenonTest(schema = HostsSchema.class)
class CacheGuideTest {

  private static final UUID ACME = UUID.fromString("0191f6c0-0000-7000-8000-00000000000a");

  @Test
  void the_code_of_the_guide_runs(TestRedis redis, TenantDatabase tenants) {
    String redisUrl = redis.uri().toString();
    TenantSession acme = tenants.as(ACME);
    acme.sql().execute("insert into hosts (id, revision) values ('web-01', 1)");

    try (Cache cache = Cache.open(CacheConfig.service("fleet", redisUrl).build())) {
      EntityCache<String, Revision> revisions =
          cache.entity(
              "host", String.class, Revision.class, CachePolicy.timeToLive(Duration.ofMinutes(10)));

      Optional<Revision> before = revisions.find(acme, "web-01", id -> load(acme, id));

      acme.transaction(
          tx -> {
            tx.sql().execute("update hosts set revision = 2 where id = 'web-01'");
            revisions.invalidate(tx, "web-01");
          });

      CacheResult<Revision> result =
          revisions.lookup(
              acme,
              "web-01",
              (id, context) -> {
                context.timeToLive(Duration.ofMinutes(1)).tag("rack-7");
                return load(acme, id);
              });
      assertThat(result.value()).contains(new Revision("web-01", 2));

      Map<String, Revision> many =
          revisions.getAll(acme, List.of("web-01", "web-02"), (ids, context) -> loadAll(acme, ids));
      assertThat(many).containsOnlyKeys("web-01");

      revisions.invalidateTag(acme, "rack-7");
      assertThat(revisions.find(acme, "web-01", id -> load(acme, id))).isPresent();
      assertThat(revisions.statistics().loads()).isGreaterThanOrEqualTo(3);

      acme.transaction(
          tx -> {
            tx.sql().execute("update hosts set revision = 3 where id = 'web-01'");
            revisions.put(tx, "web-01", new Revision("web-01", 3));
          });
      assertThat(revisions.find(acme, "web-01", id -> load(acme, id)))
          .contains(new Revision("web-01", 3));
      assertThat(revisions.statistics().loads()).isGreaterThanOrEqualTo(3);
      assertThat(before).contains(new Revision("web-01", 1));

      for (CacheFinding finding : cache.findings()) {
        System.out.println(finding);
      }

      CacheConfig.Builder patient =
          CacheConfig.service("fleet", redisUrl)
              .loadWait(Duration.ofSeconds(2))
              .lease(Duration.ofSeconds(20));
      assertThat(patient.build().lease()).isEqualTo(Duration.ofSeconds(20));
    }
  }

  @Test
  void the_code_of_the_guide_about_the_outbox_runs(
      TestRedis redis, TestDatabase made, TenantDatabase tenants) {
    String redisUrl = redis.uri().toString();
    Outbox outbox = Outbox.named("cache").consumers("cache").build();
    CacheConfig config = CacheConfig.service("fleet", redisUrl).invalidatingThrough(outbox).build();
    try (Database owner = TestSchema.connect(made, made.owner());
        Cache cache = Cache.open(config)) {
      EntityCache<String, Revision> revisions =
          cache.entity(
              "host", String.class, Revision.class, CachePolicy.timeToLive(Duration.ofMinutes(10)));
      tenants.as(ACME).transaction(tx -> revisions.invalidate(tx, "web-01"));
      assertThat(outbox.backlog(owner, "cache").waiting()).isEqualTo(1);
      try (Relay relay = cache.relay(owner).start()) {
        Await.until("it is delivered", () -> relay.metrics().delivered() == 1);
      }
    }
  }

  @Test
  void the_code_of_the_guide_about_changes_is_refused_by_a_server_that_logs_no_rows(
      TestRedis redis, TestDatabase made) {
    DatabaseConfig ownerConfig =
        DatabaseConfig.url(made.url())
            .user(made.owner().user())
            .password(made.owner().password())
            .build();
    try (Cache cache = Cache.open(CacheConfig.service("fleet", redis.uri().toString()).build())) {
      EntityCache<String, Revision> revisions =
          cache.entity(
              "host", String.class, Revision.class, CachePolicy.timeToLive(Duration.ofMinutes(10)));
      try (ChangeCapture capture =
          ChangeCapture.of(cache, ownerConfig).table("public", "hosts", revisions, "id").start()) {
        assertThat(capture).as("the shared server logs rows").isNull();
      } catch (UsageException refused) {
        assertThat(refused).hasMessageContaining("wal_level");
      }
    }
  }

  @Test
  void the_code_of_the_guide_about_writing_behind_runs(
      TestRedis redis, TestDatabase made, TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    CachePolicy policy = CachePolicy.timeToLive(Duration.ofMinutes(10));
    try (Database owner = TestSchema.connect(made, made.owner());
        Cache cache = Cache.open(CacheConfig.service("fleet", redis.uri().toString()).build())) {
      Outbox writes = Outbox.named("writes").consumers("writer").build();
      WriteBehind<String, Revision> behind =
          cache.writeBehind("revision", String.class, Revision.class, policy, writes);

      behind.put(acme, "web-01", new Revision("web-01", 3));
      Optional<Revision> last = behind.find(acme, "web-01", id -> load(acme, id));

      assertThat(last).contains(new Revision("web-01", 3));
      assertThat(load(acme, "web-01")).isEmpty();
      try (Relay relay =
          behind
              .relay(owner, (write, tx) -> store(tx, write.identifier(), write.value()))
              .inSessionOf(tenants::as)
              .start()) {
        Await.until("it is written", () -> relay.metrics().delivered() == 1);
      }
      assertThat(load(acme, "web-01")).contains(new Revision("web-01", 3));
    }
  }

  @Test
  void the_code_of_the_guide_about_repositories_runs(TestRedis redis, TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    CachePolicy policy = CachePolicy.timeToLive(Duration.ofMinutes(10));
    try (Cache cache = Cache.open(CacheConfig.service("fleet", redis.uri().toString()).build())) {
      CachedRepository<Host, String> hosts =
          CachedRepository.of(
              HOSTS, cache.entity("host", String.class, Host.class, policy), Host::id);
      hosts.insert(acme, new Host("web-02", 1));
      Host found = hosts.get(acme, "web-02");
      assertThat(found).isEqualTo(new Host("web-02", 1));
      CachedRepository<Host, String> withQueries =
          hosts.withQueries(
              cache.entity("host-queries", String.class, Codec.jsonList(Host.class), policy));
      List<Host> newest = withQueries.queries().top(acme, 10, DSL.trueCondition(), REVISION.desc());
      List<Host> racked =
          withQueries
              .queries()
              .query(
                  acme,
                  "in rack 7",
                  (name, context) -> {
                    context.tag("racks");
                    return HOSTS.list(acme, ID.like("web-%"));
                  });
      assertThat(newest).isEqualTo(racked).containsExactly(found);
    }
  }

  @Test
  void every_line_of_code_in_the_guide_is_compiled() throws IOException {
    String guide = Files.readString(Path.of("../docs/guide/cache.md"));
    String source =
        squeezed(Files.readString(Path.of("src/test/java/dev/tenon/cache/CacheGuideTest.java")));
    assertThat(Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(guide).results())
        .extracting((MatchResult block) -> squeezed(block.group(1)))
        .hasSizeGreaterThan(2)
        .allSatisfy(block -> assertThat(source).contains(block));
  }

  @Test
  void a_policy_says_how_values_are_kept_and_loaded() {
    CachePolicy policy =
        CachePolicy.timeToLive(Duration.ofMinutes(10))
            .withLocalTtl(Duration.ofSeconds(30))
            .withLocalEntries(50_000)
            .withNegativeTtl(Duration.ofSeconds(15))
            .withStaleIfError(Duration.ofHours(1))
            .withSoftTimeout(Duration.ofMillis(50))
            .withHardTimeout(Duration.ofSeconds(2))
            .withRefreshAhead(1);
    assertThat(policy.checked()).isSameAs(policy);
  }

  @Test
  void redis_is_where_the_configuration_says() {
    Path authorities = Path.of("authorities.pem");
    Path certificate = Path.of("fleet.pem");
    Path key = Path.of("fleet-key.pem");

    CacheConfig.Builder secured =
        CacheConfig.service("fleet", "rediss://fleet:secret@redis.example:6380")
            .trust(authorities)
            .identity(certificate, key);
    CacheConfig.Builder watched =
        CacheConfig.service("fleet", "redis-sentinel://:secret@one.example,two.example/0#main")
            .sentinelPassword("another secret");
    CacheConfig.Builder divided =
        CacheConfig.service("fleet", "redis://:secret@one.example:7001,two.example:7001").cluster();

    assertThat(secured.build().toString() + watched.build() + divided.build())
        .doesNotContain("secret");
    assertThatThrownBy(() -> CacheConfig.service("fleet", "redis://here").trust(key).build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("trust")
        .hasMessageContaining("rediss");
    assertThatThrownBy(
            () -> CacheConfig.service("fleet", "redis://here").sentinelPassword("x").build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("sentinelPassword");
  }

  @Test
  void a_codec_with_an_own_mapper_is_a_codec(TestRedis redis, TenantDatabase tenants) {
    try (Cache cache = Cache.open(CacheConfig.service("fleet", redis.uri().toString()).build())) {
      EntityCache<String, Revision> revisions =
          cache.entity(
              "own",
              String.class,
              new OwnJson<>(new ObjectMapper(), Revision.class),
              CachePolicy.timeToLive(Duration.ofMinutes(10)).withLocalTtl(Duration.ofMillis(1)));
      Revision first = new Revision("web-01", 1);
      revisions.get(tenants.as(ACME), "web-01", id -> first);
      Await.until(
          "Redis answers",
          () ->
              revisions
                  .lookup(tenants.as(ACME), "web-01", (id, context) -> Optional.empty())
                  .equals(new CacheResult<>(Optional.of(first), CacheSource.REDIS)));
    }
  }

  record OwnJson<V>(ObjectMapper mapper, Class<V> type) implements Codec<V> {

    @Override
    public byte[] encode(V value) throws IOException {
      return mapper.writeValueAsBytes(value);
    }

    @Override
    public V decode(byte[] bytes) throws IOException {
      return mapper.readValue(bytes, type);
    }

    @Override
    public String shape() {
      return "own json of " + type.getName();
    }
  }

  record Revision(String host, long number) {}

  record Host(String id, long revision) {}

  private static final Field<String> ID = DSL.field(DSL.name("id"), SQLDataType.CLOB);
  private static final Field<Long> REVISION = DSL.field(DSL.name("revision"), SQLDataType.BIGINT);
  private static final Repository<Host, String> HOSTS =
      Repository.of(DSL.table(DSL.name("hosts")), Host.class).id(ID).build();

  private static Optional<Revision> load(Session session, String id) {
    return session
        .sql()
        .fetchOptional("select id, revision from hosts where id = ?", id)
        .map(row -> row.into(Revision.class));
  }

  private static Map<String, Revision> loadAll(Session session, List<String> ids) {
    return session
        .sql()
        .fetch(
            "select id, revision from hosts where id = any(?)", (Object) ids.toArray(String[]::new))
        .into(Revision.class)
        .stream()
        .collect(Collectors.toMap(Revision::host, revision -> revision));
  }

  private static void store(Session session, String id, Optional<Revision> value) {
    value.ifPresentOrElse(
        revision ->
            session
                .sql()
                .execute("insert into hosts (id, revision) values (?, ?)", id, revision.number()),
        () -> session.sql().execute("delete from hosts where id = ?", id));
  }

  private static String squeezed(String code) {
    return code.replaceAll("\\s+", "");
  }
}
