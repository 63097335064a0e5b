package dev.tenon.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.testkit.servers.internal.bundle.CacheDirectory;
import dev.tenon.testkit.servers.internal.bundle.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packed jar in other JVMs: who may run it, from where, and what they leave behind. */
class ServerLifeTest {
  private static final String ORDINARY = "54321";

  private static ChildJvm.Home home;

  private Path cache;

  @BeforeAll
  static void pack(@TempDir Path directory) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    home = ChildJvm.Home.in(directory.resolve("with spaces"));
  }

  @BeforeEach
  void begin_with_an_empty_cache() throws IOException {
    cache = home.newCache();
  }

  @Test
  void runs_from_the_jar_alone_without_apt_from_a_path_with_spaces() throws Exception {
    try (ChildJvm child =
        ChildJvm.start(home, List.of(), fresh(), "postgres", "redis", "clone", "wait")) {
      Path data = Path.of(child.value("data"));
      assertThat(Long.parseLong(child.value("redis"))).isPositive();
      assertThat(child.value("clone")).startsWith("tenon_child_");
      if (User.current().isRoot()) {
        assertThat(Files.getAttribute(data, "unix:uid")).isEqualTo(65534);
      }
      assertThat(cache.resolve("bundles")).isDirectory();
    }
  }

  @Test
  void runs_as_an_ordinary_user_without_a_name() throws Exception {
    List<String> prefix =
        User.current().isRoot()
            ? List.of(
                "setpriv", "--reuid=" + ORDINARY, "--regid=" + ORDINARY, "--clear-groups", "--")
            : List.of();
    Object expected = User.current().isRoot() ? Integer.valueOf(ORDINARY) : User.current().id();
    if (User.current().isRoot()) {
      Files.setAttribute(cache, "unix:uid", expected);
    }
    try (ChildJvm child = ChildJvm.start(home, prefix, fresh(), "postgres", "clone", "wait")) {
      Path data = Path.of(child.value("data"));
      assertThat(child.value("clone")).startsWith("tenon_child_");
      assertThat(Files.getAttribute(data, "unix:uid")).isEqualTo(expected);
    }
  }

  @Test
  void leaves_nothing_behind_when_the_jvm_is_killed() throws Exception {
    try (ChildJvm child =
        ChildJvm.start(
            home, List.of(), shared(), "postgres", "redis", "pgbouncer", "clone", "wait")) {
      Path data = Path.of(child.value("data"));
      long postmaster = Long.parseLong(child.value("postmaster"));
      long redis = Long.parseLong(child.value("redis"));
      long pooler = Long.parseLong(child.value("pgbouncer"));
      assertThat(child.value("made")).isNotEmpty();
      assertThat(running(postmaster)).isTrue();
      assertThat(running(redis)).isTrue();
      assertThat(running(pooler)).isTrue();

      child.kill9();

      Await.until(
          Duration.ofMinutes(1), () -> !running(postmaster) && !running(redis) && !running(pooler));
      Await.until(Duration.ofMinutes(1), () -> !Files.exists(data.getParent()));
    }
  }

  @Test
  void unpacks_once_when_two_jvms_start_at_the_same_time() throws Exception {
    try (ChildJvm one = ChildJvm.start(home, List.of(), fresh(), "postgres", "wait");
        ChildJvm other = ChildJvm.start(home, List.of(), fresh(), "postgres", "wait")) {
      assertThat(one.value("data")).isNotEqualTo(other.value("data"));
      try (Stream<Path> listing = Files.list(cache.resolve("bundles"))) {
        assertThat(listing.filter(Files::isDirectory)).hasSize(1);
      }
    }
  }

  @Test
  void unpacks_again_after_a_kill_half_way() throws Exception {
    Path bundles = cache.resolve("bundles");
    try (ChildJvm killed = ChildJvm.start(home, List.of(), fresh(), "postgres", "wait")) {
      Await.until(Duration.ofMinutes(1), () -> drafts(bundles) > 0);
      killed.kill9();
      assertThat(drafts(bundles)).isEqualTo(1);
    }
    try (ChildJvm next = ChildJvm.start(home, List.of(), fresh(), "postgres", "wait")) {
      assertThat(next.value("description")).contains("bundle");
      assertThat(drafts(bundles)).isZero();
    }
  }

  @Test
  void names_every_source_and_why_each_failed() throws Exception {
    for (String server : List.of("postgres", "redis")) {
      try (ChildJvm child =
          ChildJvm.start(home, List.of(), Map.of("-Dos.arch", "riscv64"), server)) {
        assertThat(child.ending())
            .containsPattern("TENON_TEST_(JDBC|REDIS)_URL: not set")
            .contains("bundle: it is built for Linux on x86-64, and this is Linux on riscv64")
            .contains("Docker: Testcontainers is not on the class path; add org.testcontainers:");
      }
    }
  }

  @Test
  void shares_one_template_among_jvms_on_a_server_that_it_is_given() throws Exception {
    try (PostgresServer given = PostgresServer.start(PostgresOptions.defaults())) {
      String url =
          given.jdbcUrl("postgres") + "?user=postgres&password=" + given.password() + "&ssl=false";
      Map<String, String> environment = Map.of("TENON_TEST_JDBC_URL", url);
      try (ChildJvm one = ChildJvm.start(home, List.of(), environment, "clone", "postgres");
          ChildJvm other = ChildJvm.start(home, List.of(), environment, "clone")) {
        assertThat(one.value("made")).isEqualTo(other.value("made"));
        assertThat(one.value("description"))
            .isEqualTo("the PostgreSQL of TENON_TEST_JDBC_URL on 127.0.0.1:" + given.port());
      }
      assertThat(
              Sql.text(
                  given.dataSource("postgres", given.superuser()),
                  "select string_agg(datname, ',') from pg_database where datname ~ '^tenon_child'"))
          .isEqualTo("null");
    }
  }

  @Test
  void drops_what_a_killed_jvm_left_on_a_server_that_it_is_given_and_nothing_else()
      throws Exception {
    try (PostgresServer given = PostgresServer.start(PostgresOptions.defaults())) {
      var source = given.dataSource("postgres", given.superuser());
      Map<String, String> environment =
          Map.of(
              "TENON_TEST_JDBC_URL",
              given.jdbcUrl("postgres") + "?user=postgres&password=" + given.password());
      try (ChildJvm living = ChildJvm.start(home, List.of(), environment, "hold", "wait")) {
        String inUse = living.value("held");
        try (ChildJvm killed = ChildJvm.start(home, List.of(), environment, "hold", "wait")) {
          String left = killed.value("held");
          killed.kill9();
          try (ChildJvm next = ChildJvm.start(home, List.of(), environment, "hold", "wait")) {
            assertThat(next.value("held")).isNotEqualTo(left);
            Await.until(Duration.ofMinutes(1), () -> !exists(source, left));
            assertThat(exists(source, inUse)).isTrue();
          }
        }
      }
    }
  }

  private static boolean exists(DataSource source, String database) throws SQLException {
    return Sql.text(source, "select count(*) from pg_database where datname = '" + database + "'")
        .equals("1");
  }

  private Map<String, String> fresh() {
    return Map.of("TENON_CACHE", cache.toString());
  }

  /** The cache of this JVM, to save the unpacking where it is not the point. */
  private static Map<String, String> shared() throws IOException {
    return Map.of("TENON_CACHE", CacheDirectory.locate().toString());
  }

  private static long drafts(Path bundles) throws IOException {
    if (!Files.isDirectory(bundles)) {
      return 0;
    }
    try (Stream<Path> listing = Files.list(bundles)) {
      return listing.filter(path -> path.toString().endsWith(".draft")).count();
    }
  }

  private static boolean running(long process) {
    return ProcessHandle.of(process).isPresent();
  }
}
