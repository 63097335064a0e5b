package dev.tenon.examples.benchmarks;

import java.util.List;
import java.util.stream.Stream;

/** The groups that compare a repository without tenants with what does the same. */
final class PeerGroups {

  private static final int HOSTS = 100_000;
  private static final int FEW = 1_000;
  private static final int MANY = 100_000;

  /** The promise is to be ahead of each of them. */
  private static final List<String> PEERS =
      List.of("jooq", "ebean", "hibernateStateless", "hibernate", "springData", "jdbi");

  private PeerGroups() {}

  static List<Group> all() {
    return Stream.of(times(), bytes()).flatMap(List::stream).toList();
  }

  private static List<Group> times() {
    return List.of(
        group("peers-find", FindBenchmark.class, Figure.MEDIAN_TIME, HOSTS, jdbc(1.15)),
        group("peers-page", PageBenchmark.class, Figure.MEDIAN_TIME, HOSTS, jdbc(1.3)),
        group("peers-update", UpdateBenchmark.class, Figure.MEDIAN_TIME, HOSTS, jdbc(1.15)),
        group("peers-insert", InsertBenchmark.class, Figure.MEDIAN_TIME, HOSTS, jdbc(1.15)),
        group("peers-insert-1000", BulkBenchmark.class, Figure.MEDIAN_TIME, FEW, few()),
        group("peers-insert-100000", BulkBenchmark.class, Figure.MEDIAN_TIME, MANY, many()));
  }

  private static List<Group> bytes() {
    List<Comparison> jdbc = List.of(besideJdbc());
    return List.of(
        group("peers-find-bytes", FindBenchmark.class, Figure.ALLOCATION, HOSTS, jdbc),
        group("peers-page-bytes", PageBenchmark.class, Figure.ALLOCATION, HOSTS, jdbc),
        group("peers-update-bytes", UpdateBenchmark.class, Figure.ALLOCATION, HOSTS, jdbc),
        group("peers-insert-bytes", InsertBenchmark.class, Figure.ALLOCATION, HOSTS, jdbc),
        group("peers-insert-1000-bytes", BulkBenchmark.class, Figure.ALLOCATION, FEW, jdbc));
  }

  private static Group group(
      String name, Class<?> benchmarks, Figure figure, int rows, List<Comparison> written) {
    List<Comparison> comparisons =
        Stream.concat(written.stream(), PEERS.stream().map(PeerGroups::ahead)).toList();
    return new Group(name, benchmarks, figure, SharedHostTable::build, rows, comparisons);
  }

  private static Comparison ahead(String peer) {
    return Comparison.of("Tenon | " + peer, "tenon", peer).atMost(1);
  }

  private static Comparison besideJdbc() {
    return Comparison.of("Tenon | JDBC", "tenon", "jdbc");
  }

  private static List<Comparison> jdbc(double most) {
    return List.of(besideJdbc().atMost(most));
  }

  private static List<Comparison> few() {
    return List.of(
        Comparison.of("Tenon | JDBC, insert … unnest", "tenon", "unnest").atMost(1.1),
        Comparison.of("Tenon | JDBC, batch", "tenon", "jdbc"));
  }

  private static List<Comparison> many() {
    return List.of(
        Comparison.of("Tenon | JDBC, COPY", "tenon", "copy").atMost(1.1),
        Comparison.of("Tenon | JDBC, COPY BINARY", "tenon", "copyBinary"),
        Comparison.of("Tenon | JDBC, batch", "tenon", "jdbc"));
  }
}
