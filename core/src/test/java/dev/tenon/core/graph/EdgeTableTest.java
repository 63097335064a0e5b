package dev.tenon.core.graph;

import static dev.tenon.core.graph.GraphDatabase.GRAPHS;
import static dev.tenon.core.graph.GraphDatabase.WITH_EDGES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.Session;
import dev.tenon.core.StaleVersionException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import dev.tenon.core.graph.GraphRepository.Reach;
import dev.tenon.core.graph.Traversal.Direction;
import dev.tenon.core.graph.Traversal.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EdgeTableTest {

  private static final Graph SERVICES =
      Graph.of(
          List.of(Node.of("a"), Node.of("b"), Node.of("c"), Node.of("alone")),
          List.of(Edge.of("ab", "a", "b", 0.5), Edge.of("bc", "b", "c", 0.25)));

  private final GraphDatabase database = GraphDatabase.withEdgeTable();
  private final UUID id = UuidV7.next();

  @AfterEach
  void close() {
    database.close();
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void the_rows_answer_what_the_document_answers(Direction way) {
    GraphRepository rows = WITH_EDGES.selfLoops(GraphRepository.SelfLoops.ALLOWED);
    for (long seed = 0; seed < 60; seed++) {
      UUID graphId = UuidV7.next();
      rows.insert(session(), graphId, RandomGraphs.small(seed));
      int hops = (int) (seed % 5);

      assertThat(rows.hops(session(), graphId, "n0", hops, way))
          .as("seed %d", seed)
          .isEqualTo(GRAPHS.hops(session(), graphId, "n0", hops, way));
    }
  }

  @Test
  void a_patch_and_its_edges_are_one_change() {
    WITH_EDGES.insert(session(), id, SERVICES);
    GraphPatch patch =
        GraphPatch.builder()
            .removeEdge("bc")
            .changeConfidence("ab", 0.75)
            .addNode(Node.of("d"))
            .addEdge(Edge.of("bd", "b", "d", 1))
            .build();

    session()
        .transaction(
            tx -> {
              WITH_EDGES.patch(tx, id, 1, patch);
              assertThat(rows(tx)).containsExactlyInAnyOrder("ab a b 0.75", "bd b d 1.0");
            });

    assertThat(rows(session())).containsExactlyInAnyOrder("ab a b 0.75", "bd b d 1.0");
    assertThat(reached("a", 2)).containsExactly("b 1", "d 2");
  }

  @Test
  void a_patch_that_is_rolled_back_leaves_the_edges_as_they_were() {
    WITH_EDGES.insert(session(), id, SERVICES);

    Throwable thrown =
        catchThrowable(
            () ->
                session()
                    .transaction(
                        tx -> {
                          WITH_EDGES.patch(
                              tx, id, 1, GraphPatch.builder().removeEdge("ab").build());
                          throw new IllegalStateException("undo");
                        }));

    assertThat(thrown).hasMessage("undo");
    assertThat(rows(session())).containsExactlyInAnyOrder("ab a b 0.5", "bc b c 0.25");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-0.5", "1.5", "\"NaN\""})
  void a_document_of_foreign_sql_cannot_bring_a_confidence_that_is_none(String confidence) {
    WITH_EDGES.insert(session(), id, SERVICES);

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(
            () ->
                session()
                    .sql()
                    .execute(
                        "update service_graph set document ="
                            + " jsonb_set(document, '{edges,0,confidence}', {0})",
                        DSL.inline(JSONB.valueOf(confidence))))
        .withMessageContaining("service_graph_edge_confidence_check");

    assertThat(rows(session())).containsExactlyInAnyOrder("ab a b 0.5", "bc b c 0.25");
  }

  @Test
  void a_patch_writes_only_the_rows_of_edges_that_it_changes() {
    WITH_EDGES.insert(session(), id, SERVICES);
    String before = version("bc");

    WITH_EDGES.patch(session(), id, 1, GraphPatch.builder().changeConfidence("ab", 1).build());

    assertThat(version("bc")).isEqualTo(before);
  }

  @Test
  void the_rows_are_those_of_the_document_after_many_writers() throws Exception {
    WITH_EDGES.insert(session(), id, SERVICES);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> writers = new ArrayList<>();
    for (int writer = 0; writer < 4; writer++) {
      int number = writer;
      writers.add(threads.submit(() -> write(number)));
    }
    for (Future<?> writer : writers) {
      writer.get();
    }
    threads.shutdown();

    assertThat(rows(session()))
        .hasSize(SERVICES.edges().size() + 4 * 10)
        .isEqualTo(
            WITH_EDGES.get(session(), id).graph().edges().stream()
                .map(edge -> row(edge.id(), edge.from(), edge.to(), edge.confidence()))
                .collect(Collectors.toSet()));
  }

  private void write(int number) {
    long version = 1;
    for (int i = 0; i < 10; ) {
      Edge edge = Edge.of("w" + number + "-" + i, "a", "alone", 0.5);
      try {
        version =
            WITH_EDGES.patch(session(), id, version, GraphPatch.builder().addEdge(edge).build());
        i++;
      } catch (StaleVersionException stale) {
        version = stale.actual();
      }
    }
  }

  @Test
  void a_graph_that_is_deleted_takes_its_edges_along() {
    WITH_EDGES.insert(session(), id, SERVICES);

    session().sql().execute("delete from service_graph where id = ?", id);

    assertThat(rows(session())).isEmpty();
  }

  @Test
  void another_tenant_sees_and_reaches_nothing() {
    Session other = database.session(TenantId.of(UuidV7.next()));
    WITH_EDGES.insert(session(), id, SERVICES);

    assertThat(rows(other)).isEmpty();
    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> WITH_EDGES.hops(other, id, "a", 1, Direction.OUT))
        .withMessageContaining("there is no graph " + id);
  }

  @Test
  void two_tenants_with_one_id_reach_their_own_nodes() {
    Session other = database.session(TenantId.of(UuidV7.next()));
    WITH_EDGES.insert(session(), id, SERVICES);
    WITH_EDGES.insert(
        other,
        id,
        Graph.of(List.of(Node.of("a"), Node.of("z")), List.of(Edge.of("az", "a", "z", 1))));

    assertThat(reached("a", 1)).containsExactly("b 1");
    assertThat(WITH_EDGES.hops(other, id, "a", 9, Direction.OUT).reached())
        .containsExactly(new Reach.Reached("z", 1));
  }

  @Test
  void a_node_without_edges_reaches_nothing() {
    WITH_EDGES.insert(session(), id, SERVICES);

    assertThat(reached("alone", 3)).isEmpty();
    assertThat(reached("c", 3)).isEmpty();
    assertThat(reached("a", 0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void a_node_that_the_graph_does_not_have_is_told(int hops) {
    WITH_EDGES.insert(session(), id, SERVICES);

    for (GraphRepository graphs : List.of(GRAPHS, WITH_EDGES)) {
      assertThatExceptionOfType(NotFoundException.class)
          .isThrownBy(() -> graphs.hops(session(), id, "ghost", hops, Direction.BOTH))
          .withMessageContaining("the node 'ghost'");
    }
  }

  @Test
  void a_graph_that_is_older_than_the_table_is_refused_until_it_is_written_again() {
    database.asOwner("alter table service_graph disable trigger tenon_edges");
    WITH_EDGES.insert(session(), id, SERVICES);
    database.asOwner("alter table service_graph enable trigger tenon_edges");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> WITH_EDGES.hops(session(), id, "a", 1, Direction.OUT))
        .withMessageContaining("are not in the table of edges");
    assertThat(reached("c", 1)).isEmpty();

    session().sql().execute("update service_graph set document = document where id = ?", id);
    assertThat(reached("a", 1)).containsExactly("b 1");
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void hops_without_an_end_come_to_one_on_a_cycle(Direction way) {
    WITH_EDGES.insert(session(), id, RandomGraphs.complete(30, new Random(7)));
    Limits limits = Limits.defaults().withMaxDepth(1_000_000);

    Reach rows = WITH_EDGES.hops(session(), id, "n0", 1_000_000, way, limits);

    assertThat(rows).isEqualTo(GRAPHS.hops(session(), id, "n0", 1_000_000, way, limits));
    assertThat(rows.reached()).hasSize(29);
    assertThat(rows.truncated()).isFalse();
  }

  @Test
  void limits_cut_and_say_so() {
    WITH_EDGES.insert(session(), id, RandomGraphs.chain(5, 0.5));

    Reach shallow = hops(5, Limits.defaults().withMaxDepth(3));
    Reach whole = hops(5, Limits.defaults().withMaxDepth(5).withMaxNodes(5).withMaxEdges(5));
    Reach few = hops(5, Limits.defaults().withMaxNodes(2));
    Reach rows = hops(5, Limits.defaults().withMaxEdges(4));

    assertThat(shallow.reached()).hasSize(3);
    assertThat(shallow.truncated()).isTrue();
    assertThat(whole.reached()).hasSize(5);
    assertThat(whole.truncated()).isFalse();
    assertThat(few.reached()).extracting(Reach.Reached::node).containsExactly("n1", "n2");
    assertThat(few.truncated()).isTrue();
    assertThat(rows.truncated()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"'); drop table service_graph; --", "\"", "\\", "\\u0000", "😀", "$sql$"})
  void any_text_is_an_id(String text) {
    WITH_EDGES.insert(
        session(),
        id,
        Graph.of(
            List.of(Node.of(text), Node.of("other")), List.of(Edge.of(text, text, "other", 0.5))));

    assertThat(reached(text, 1)).containsExactly("other 1");
    assertThat(WITH_EDGES.hops(session(), id, "other", 1, Direction.IN).reached())
        .containsExactly(new Reach.Reached(text, 1));
  }

  @Test
  void an_id_that_is_too_long_for_an_index_is_refused() {
    String longId = "x".repeat(1_001);
    Graph graph =
        Graph.of(List.of(Node.of(longId), Node.of("b")), List.of(Edge.of("e", longId, "b", 1)));

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> WITH_EDGES.insert(session(), id, graph))
        .withMessageContaining("the edge 'e' from 'xxx")
        .withMessageContaining("more than 1000 bytes");
    assertThat(WITH_EDGES.find(session(), id)).isEmpty();
  }

  @Test
  void a_transaction_goes_on_after_a_patch_with_an_id_that_is_too_long() {
    WITH_EDGES.insert(session(), id, SERVICES);
    GraphPatch patch = GraphPatch.builder().addEdge(Edge.of("é".repeat(501), "a", "b", 1)).build();
    session()
        .transaction(
            transaction -> {
              assertThatExceptionOfType(InvalidDataException.class)
                  .isThrownBy(() -> WITH_EDGES.patch(transaction, id, 1, patch));
              assertThat(WITH_EDGES.find(transaction, id)).isPresent();
            });
  }

  @Test
  void a_schema_and_odd_names_are_quoted() {
    assertThat(GraphRepository.of("app", "Odd \"'name").withEdgeTable().edgeTableSql())
        .contains("create table \"app\".\"Odd \"\"'name_edge\"")
        .contains("'\"app\".\"Odd \"\"''name_edge\"'::regclass");
  }

  @Test
  void the_table_of_a_schema_and_an_odd_name_is_kept_by_its_trigger() {
    GraphRepository odd = GraphRepository.of("odd 100%", "$tenon$ \"'name").withEdgeTable();
    database.asOwner("create schema \"odd 100%\"; " + odd.sql());
    database.asOwner(
        """
        do $$ begin
          execute 'grant usage on schema "odd 100%" to public';
          execute 'grant all on all tables in schema "odd 100%" to public';
        end $$""");

    odd.insert(session(), id, SERVICES);

    assertThat(odd.hops(session(), id, "a", 1, Direction.OUT).reached()).hasSize(1);
  }

  @Test
  void a_repository_without_the_table_has_no_sql_for_it() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(GRAPHS::edgeTableSql)
        .withMessageContaining("withEdgeTable()");
  }

  @Test
  void a_negative_number_of_hops_is_refused() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> WITH_EDGES.hops(session(), id, "a", -1, Direction.OUT))
        .withMessageContaining("-1 hops");
  }

  private Session session() {
    return database.session();
  }

  private Reach hops(int hops, Limits limits) {
    return WITH_EDGES.hops(session(), id, "n0", hops, Direction.OUT, limits);
  }

  private List<String> reached(String node, int hops) {
    return WITH_EDGES.hops(session(), id, node, hops, Direction.OUT).reached().stream()
        .map(reached -> reached.node() + " " + reached.distance())
        .toList();
  }

  private static Set<String> rows(Session session) {
    return session.sql().fetch("select * from service_graph_edge").stream()
        .map(row -> row(row.get("id"), row.get("source"), row.get("target"), row.get("confidence")))
        .collect(Collectors.toSet());
  }

  private static String row(Object id, Object source, Object target, Object confidence) {
    return "%s %s %s %s".formatted(id, source, target, confidence);
  }

  /** Where the row of an edge lies, which changes when it is written. */
  private String version(String edge) {
    return String.valueOf(
        session()
            .sql()
            .fetchValue("select ctid || ' ' || xmin from service_graph_edge where id = ?", edge));
  }
}
