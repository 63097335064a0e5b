package dev.tenon.core.graph;

import static dev.tenon.core.graph.GraphDatabase.GRAPHS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.core.UuidV7;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GraphRepositoryTest {

  private static final Graph SERVICES =
      new Graph(
          List.of(new Node("api", Attributes.of("{\"team\": \"edge\"}")), Node.of("db")),
          List.of(
              new Edge("e1", "api", "db", 0.8, Attributes.of("{\"kind\": \"calls\", \"x\": [1]}"))),
          Attributes.of("{\"layout\": {\"zoom\": 2}}"));

  private final GraphDatabase database = GraphDatabase.plain();
  private final UUID id = UuidV7.next();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void finds_what_was_inserted_unknown_keys_included() {
    GraphRepository.Stored inserted = GRAPHS.insert(session(), id, SERVICES);

    assertThat(inserted).isEqualTo(new GraphRepository.Stored(id, 1, SERVICES));
    assertThat(GRAPHS.get(session(), id)).isEqualTo(inserted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e999", "-1e-1000", "1.5e500", "0.1e-900"})
  void keeps_a_number_of_a_thousand_digits(String number) {
    Graph graph = Graph.of(List.of(weighing(number)), List.of());

    GRAPHS.insert(session(), id, graph);

    assertThat(GRAPHS.get(session(), id).graph().nodes()).hasSize(1);
    assertThat(GRAPHS.findContaining(session(), GraphPattern.containing().node("api"), 10))
        .hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e1000", "1e-1001", "1.5e-1000", "123e998", "1e1000000000"})
  void refuses_a_number_that_could_not_be_read_again(String number) {
    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> weighing(number))
        .withMessageContaining("digits");
  }

  @Test
  void keeps_an_id_of_100_000_characters_and_refuses_a_longer_one() {
    String longest = "😀".repeat(50_000);
    GRAPHS.insert(session(), id, Graph.of(List.of(Node.of(longest)), List.of()));

    assertThat(GRAPHS.get(session(), id).graph().nodes()).containsExactly(Node.of(longest));
    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> Node.of(longest + "x"))
        .withMessageContaining("has 100001 characters");
  }

  private static Node weighing(String number) {
    return new Node("api", Attributes.of("{\"weight\": [" + number + "]}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"'); drop table service_graph; --", "\"", "\\", "\\u0000", "😀", "?", "$1", "{}"})
  void keeps_any_text_as_an_id(String text) {
    Graph graph =
        Graph.of(
            List.of(Node.of(text), Node.of("other")),
            List.of(Edge.of(text, text, "other", Double.MIN_VALUE)));

    GRAPHS.insert(session(), id, graph);

    assertThat(GRAPHS.get(session(), id).graph()).isEqualTo(graph);
    assertThat(GRAPHS.findContaining(session(), GraphPattern.containing().edge(text, "other"), 10))
        .hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"'); drop table service_graph; --", "\"", "\\", "\\u0000", "😀", "?", "$1", "{}"})
  void keeps_any_text_as_a_key_and_a_value_of_attributes(String text) {
    Attributes hostile =
        Attributes.of(Json.MAPPER.createObjectNode().put(text, text).put("n", 1).toString());
    Graph graph =
        new Graph(
            List.of(new Node("a", hostile), Node.of("b")),
            List.of(Edge.of("e", "a", "b", 1), Edge.of("f", "a", "b", 1).withAttributes(hostile)),
            hostile);

    GRAPHS.insert(session(), id, graph);
    GRAPHS.patch(session(), id, 1, GraphPatch.builder().changeAttributes("e", hostile).build());

    Graph read = GRAPHS.get(session(), id).graph();
    assertThat(read.attributes()).isEqualTo(hostile);
    assertThat(read.node("a").orElseThrow().attributes()).isEqualTo(hostile);
    assertThat(read.edges()).extracting(Edge::attributes).containsOnly(hostile);
    assertThat(GRAPHS.findContaining(session(), GraphPattern.containing().node("a", hostile), 10))
        .hasSize(1);
  }

  @Test
  void finds_nothing_under_an_id_that_was_never_inserted() {
    assertThat(GRAPHS.find(session(), id)).isEmpty();
    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(() -> GRAPHS.get(session(), id))
        .withMessageContaining(id.toString());
  }

  @Test
  void refuses_to_insert_an_id_twice() {
    GRAPHS.insert(session(), id, SERVICES);

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> GRAPHS.insert(session(), id, Graph.of(List.of(), List.of())))
        .withMessageContaining(id + " of \"service_graph\" is there already");
    assertThat(GRAPHS.get(session(), id).graph()).isEqualTo(SERVICES);
  }

  @Test
  void refuses_a_session_without_a_tenant_before_it_takes_a_connection() {
    Session closed = database.withoutTenant();
    database.close();

    assertNoTenant(() -> GRAPHS.insert(closed, id, SERVICES));
    assertNoTenant(() -> GRAPHS.find(closed, id));
    assertNoTenant(() -> GRAPHS.get(closed, id));
    assertNoTenant(() -> GRAPHS.findContaining(closed, GraphPattern.containing().node("a"), 1));
    assertNoTenant(
        () -> GRAPHS.patch(closed, id, 1, GraphPatch.builder().addNode(Node.of("cache")).build()));
  }

  @Test
  void returns_nothing_of_another_tenant() {
    Session other = database.session(TenantId.of(UuidV7.next()));
    GRAPHS.insert(session(), id, SERVICES);

    assertThat(GRAPHS.find(other, id)).isEmpty();
    assertThat(GRAPHS.findContaining(other, GraphPattern.containing().node("api"), 10)).isEmpty();
    assertThatExceptionOfType(NotFoundException.class)
        .isThrownBy(
            () -> GRAPHS.patch(other, id, 1, GraphPatch.builder().removeEdge("e1").build()));
    assertThat(GRAPHS.get(session(), id).graph()).isEqualTo(SERVICES);
  }

  @Test
  void lets_two_tenants_use_one_id() {
    Session other = database.session(TenantId.of(UuidV7.next()));
    Graph empty = Graph.of(List.of(), List.of());

    GRAPHS.insert(session(), id, SERVICES);
    GRAPHS.insert(other, id, empty);

    assertThat(GRAPHS.get(session(), id).graph()).isEqualTo(SERVICES);
    assertThat(GRAPHS.get(other, id).graph()).isEqualTo(empty);
  }

  @Test
  void works_where_row_level_security_checks_every_row_again() {
    try (GraphDatabase fenced = GraphDatabase.withRowLevelSecurity()) {
      GRAPHS.insert(fenced.session(), id, SERVICES);
      GRAPHS.patch(fenced.session(), id, 1, GraphPatch.builder().removeEdge("e1").build());

      assertThat(GRAPHS.get(fenced.session(), id).version()).isEqualTo(2);
      assertThat(GRAPHS.findContaining(fenced.session(), GraphPattern.containing().node("api"), 10))
          .hasSize(1);
      assertThatExceptionOfType(TenonException.class)
          .isThrownBy(() -> fenced.withoutTenant().sql().fetch("select id from service_graph"));
    }
  }

  @Test
  void finds_the_graphs_that_contain_all_of_a_pattern() {
    UUID second = UuidV7.next();
    GRAPHS.insert(session(), id, SERVICES);
    GRAPHS.insert(session(), second, Graph.of(List.of(Node.of("api")), List.of()));

    GraphPattern api = GraphPattern.containing().node("api");
    GraphPattern call = api.edge("api", "db", Attributes.of("{\"kind\": \"calls\"}"));
    GraphPattern event = api.edge("api", "db", Attributes.of("{\"kind\": \"event\"}"));

    assertThat(ids(api, 10)).containsExactly(id, second);
    assertThat(ids(api, 1)).containsExactly(id);
    assertThat(ids(call, 10)).containsExactly(id);
    assertThat(ids(event, 10)).isEmpty();
    assertThat(ids(GraphPattern.containing().edge("db", "api"), 10)).isEmpty();
  }

  @Test
  void refuses_a_pattern_that_demands_nothing() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> GRAPHS.findContaining(session(), GraphPattern.containing(), 10))
        .withMessageContaining("demands nothing");
  }

  @Test
  void looks_a_pattern_up_in_the_gin_index() {
    database
        .session()
        .sql()
        .execute(
            """
            insert into service_graph (tenant_id, id, version, document)
            select ?, gen_random_uuid(), 1, jsonb_build_object(
              'nodes', jsonb_build_array(jsonb_build_object('id', 'n' || i)), 'edges', '[]'::jsonb)
            from generate_series(1, 5000) as i""",
            database.tenant().value());
    database.analyze();

    String plan =
        database
            .session()
            .sql()
            .fetch(
                "explain " + new Statements("service_graph").containing,
                database.tenant().value(),
                GraphPattern.containing().node("n77").json(),
                database.tenant().value(),
                10)
            .format(1_000);

    assertThat(plan).contains("Bitmap Index Scan on service_graph_document");
    assertThat(ids(GraphPattern.containing().node("n77"), 10)).hasSize(1);
  }

  @Test
  void refuses_a_self_loop_before_it_takes_a_connection_unless_loops_are_allowed() {
    Graph loop = Graph.of(List.of(Node.of("a")), List.of(Edge.of("e1", "a", "a", 1)));
    GraphRepository lenient = GRAPHS.selfLoops(GraphRepository.SelfLoops.ALLOWED);

    lenient.insert(session(), id, loop);
    assertThat(lenient.get(session(), id).graph()).isEqualTo(loop);
    Session closed = session();
    database.close();
    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> GRAPHS.insert(closed, UuidV7.next(), loop))
        .withMessageContaining("the edge 'e1' leads from the node 'a' to itself");
  }

  @Test
  void names_the_graph_when_somebody_else_stored_a_document_that_is_none() {
    session()
        .sql()
        .execute(
            "insert into service_graph (tenant_id, id, version, document)"
                + " values (?, ?, 1, '{\"nodes\": [], \"edges\": [{\"id\": \"e1\", \"from\": \"a\","
                + " \"to\": \"b\", \"confidence\": 1}]}')",
            database.tenant().value(),
            id);

    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(() -> GRAPHS.get(session(), id))
        .withMessageContaining("the edge 'e1' from 'a' to 'b' leads to a missing node 'a'")
        .withMessageContaining(id.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{}", "{\"nodes\": [], \"edges\": null}", "{\"edges\": []}"})
  void lets_the_server_refuse_a_document_without_nodes_and_edges(String document) {
    assertThatExceptionOfType(InvalidDataException.class)
        .isThrownBy(
            () ->
                session()
                    .sql()
                    .execute(
                        "insert into service_graph (tenant_id, id, version, document)"
                            + " values (?, ?, 1, ?::jsonb)",
                        database.tenant().value(),
                        id,
                        document));
  }

  @Test
  void quotes_the_names_of_its_table_and_index() {
    assertThat(GraphRepository.of("app", "Odd \"name").sql())
        .contains("create table \"app\".\"Odd \"\"name\"")
        .contains("create index \"Odd \"\"name_document\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "a\u0000", "a_name_of_fifty_five_bytes_is_one_more_than_there_is_rm"})
  void refuses_a_name_that_the_server_would_cut_or_refuse(String name) {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> GraphRepository.of(name))
        .withMessageContaining("cannot name a table of graphs");
  }

  private Session session() {
    return database.session();
  }

  private List<UUID> ids(GraphPattern pattern, int limit) {
    return GRAPHS.findContaining(session(), pattern, limit).stream()
        .map(GraphRepository.Stored::id)
        .toList();
  }

  private static void assertNoTenant(Runnable call) {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(call::run)
        .withMessageContaining("the session has no tenant");
  }
}
