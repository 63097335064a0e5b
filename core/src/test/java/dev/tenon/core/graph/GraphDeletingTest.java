package dev.tenon.core.graph;

import static dev.tenon.core.graph.GraphDatabase.WITH_EDGES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tenon.core.NotFoundException;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.StaleVersionException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Graphs that go, with their edges. */
class GraphDeletingTest {

  private static final Graph PAIR =
      Graph.of(List.of(Node.of("a"), Node.of("b")), List.of(Edge.of("ab", "a", "b", 0.5)));

  private final GraphDatabase database = GraphDatabase.withEdgeTable();
  private final UUID id = UuidV7.next();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void a_graph_goes_with_its_edges_and_no_other_graph_does() {
    UUID other = UuidV7.next();
    WITH_EDGES.insert(session(), id, PAIR);
    WITH_EDGES.insert(session(), other, PAIR);

    WITH_EDGES.delete(session(), id, 1);

    assertThat(WITH_EDGES.find(session(), id)).isEmpty();
    assertThat(WITH_EDGES.find(session(), other)).isPresent();
    assertThat(graphsWithEdges()).containsExactly(other);
    assertThat(WITH_EDGES.insert(session(), id, PAIR).version()).isEqualTo(1);
  }

  @Test
  void a_version_that_is_stale_deletes_nothing_and_is_told() {
    WITH_EDGES.insert(session(), id, PAIR);
    WITH_EDGES.patch(session(), id, 1, confidence(0.75));

    session()
        .transaction(
            transaction -> {
              assertThatExceptionOfType(StaleVersionException.class)
                  .isThrownBy(() -> WITH_EDGES.delete(transaction, id, 1))
                  .satisfies(
                      stale -> {
                        assertThat(stale.expected()).isEqualTo(1);
                        assertThat(stale.actual()).isEqualTo(2);
                      });
              assertThat(WITH_EDGES.get(transaction, id).version()).isEqualTo(2);
            });

    assertThat(graphsWithEdges()).containsExactly(id);
  }

  @Test
  void a_graph_that_is_not_there_or_of_another_tenant_is_not_found() {
    Session other = database.session(TenantId.of(UuidV7.next()));
    WITH_EDGES.insert(session(), id, PAIR);

    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> WITH_EDGES.delete(other, id, 1))
        .withMessageContaining("there is no graph " + id);
    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> WITH_EDGES.delete(session(), UuidV7.next(), 1));
    assertThat(graphsWithEdges()).containsExactly(id);
  }

  @Test
  void a_session_without_a_tenant_is_refused() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> WITH_EDGES.delete(database.withoutTenant(), id, 1))
        .withMessageContaining("the session has no tenant");
  }

  @Test
  void a_deletion_that_is_rolled_back_leaves_the_graph_and_its_edges() {
    WITH_EDGES.insert(session(), id, PAIR);

    Throwable thrown =
        catchThrowable(
            () ->
                session()
                    .transaction(
                        transaction -> {
                          WITH_EDGES.delete(transaction, id, 1);
                          assertThat(WITH_EDGES.find(transaction, id)).isEmpty();
                          throw new IllegalStateException("undo");
                        }));

    assertThat(thrown).hasMessage("undo");
    assertThat(WITH_EDGES.find(session(), id)).isPresent();
    assertThat(graphsWithEdges()).containsExactly(id);
  }

  @Test
  void of_those_who_patch_and_delete_one_version_exactly_one_wins() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      for (int round = 0; round < 20; round++) {
        UUID graph = UuidV7.next();
        WITH_EDGES.insert(session(), graph, PAIR);
        List<Future<Boolean>> writers = new ArrayList<>();
        for (int writer = 0; writer < 6; writer++) {
          boolean deletes = writer % 2 == 0;
          writers.add(threads.submit(() -> wins(graph, deletes)));
        }
        int won = 0;
        for (Future<Boolean> writer : writers) {
          won += writer.get() ? 1 : 0;
        }
        assertThat(won).isEqualTo(1);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private boolean wins(UUID graph, boolean deletes) {
    try {
      if (deletes) {
        WITH_EDGES.delete(session(), graph, 1);
      } else {
        WITH_EDGES.patch(session(), graph, 1, confidence(0.75));
      }
      return true;
    } catch (StaleVersionException | NotFoundException lost) {
      return false;
    }
  }

  @Test
  void a_deletion_that_a_trigger_keeps_out_is_told() {
    database.asOwner(
        """
        create function keep() returns trigger language plpgsql as $$ begin return null; end $$;
        create trigger keep before delete on service_graph for each row execute function keep()""");
    WITH_EDGES.insert(session(), id, PAIR);

    assertThatExceptionOfType(ServerException.class)
        .isThrownBy(() -> WITH_EDGES.delete(session(), id, 1))
        .withMessageContaining("a trigger or a rule of the table suppressed it");
  }

  private List<UUID> graphsWithEdges() {
    return session()
        .sql()
        .fetch("select distinct graph_id from service_graph_edge")
        .getValues(0, UUID.class);
  }

  private Session session() {
    return database.session();
  }

  private static GraphPatch confidence(double confidence) {
    return GraphPatch.builder().changeConfidence("ab", confidence).build();
  }
}
