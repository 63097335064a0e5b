package dev.tenon.core.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Why Apache AGE is no engine of {@link GraphRepository}: what it does to a graph whose labels are
 * under row-level security. Where one of these fails, decision 21 can be taken again.
 */
class ApacheAgeTest {

  private static final DatabaseTemplate TEMPLATE =
      DatabaseTemplate.of("age", "1", made -> {}).withExtensions("age");

  private static final String TWO_TENANTS =
      """
      load 'age';
      set search_path = ag_catalog, public;
      select create_graph('services');
      select create_vlabel('services', 'node');
      select create_elabel('services', 'edge');
      select * from cypher('services', $$
        create (:node {tenant: 'acme', name: 'a1'})-[:edge {tenant: 'acme'}]->
          (:node {tenant: 'acme', name: 'a2'}) $$) as (v agtype);
      select * from cypher('services', $$
        create (:node {tenant: 'bolt', name: 'b1'})-[:edge {tenant: 'bolt'}]->
          (:node {tenant: 'bolt', name: 'b2'}) $$) as (v agtype);
      """;

  private static final String POLICY =
      """
      alter table services.%1$s enable row level security;
      create policy tenant on services.%1$s
        using (
          ag_catalog.agtype_access_operator(properties, '"tenant"'::ag_catalog.agtype)
            = ('"' || current_setting('app.current_tenant') || '"')::ag_catalog.agtype)
        with check (
          ag_catalog.agtype_access_operator(properties, '"tenant"'::ag_catalog.agtype)
            = ('"' || current_setting('app.current_tenant') || '"')::ag_catalog.agtype);
      """;

  private static final String AS_BOLT =
      "set search_path = ag_catalog, public; set app.current_tenant = 'bolt'";

  private static final String NAME = "agtype_access_operator(properties, '\"name\"'::agtype)::text";

  private final TestDatabase database = TestDatabase.create(TEMPLATE);

  @BeforeEach
  void prepare() throws SQLException {
    asSuperuser(TWO_TENANTS);
    for (String label : List.of("node", "edge", "_ag_label_vertex", "_ag_label_edge")) {
      asSuperuser("load 'age'; set search_path = ag_catalog;" + POLICY.formatted(label));
    }
    // Which nobody has at first, and whoever calls cypher(…) needs.
    asSuperuser("grant usage on schema ag_catalog to " + database.application().user());
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void the_policies_hold_a_pattern_of_fixed_length() throws SQLException {
    grant("select");

    assertThat(asApplication(cypher("match (n:node)-[:edge]->(m:node) return n.name + m.name")))
        .containsExactly("b1b2");
  }

  @Test
  void a_role_without_rights_on_the_graph_reads_the_paths_of_another_tenant() throws SQLException {
    String vertex = "'{\"id\": %s, \"label\": \"node\", \"properties\": {}}::vertex'::agtype";

    List<String> paths =
        asApplication(
            """
            select age_materialize_vle_path(edges)
            from age_vle('"services"'::agtype, %s, %s,
              '{"id": 0, "label": "edge", "end_id": 0, "start_id": 0, "properties": {}}::edge'::agtype,
              '1'::agtype, '3'::agtype, '1'::agtype)"""
                .formatted(vertex.formatted(id("a1")), vertex.formatted(id("a2"))));

    assertThat(paths).singleElement().asString().contains("\"tenant\": \"acme\"", "\"a1\"");
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> asApplication("select id::text from services.node"))
        .withMessageContaining("permission denied");
  }

  @Test
  void a_role_that_may_only_read_changes_what_it_reads() throws SQLException {
    grant("select");

    asApplication(cypher("match (n:node {name: 'b1'}) set n.name = 'changed' return n.name"));

    assertThat(names()).contains("changed").doesNotContain("b1");
  }

  @Test
  void a_policy_does_not_hold_what_a_role_writes() throws SQLException {
    grant("select, insert, update, delete");

    asApplication(cypher("create (n:node {tenant: 'acme', name: 'planted'}) return n.name"));

    assertThat(names()).contains("planted");
  }

  @Test
  void a_walk_returns_every_way_instead_of_every_node() throws SQLException {
    asSuperuser(
        """
        load 'age';
        set search_path = ag_catalog, public;
        select create_graph('complete');
        select create_vlabel('complete', 'node');
        select create_elabel('complete', 'edge');
        insert into complete.node (properties)
          select format('{"name": "n%s"}', i)::agtype from generate_series(0, 4) as i;
        insert into complete.edge (start_id, end_id, properties)
          select a.id, b.id, '{}' from complete.node as a, complete.node as b where a.id <> b.id;
        """);

    List<String> rows =
        run(
            database.superuser(),
            """
            select name::text from cypher('complete', $$
              match (:node {name: 'n0'})-[:edge*1..6]->(m:node) return m.name $$) as (name agtype)""");

    assertThat(rows).hasSize(3_392);
    assertThat(
            Traversal.of(RandomGraphs.complete(5, new Random(1)))
                .hops("n0", 6, Traversal.Direction.OUT)
                .reached())
        .hasSize(4);
  }

  @Test
  void an_application_cannot_load_it_where_nobody_preloads_it() throws SQLException {
    asSuperuser("alter database \"%s\" reset session_preload_libraries".formatted(database.name()));

    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> asApplication("load 'age'"))
        .withMessageContaining("is not allowed");
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> asApplication(cypher("return 1")))
        .withMessageContaining("unhandled cypher(cstring) function call");
  }

  private void grant(String rights) throws SQLException {
    String role = database.application().user();
    asSuperuser(
        """
        grant usage on schema services to %1$s;
        grant %2$s on all tables in schema services to %1$s;
        grant usage on all sequences in schema services to %1$s;
        grant select on ag_catalog.ag_graph, ag_catalog.ag_label to %1$s;
        """
            .formatted(role, rights));
  }

  private static String cypher(String text) {
    return "select v::text from cypher('services', $$ %s $$) as (v agtype)".formatted(text);
  }

  private String id(String name) throws SQLException {
    return run(
            database.superuser(),
            "select id::text from services.node where " + NAME + " = '" + name + "'")
        .get(0);
  }

  private List<String> names() throws SQLException {
    return run(database.superuser(), "select " + NAME + " from services.node");
  }

  private List<String> asApplication(String sql) throws SQLException {
    return run(database.application(), sql);
  }

  private void asSuperuser(String script) throws SQLException {
    try (Connection connection = database.dataSource(database.superuser()).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(script);
    }
  }

  private List<String> run(Credentials role, String sql) throws SQLException {
    try (Connection connection = database.dataSource(role).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(AS_BOLT);
      List<String> values = new ArrayList<>();
      if (statement.execute(sql)) {
        ResultSet row = statement.getResultSet();
        while (row.next()) {
          values.add(row.getString(1));
        }
      }
      return values;
    }
  }
}
