package dev.tenon.core.graph;

import static dev.tenon.core.graph.GraphDatabase.WITH_EDGES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.UuidV7;
import dev.tenon.core.graph.GraphRepository.Reach;
import dev.tenon.core.graph.Traversal.Direction;
import dev.tenon.core.graph.Traversal.Limits;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a walk over the table of edges is planned, and how it ends by the clock. */
class EdgeTableWalkTest {

  private static final Graph PAIR =
      Graph.of(List.of(Node.of("a"), Node.of("b")), List.of(Edge.of("ab", "a", "b", 0.5)));

  private static final Limits PATIENT = Limits.defaults().withMaxDuration(Duration.ofDays(400_000));

  private static final EdgeTable TABLE = new EdgeTable("service_graph");

  private final GraphDatabase database = GraphDatabase.withEdgeTable();
  private final UUID id = UuidV7.next();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void a_walk_that_takes_too_long_is_cut_and_its_transaction_goes_on() {
    WITH_EDGES.insert(session(), id, RandomGraphs.chain(5, 0.5));
    Limits hurried = Limits.defaults().withMaxDuration(Duration.ofNanos(1));

    session()
        .transaction(
            tx -> {
              Reach cut = WITH_EDGES.hops(tx, id, "n0", 5, Direction.OUT, hurried);
              Reach whole = WITH_EDGES.hops(tx, id, "n0", 5, Direction.OUT, PATIENT);

              assertThat(cut.reached()).isEmpty();
              assertThat(cut.truncated()).isTrue();
              assertThat(whole.reached()).hasSize(5);
              assertThat(whole.truncated()).isFalse();
            });
  }

  @Test
  void a_walk_without_time_still_tells_what_is_missing() {
    WITH_EDGES.insert(session(), id, PAIR);
    Limits hurried = Limits.defaults().withMaxDuration(Duration.ofNanos(1));

    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> WITH_EDGES.hops(session(), id, "ghost", 1, Direction.OUT, hurried))
        .withMessageContaining("the node 'ghost'");
    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> WITH_EDGES.hops(session(), UuidV7.next(), "a", 1, Direction.OUT, hurried))
        .withMessageContaining("there is no graph");
  }

  @Test
  void a_walk_asks_for_the_time_before_it_looks_for_edges() {
    insertLarge();

    assertThat(plan("explain analyze ", 1_000_000_000L))
        .doesNotContainPattern("Scan[^(]* on service_graph_edge.*never executed");
    assertThat(plan("explain analyze ", 0L))
        .containsPattern("Scan[^(]* on service_graph_edge.*never executed");
  }

  @Test
  void the_rows_are_found_by_an_index_under_row_level_security() {
    insertLarge();

    String plan = plan("explain ", null);

    assertThat(plan).contains("service_graph_edge_out").doesNotContain("Seq Scan on service_graph");
  }

  @ParameterizedTest
  @ValueSource(strings = {"force_custom_plan", "force_generic_plan"})
  void a_walk_is_planned_alike_whatever_the_server_knows_of_other_graphs(String mode) {
    Session other = database.session(TenantId.of(UuidV7.next()));
    List<Runnable> known =
        List.of(
            () -> {},
            () -> insertChains(other, 300),
            () -> WITH_EDGES.insert(other, UuidV7.next(), RandomGraphs.star(10_000)),
            () -> insertChains(session(), 1),
            () -> WITH_EDGES.insert(session(), UuidV7.next(), RandomGraphs.star(10_000)));
    for (Runnable more : known) {
      more.run();
      database.asOwner("analyze service_graph_edge");
      UUID chain = UuidV7.next();
      WITH_EDGES.insert(session(), chain, RandomGraphs.chain(3_000, 0.5));
      for (boolean isAnalyzed : new boolean[] {false, true}) {
        for (String sql : List.of(TABLE.reachOut, TABLE.reachIn)) {
          String index = sql.equals(TABLE.reachOut) ? "_out" : "_in";

          String plan = plan("explain ", sql, chain, null, mode);

          assertThat(plan)
              .as("%s, analyzed %s", index, isAnalyzed)
              .containsPattern("Index Only Scan using service_graph_edge" + index + " on")
              .doesNotContain("service_graph_edge_pkey", "Seq Scan", "Bitmap");
        }
        database.asOwner("analyze service_graph_edge");
      }
    }
  }

  private static void insertChains(Session session, int count) {
    for (int i = 0; i < count; i++) {
      WITH_EDGES.insert(session, UuidV7.next(), RandomGraphs.chain(20, 0.5));
    }
  }

  @Test
  void a_star_is_walked_in_both_directions_without_reading_it_for_each_node() {
    int leaves = 10_000;
    Graph star =
        Graph.of(
            IntStream.rangeClosed(0, leaves).mapToObj(i -> Node.of("n" + i)).toList(),
            IntStream.rangeClosed(1, leaves)
                .mapToObj(i -> Edge.of("e" + i, "n0", "n" + i, 0.5))
                .toList());
    WITH_EDGES.insert(session(), id, star);

    Limits wide = Limits.defaults().withMaxNodes(leaves).withMaxDuration(Duration.ofSeconds(10));
    Reach both = WITH_EDGES.hops(session(), id, "n1", 4, Direction.BOTH, wide);

    assertThat(both.truncated()).isFalse();
    assertThat(both.reached()).hasSize(leaves);
  }

  private void insertLarge() {
    WITH_EDGES
        .selfLoops(GraphRepository.SelfLoops.ALLOWED)
        .insert(session(), id, RandomGraphs.sparse(1_000, 5_000, 1));
    database.asOwner("analyze service_graph_edge");
  }

  /** Of a walk from {@code n0} that may take some microseconds. */
  private String plan(String explain, @Nullable Long micros) {
    return plan(explain, TABLE.reachOut, id, micros, "auto");
  }

  private String plan(String explain, String sql, UUID id, @Nullable Long micros, String mode) {
    return EdgeReach.planned(session())
        .withSetting("plan_cache_mode", mode)
        .sql()
        .fetch(
            explain + sql,
            "n0",
            database.tenant().value(),
            id,
            3,
            micros,
            micros,
            1_000L,
            database.tenant().value(),
            id,
            3,
            micros,
            micros,
            1_000L,
            "n0",
            "n0",
            "n0",
            database.tenant().value(),
            id,
            micros)
        .format(1_000);
  }

  private Session session() {
    return database.session();
  }
}
