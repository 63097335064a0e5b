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
import java.util.Optional;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
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

      assertThat(before).contains(new Revision("web-01", 1));
      assertThat(revisions.find(acme, "web-01", id -> load(acme, id)))
          .contains(new Revision("web-01", 2));
      assertThat(revisions.statistics().loads()).isEqualTo(2);
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

  record Revision(String host, long number) {}

  private static Optional<Revision> load(Session session, String id) {
    return session
        .sql()
        .fetchOptional("select id, revision from hosts where id = ?", id)
        .map(row -> row.into(Revision.class));
  }

  private static String squeezed(String code) {
    return code.replaceAll("\\s+", "");
  }
}
