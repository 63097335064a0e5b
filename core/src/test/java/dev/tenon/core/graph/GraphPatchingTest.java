package dev.tenon.core.graph;

import static dev.tenon.core.graph.GraphDatabase.GRAPHS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.StaleVersionException;
import dev.tenon.core.TenonException;
import dev.tenon.core.UuidV7;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GraphPatchingTest {

  private static final int THREADS = 8;
  private static final Graph SERVICES =
      new Graph(
          List.of(Node.of("api"), Node.of("cache"), Node.of("db")),
          List.of(
              new Edge("e1", "api", "cache", 0.5, Attributes.of("{\"kind\": \"calls\", \"n\": 1}")),
              Edge.of("e2", "api", "db", 0.6),
              Edge.of("e3", "cache", "db", 0.7)),
          Attributes.of("{\"layout\": 1}"));

  private final GraphDatabase database = GraphDatabase.plain();
  private final UUID id = UuidV7.next();

  @BeforeEach
  void insert() {
    GRAPHS.insert(session(), id, SERVICES);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void changes_one_edge_and_leaves_everything_else_as_it_was() {
    GraphPatch patch =
        GraphPatch.builder()
            .changeConfidence("e1", 0.9)
            .changeAttributes("e1", Attributes.of("{\"n\": 2, \"seen\": true}"))
            .build();

    long version = GRAPHS.patch(session(), id, 1, patch);

    Edge changed =
        SERVICES
            .edges()
            .get(0)
            .withConfidence(0.9)
            .withAttributes(Attributes.of("{\"kind\": \"calls\", \"n\": 2, \"seen\": true}"));
    assertThat(version).isEqualTo(2);
    assertThat(GRAPHS.get(session(), id))
        .isEqualTo(
            new GraphRepository.Stored(
                id,
                2,
                new Graph(
                    SERVICES.nodes(),
                    List.of(changed, SERVICES.edges().get(1), SERVICES.edges().get(2)),
                    SERVICES.attributes())));
  }

  @Test
  void adds_a_node_with_its_edges_and_removes_an_edge_at_once() {
    Edge fromNew = Edge.of("e4", "queue", "db", 1);
    Edge toNew = Edge.of("e5", "api", "queue", 0.25);
    GraphPatch patch =
        GraphPatch.builder()
            .addEdge(fromNew)
            .addEdge(toNew)
            .addNode(Node.of("queue"))
            .removeEdge("e2")
            .build();

    GRAPHS.patch(session(), id, 1, patch);

    Graph after = GRAPHS.get(session(), id).graph();
    assertThat(after.nodes()).extracting(Node::id).containsExactly("api", "cache", "db", "queue");
    assertThat(after.edges())
        .containsExactly(SERVICES.edges().get(0), SERVICES.edges().get(2), fromNew, toNew);
  }

  @Test
  void removes_the_last_edge() {
    GraphPatch all =
        GraphPatch.builder().removeEdge("e1").removeEdge("e2").removeEdge("e3").build();

    GRAPHS.patch(session(), id, 1, all);

    assertThat(GRAPHS.get(session(), id).graph().edges()).isEmpty();
  }

  @Test
  void tells_the_expected_and_the_actual_version_when_stale() {
    GRAPHS.patch(session(), id, 1, confidence(0.9));

    assertThatExceptionOfType(StaleVersionException.class)
        .isThrownBy(() -> GRAPHS.patch(session(), id, 1, confidence(0.1)))
        .satisfies(
            stale -> {
              assertThat(stale.expected()).isEqualTo(1);
              assertThat(stale.actual()).isEqualTo(2);
            });
    assertThat(GRAPHS.get(session(), id).graph().edges().get(0).confidence()).isEqualTo(0.9);
  }

  @Test
  void says_not_found_for_a_graph_that_is_not_there() {
    UUID missing = UuidV7.next();

    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> GRAPHS.patch(session(), missing, 1, confidence(0.9)))
        .withMessageContaining(missing.toString());
  }

  @Test
  void names_the_edge_that_is_not_there_and_changes_nothing() {
    refused(
            NotFoundException.class,
            GraphPatch.builder().changeConfidence("e1", 0.9).removeEdge("ghost").build())
        .hasMessageContaining("the edge 'ghost' is not in the graph");
  }

  @Test
  void names_the_added_edge_whose_id_is_taken_and_changes_nothing() {
    refused(
            InvalidDataException.class,
            GraphPatch.builder().addEdge(Edge.of("e2", "db", "api", 1)).build())
        .hasMessageContaining("the edge 'e2' is there twice");
  }

  @Test
  void names_the_added_node_whose_id_is_taken_and_changes_nothing() {
    refused(InvalidDataException.class, GraphPatch.builder().addNode(Node.of("db")).build())
        .hasMessageContaining("the node 'db' is there twice");
  }

  @Test
  void names_the_added_edge_and_its_missing_node_and_changes_nothing() {
    refused(
            InvalidDataException.class,
            GraphPatch.builder().addEdge(Edge.of("e9", "api", "ghost", 1)).build())
        .hasMessageContaining("the edge 'e9' from 'api' to 'ghost'")
        .hasMessageContaining("missing node 'ghost'");
  }

  @Test
  void refuses_an_added_self_loop() {
    refused(
            InvalidDataException.class,
            GraphPatch.builder().addEdge(Edge.of("e9", "api", "api", 1)).build())
        .hasMessageContaining("the edge 'e9' leads from the node 'api' to itself");
  }

  @Test
  void joins_the_transaction_of_its_session_and_rolls_back_with_it() {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(
            () ->
                session()
                    .transaction(
                        transaction -> {
                          GRAPHS.patch(transaction, id, 1, confidence(0.9));
                          assertThat(GRAPHS.get(transaction, id).version()).isEqualTo(2);
                          throw new IllegalStateException("roll back");
                        }));

    assertThat(GRAPHS.get(session(), id)).isEqualTo(new GraphRepository.Stored(id, 1, SERVICES));
  }

  @Test
  void lets_a_transaction_go_on_after_a_refused_patch() {
    session()
        .transaction(
            transaction -> {
              assertThatExceptionOfType(StaleVersionException.class)
                  .isThrownBy(() -> GRAPHS.patch(transaction, id, 7, confidence(0.9)));
              GRAPHS.patch(transaction, id, 1, confidence(0.9));
            });

    assertThat(GRAPHS.get(session(), id).version()).isEqualTo(2);
  }

  @Test
  void lets_exactly_one_of_many_writers_of_one_version_win() throws Exception {
    for (long version = 1; version <= 20; version++) {
      long expected = version;

      List<Long> losersSaw =
          together(
              writer -> {
                try {
                  GRAPHS.patch(session(), id, expected, confidence((writer + 1) / 10.0));
                  return List.of();
                } catch (StaleVersionException stale) {
                  return List.of(stale.actual());
                }
              });

      assertThat(losersSaw).hasSize(THREADS - 1).containsOnly(expected + 1);
      assertThat(GRAPHS.get(session(), id).version()).isEqualTo(expected + 1);
    }
  }

  @Test
  void a_patch_that_expects_the_version_for_which_it_waits_can_be_run_again() throws Exception {
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      Future<Long> waiting =
          session()
              .transactionResult(
                  transaction -> {
                    GRAPHS.patch(transaction, id, 1, confidence(0.9));
                    Future<Long> other =
                        threads.submit(() -> GRAPHS.patch(session(), id, 2, confidence(0.8)));
                    awaitLock();
                    return other;
                  });

      assertThatThrownBy(waiting::get).hasCauseInstanceOf(RetryableException.class);
    } finally {
      threads.shutdownNow();
    }
    assertThat(GRAPHS.patch(session(), id, 2, confidence(0.8))).isEqualTo(3);
  }

  private void awaitLock() {
    String waiting =
        "select count(*) from pg_stat_activity"
            + " where datname = current_database() and wait_event_type = 'Lock'";
    while (database.withoutTenant().sql().fetchSingle(waiting).get(0, Long.class) == 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void loses_no_edge_of_many_writers_that_read_again_when_stale() throws Exception {
    int each = 15;

    List<String> added =
        together(
            writer -> {
              List<String> own = new ArrayList<>();
              for (int i = 0; i < each; i++) {
                String edge = "w" + writer + "-" + i;
                addUntilAccepted(Edge.of(edge, "api", "db", 0.5));
                own.add(edge);
              }
              return own;
            });

    GraphRepository.Stored after = GRAPHS.get(session(), id);
    assertThat(added).hasSize(THREADS * each);
    assertThat(after.graph().edges()).extracting(Edge::id).containsAll(added);
    assertThat(after.graph().edges()).hasSize(SERVICES.edges().size() + added.size());
    assertThat(after.version()).isEqualTo(1 + added.size());
  }

  private void addUntilAccepted(Edge edge) {
    long version = GRAPHS.get(session(), id).version();
    for (boolean accepted = false; !accepted; ) {
      try {
        GRAPHS.patch(session(), id, version, GraphPatch.builder().addEdge(edge).build());
        accepted = true;
      } catch (StaleVersionException stale) {
        version = stale.actual();
      }
    }
  }

  private interface Writer<R> {
    List<R> write(int number) throws Exception;
  }

  /** Runs the writers from one starting line and joins what they return. */
  private static <R> List<R> together(Writer<R> writer) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      CyclicBarrier start = new CyclicBarrier(THREADS);
      List<Future<List<R>>> results = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int number = i;
        Callable<List<R>> run =
            () -> {
              start.await();
              return writer.write(number);
            };
        results.add(threads.submit(run));
      }
      List<R> all = new ArrayList<>();
      for (Future<List<R>> result : results) {
        all.addAll(result.get());
      }
      return all;
    } finally {
      threads.shutdownNow();
    }
  }

  private <X extends TenonException> AbstractThrowableAssert<?, ? extends Throwable> refused(
      Class<X> type, GraphPatch patch) {
    Throwable thrown = catchThrowable(() -> GRAPHS.patch(session(), id, 1, patch));
    assertThat(GRAPHS.get(session(), id)).isEqualTo(new GraphRepository.Stored(id, 1, SERVICES));
    return assertThat(thrown).isInstanceOf(type);
  }

  private Session session() {
    return database.session();
  }

  private static GraphPatch confidence(double confidence) {
    return GraphPatch.builder().changeConfidence("e1", confidence).build();
  }
}
