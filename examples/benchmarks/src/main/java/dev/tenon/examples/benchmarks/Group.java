package dev.tenon.examples.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The benchmarks of one promise, which run next to each other on one stage.
 *
 * @param name to choose it by on the command line
 * @param benchmarks the class that holds them
 * @param figure what is compared
 * @param stage makes what they run on
 * @param rows how many rows the stage has
 * @param comparisons what is measured beside what
 */
record Group(
    String name,
    Class<?> benchmarks,
    Figure figure,
    Stage.Builder stage,
    int rows,
    List<Comparison> comparisons) {

  private static final int HOSTS = 100_000;
  private static final int DOCUMENTS = 10_000;
  private static final Duration HALF_A_MILLISECOND = Duration.ofNanos(500_000);

  private static final Comparison TENANT_FIND =
      Comparison.of("find, RLS | JDBC, no tenancy", "tenantRepository", "tenantJdbc");
  private static final Comparison SET_LOCAL =
      Comparison.of("find, RLS | transaction + SET LOCAL", "tenantRepository", "tenantSetLocal");

  private static final Comparison SET_RESET =
      Comparison.of("find, RLS | SET, transaction, RESET", "tenantRepository", "tenantSetReset");

  /** All groups, in the order in which they run. */
  static List<Group> all() {
    return Stream.of(own(), EphemeralGroups.all(), StoreGroups.all(), PeerGroups.all())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Group> own() {
    return List.of(
        core(),
        tenancy(),
        tenancyAtHalfAMillisecond(),
        tenants("tenancy-1", 1),
        tenants("tenancy-1000", 1_000),
        transaction("transaction", HostTables::build, 1.35),
        transaction("transaction-0.5ms", HostTables.at(HALF_A_MILLISECOND), 1.05),
        allocation(),
        storm(),
        timeseries(),
        vector(),
        vectorLoad(),
        cache(),
        cacheRemote(),
        cacheBulk());
  }

  private static Group core() {
    return new Group(
        "core",
        ReadBenchmark.class,
        Figure.MEDIAN_TIME,
        HostTables::build,
        HOSTS,
        List.of(Comparison.of("find, no tenant | JDBC", "repository", "jdbc").atMost(1.15)));
  }

  private static Group tenancy() {
    return new Group(
        "tenancy",
        ReadBenchmark.class,
        Figure.MEDIAN_TIME,
        HostTables::build,
        HOSTS,
        List.of(
            TENANT_FIND.atMost(1.35),
            SET_LOCAL.atMost(0.5),
            SET_RESET.atMost(0.5),
            Comparison.of(
                "find, RLS, active only | JDBC, no tenancy",
                "activeTenantRepository",
                "tenantJdbc"),
            Comparison.of("jOOQ, RLS | JDBC, no tenancy", "tenantJooq", "tenantJdbc"),
            Comparison.of("jOOQ, RLS | jOOQ, no tenancy", "tenantJooq", "tenantPlainJooq")));
  }

  private static Group tenancyAtHalfAMillisecond() {
    return new Group(
        "tenancy-0.5ms",
        ReadBenchmark.class,
        Figure.MEDIAN_TIME,
        HostTables.at(HALF_A_MILLISECOND),
        HOSTS,
        List.of(TENANT_FIND.atMost(1.05), SET_LOCAL.atMost(0.5), SET_RESET.atMost(0.5)));
  }

  private static Group tenants(String name, int tenants) {
    return new Group(
        name,
        ReadBenchmark.class,
        Figure.MEDIAN_TIME,
        HostTables.skewed(tenants),
        HOSTS,
        List.of(TENANT_FIND.atMost(1.35), SET_LOCAL.atMost(0.5), SET_RESET.atMost(0.5)));
  }

  /** More statements make the tenant's share of the round trips less, and with it the gain. */
  private static Group transaction(String name, Stage.Builder stage, double mostOfBare) {
    return new Group(
        name,
        TransactionBenchmark.class,
        Figure.MEDIAN_TIME,
        stage,
        HOSTS,
        Stream.of("One", "Three", "Ten")
            .flatMap(number -> transactions(number, mostOfBare))
            .toList());
  }

  private static Stream<Comparison> transactions(String number, double mostOfBare) {
    String tenon = "repository" + number;
    String subject = "transaction of " + number.toLowerCase(Locale.ROOT) + ", RLS | ";
    return Stream.of(
        Comparison.of(subject + "JDBC, no tenancy", tenon, "jdbc" + number).atMost(mostOfBare),
        Comparison.of(subject + "SET LOCAL", tenon, "setLocal" + number),
        Comparison.of(subject + "SET, RESET", tenon, "setReset" + number));
  }

  private static Group allocation() {
    return new Group(
        "allocation",
        ReadBenchmark.class,
        Figure.ALLOCATION,
        HostTables::build,
        HOSTS,
        List.of(
            Comparison.of("jOOQ, RLS | jOOQ, no tenancy", "tenantJooq", "tenantPlainJooq")
                .atMost(2),
            Comparison.of("find, RLS | jOOQ, no tenancy", "tenantRepository", "tenantPlainJooq")
                .atMost(2),
            TENANT_FIND,
            SET_LOCAL));
  }

  private static Group storm() {
    return new Group(
        "storm",
        StormBenchmark.class,
        Figure.TAIL_TIME,
        HostTables::build,
        HOSTS,
        List.of(
            Comparison.of("p99 in another's storm, limits | calm", "limited", "calm").atMost(2),
            Comparison.of("p99 in another's storm, no limits | calm", "unlimited", "calm")));
  }

  private static Group timeseries() {
    return new Group(
        "timeseries",
        AppendBenchmark.class,
        Figure.RATE,
        SampleTable::build,
        SampleTable.ROWS,
        List.of(
            Comparison.of("append, RLS | psql COPY BINARY", "repository", "psqlCopy").atLeast(0.6),
            Comparison.of("append, RLS | CopyManager, encoded", "repository", "copyManager")));
  }

  private static Group vector() {
    return new Group(
        "vector",
        SearchBenchmark.class,
        Figure.RATE,
        DocumentTable::build,
        DOCUMENTS,
        List.of(
            Comparison.of("top 10, RLS | JDBC, no tenancy", "repository", "jdbc").atLeast(0.9),
            Comparison.of("top 10, RLS | tx + SET LOCAL", "repository", "setLocal")));
  }

  private static Group vectorLoad() {
    return new Group(
        "vector-load",
        LoadBenchmark.class,
        Figure.RATE,
        DocumentTable::buildWithoutIndex,
        DocumentTable.BATCH,
        List.of(
            Comparison.of("load, RLS | psql COPY BINARY", "repository", "psqlCopy").atLeast(0.8),
            Comparison.of("load, RLS | insert … unnest, RLS", "repository", "unnest")));
  }

  private static Group cache() {
    return new Group(
        "cache",
        CacheHitBenchmark.class,
        Figure.AVERAGE_TIME,
        CacheHitBenchmark::build,
        CacheHitBenchmark.KEYS,
        List.of(
            Comparison.of("hit in memory | Caffeine", "entityCache", "caffeine").atMost(1.25),
            Comparison.of("hit in memory | Caffeine, key of two", "entityCache", "caffeinePair"),
            Comparison.of("hit in memory | JetCache, two levels", "entityCache", "jetCache"),
            Comparison.of("hit in memory | Redisson, local map", "entityCache", "redisson")));
  }

  private static Group cacheRemote() {
    return new Group(
        "cache-remote",
        RemoteHitBenchmark.class,
        Figure.MEDIAN_TIME,
        CacheHitBenchmark::build,
        CacheHitBenchmark.KEYS,
        List.of(
            Comparison.of("hit in Redis | Lettuce GET, decoded", "entityCache", "lettuce")
                .atMost(1.1),
            Comparison.of("hit in Redis | Redisson RBucket", "entityCache", "redissonBucket"),
            Comparison.of("hit in Redis | Redisson RMap", "entityCache", "redissonMap"),
            Comparison.of("hit in Redis | JetCache, remote", "entityCache", "jetCache")));
  }

  private static Group cacheBulk() {
    return new Group(
        "cache-bulk",
        RemoteHitBenchmark.class,
        Figure.MEDIAN_TIME,
        CacheHitBenchmark::build,
        CacheHitBenchmark.KEYS,
        List.of(
            Comparison.of("100 in Redis | Lettuce MGET, decoded", "entityCacheMany", "lettuceMany")
                .atMost(1.5),
            Comparison.of("100 in Redis | Redisson RMap", "entityCacheMany", "redissonMany"),
            Comparison.of("100 in Redis | JetCache, remote", "entityCacheMany", "jetCacheMany")));
  }

  Group withRows(int number) {
    return new Group(name, benchmarks, figure, stage, number, comparisons);
  }

  /** The methods to run, each once. */
  List<String> methods() {
    return comparisons.stream()
        .flatMap(comparison -> Stream.of(comparison.tenon(), comparison.bare()))
        .distinct()
        .toList();
  }

  /** Whether what a JVM compiled and allocated before shows in the figure. */
  boolean isForked() {
    return figure == Figure.AVERAGE_TIME || figure == Figure.ALLOCATION;
  }

  /** Whether the bytes of a call are told beside its time. */
  boolean countsBytes() {
    return figure == Figure.AVERAGE_TIME;
  }
}
