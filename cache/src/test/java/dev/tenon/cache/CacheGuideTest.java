package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Session;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
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
      assertThat(result.source()).isEqualTo(CacheSource.LOADED);

      Map<String, Revision> many =
          revisions.getAll(acme, List.of("web-01", "web-02"), (ids, context) -> loadAll(acme, ids));
      assertThat(many).containsOnlyKeys("web-01");

      revisions.invalidateTag(acme, "rack-7");
      assertThat(revisions.find(acme, "web-01", id -> load(acme, id))).isPresent();
      assertThat(revisions.statistics().loads()).isEqualTo(4);

      acme.transaction(
          tx -> {
            tx.sql().execute("update hosts set revision = 3 where id = 'web-01'");
            revisions.put(tx, "web-01", new Revision("web-01", 3));
          });
      assertThat(revisions.find(acme, "web-01", id -> load(acme, id)))
          .contains(new Revision("web-01", 3));
      assertThat(revisions.statistics().loads()).isEqualTo(4);
      assertThat(before).contains(new Revision("web-01", 1));
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

  record Revision(String host, long number) {}

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

  private static String squeezed(String code) {
    return code.replaceAll("\\s+", "");
  }
}
