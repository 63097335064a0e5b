package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.graph.GraphRepository;
import dev.tenon.core.graph.GraphRepository.Reach.Reached;
import dev.tenon.core.graph.Traversal;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.Credentials;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The nodes within three edges of a node of a stored graph. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init")
public class GraphBenchmark implements CountedBenchmark {

  static final int HOPS = 3;

  private static final int STARTS = 1_000;
  private static final int POOL_SIZE = 4;

  /** The parameters are the start, the tenant, the graph, the start. */
  private static final String REACHED =
      """
      with recursive reached (node, distance) as (
        select ?::text, 0
        union
        select edge.target, reached.distance + 1
          from reached join service_graph_edge as edge on edge.source = reached.node
         where edge.tenant_id = ? and edge.graph_id = ? and reached.distance < 3
      )
      select node, min(distance) as distance
        from reached
       where node <> ?
       group by node
       order by distance, node
      """;

  private final UUID tenant = UUID.fromString(GraphTable.TENANT);
  private Database application;
  private Database unbound;
  private TenantSession session;
  private DataSource unboundPool;
  private Traversal held;
  private String[] starts;
  private int next;

  /** Made by JMH. */
  public GraphBenchmark() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  @Override
  public void open(Coordinates coordinates) {
    application = database(coordinates, "");
    unbound = database(coordinates, "unbound.");
    session = TenantDatabase.on(application).as(tenant);
    unboundPool = unbound.unwrap(DataSource.class);
    held = Traversal.of(GraphTable.DOCUMENTS.get(session, GraphTable.ID).graph());
    int nodes = Integer.parseInt(coordinates.get("nodes"));
    Random random = new Random(9);
    starts =
        IntStream.range(0, STARTS)
            .mapToObj(any -> GraphTable.node(random.nextInt(nodes)))
            .toArray(String[]::new);
  }

  private static Database database(Coordinates coordinates, String role) {
    return DocumentTable.open(
        coordinates.get("url"),
        new Credentials(coordinates.get(role + "user"), coordinates.get(role + "password")),
        POOL_SIZE);
  }

  @TearDown
  @Override
  public void close() {
    application.close();
    unbound.close();
  }

  /** Reads the document, takes it apart and walks it. */
  @Benchmark
  public List<Reached> document() {
    return document(start());
  }

  @Benchmark
  public List<Traversal.Hops.Reached> held() {
    return held(start());
  }

  @Benchmark
  public List<Reached> edgeTable() {
    return edgeTable(start());
  }

  /** Without tenancy: no policy binds the role. */
  @Benchmark
  public List<Reached> jdbc() throws SQLException {
    return jdbc(start());
  }

  List<Reached> document(String start) {
    return hops(GraphTable.DOCUMENTS, start);
  }

  List<Traversal.Hops.Reached> held(String start) {
    return held.hops(start, HOPS, Traversal.Direction.OUT).reached();
  }

  List<Reached> edgeTable(String start) {
    return hops(GraphTable.EDGES, start);
  }

  private List<Reached> hops(GraphRepository graphs, String start) {
    return graphs.hops(session, GraphTable.ID, start, HOPS, Traversal.Direction.OUT).reached();
  }

  List<Reached> jdbc(String start) throws SQLException {
    try (Connection connection = unboundPool.getConnection();
        PreparedStatement statement = connection.prepareStatement(REACHED)) {
      statement.setString(1, start);
      statement.setObject(2, tenant);
      statement.setObject(3, GraphTable.ID);
      statement.setString(4, start);
      try (ResultSet rows = statement.executeQuery()) {
        List<Reached> reached = new ArrayList<>();
        while (rows.next()) {
          reached.add(new Reached(rows.getString(1), rows.getInt(2)));
        }
        return reached;
      }
    }
  }

  String start() {
    next = next + 1 < STARTS ? next + 1 : 0;
    return starts[next];
  }
}
