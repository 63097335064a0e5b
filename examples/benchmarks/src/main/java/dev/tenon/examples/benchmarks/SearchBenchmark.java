package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.vector.Hit;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The ten nearest documents by an HNSW index, embeddings not returned. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@SuppressWarnings("NullAway.Init")
public class SearchBenchmark {

  static final int TOP = 10;

  private static final int QUERIES = 1_000;
  private static final int POOL_SIZE = 4;
  private static final String NEAREST =
      """
      select id, title, embedding <=> ?::vector as distance
        from documents
       where tenant_id = ?
       order by distance
       limit 10
      """;

  private final UUID tenant = UUID.fromString(DocumentTable.TENANT);
  private Database application;
  private Database unbound;
  private TenantSession session;
  private DataSource applicationPool;
  private DataSource unboundPool;
  private float[][] queries;
  private int next;

  /** Made by JMH. */
  public SearchBenchmark() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  void open(Coordinates coordinates) {
    application = database(coordinates, "");
    unbound = database(coordinates, "unbound.");
    session = TenantDatabase.on(application).as(tenant);
    applicationPool = application.unwrap(DataSource.class);
    unboundPool = unbound.unwrap(DataSource.class);
    queries = Stream.generate(new Embeddings(3)::next).limit(QUERIES).toArray(float[][]::new);
  }

  private static Database database(Coordinates coordinates, String role) {
    return DocumentTable.open(
        coordinates.get("url"),
        new Credentials(coordinates.get(role + "user"), coordinates.get(role + "password")),
        POOL_SIZE);
  }

  @TearDown
  public void close() {
    application.close();
    unbound.close();
  }

  @Benchmark
  public List<Hit<Document.Title>> repository() {
    return repository(query());
  }

  /** Without tenancy: the settings of the scan are the role's, and no policy binds it. */
  @Benchmark
  public List<Hit<Document.Title>> jdbc() throws SQLException {
    return jdbc(query());
  }

  /** The same guarantee and settings in the usual way. */
  @Benchmark
  public List<Hit<Document.Title>> setLocal() throws SQLException {
    return setLocal(query());
  }

  List<Hit<Document.Title>> repository(float[] query) {
    return DocumentTable.REPOSITORY
        .search(session, query)
        .top(TOP)
        .efSearch(DocumentTable.EF_SEARCH)
        .into(Document.Title.class)
        .fetch()
        .hits();
  }

  List<Hit<Document.Title>> jdbc(float[] query) throws SQLException {
    try (Connection connection = unboundPool.getConnection()) {
      return nearest(connection, query);
    }
  }

  List<Hit<Document.Title>> setLocal(float[] query) throws SQLException {
    try (Connection connection = applicationPool.getConnection()) {
      connection.setAutoCommit(false);
      try {
        try (Statement statement = connection.createStatement()) {
          statement.execute(
              "set local app.current_tenant = '%s'; set local hnsw.ef_search = %d; set local hnsw.iterative_scan = strict_order"
                  .formatted(tenant, DocumentTable.EF_SEARCH));
        }
        List<Hit<Document.Title>> hits = nearest(connection, query);
        connection.commit();
        return hits;
      } catch (SQLException error) {
        connection.rollback();
        throw error;
      }
    }
  }

  private List<Hit<Document.Title>> nearest(Connection connection, float[] query)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(NEAREST)) {
      statement.setObject(1, query);
      statement.setObject(2, tenant);
      try (ResultSet rows = statement.executeQuery()) {
        List<Hit<Document.Title>> hits = new ArrayList<>();
        while (rows.next()) {
          Document.Title title =
              new Document.Title(rows.getObject(1, UUID.class), rows.getString(2));
          double distance = rows.getDouble(3);
          hits.add(new Hit<>(title, distance, 1 - distance));
        }
        return hits;
      }
    }
  }

  /** The ten nearest for sure. */
  List<Hit<Document.Title>> exact(float[] query) {
    return DocumentTable.REPOSITORY
        .search(session, query)
        .top(TOP)
        .exact()
        .into(Document.Title.class)
        .fetch()
        .hits();
  }

  float[] query() {
    next = next + 1 < QUERIES ? next + 1 : 0;
    return queries[next];
  }
}
