package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.Credentials;
import java.io.IOException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import javax.sql.DataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One batch of embeddings into an empty table that has its primary key and no vector index. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OperationsPerInvocation(DocumentTable.BATCH)
@SuppressWarnings("NullAway.Init")
public class LoadBenchmark {

  private static final int ROWS_OF_A_STATEMENT = 1_000;
  private static final String UNNEST =
      """
      insert into documents (tenant_id, id, title, embedding)
      select ?, made.id, made.title, made.embedding::vector
        from unnest(?::uuid[], ?::text[], ?::text[]) as made (id, title, embedding)
      """;

  private final UUID tenant = UUID.fromString(DocumentTable.TENANT);
  private Database application;
  private Database superuser;
  private TenantSession session;
  private JdbcUnits units;
  private PsqlSession psql;
  private String psqlCopy;
  private List<Document> documents;

  /** Made by JMH. */
  public LoadBenchmark() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  void open(Coordinates coordinates) throws IOException {
    application = database(coordinates, "");
    superuser = database(coordinates, "superuser.");
    session = TenantDatabase.on(application).as(tenant);
    units = new JdbcUnits(application.unwrap(DataSource.class));
    psql = PsqlSession.open(coordinates.get("psql"));
    psqlCopy =
        "\\copy documents (%s) from '%s' with (format binary)"
            .formatted(DocumentTable.COLUMNS, coordinates.get("batch"));
    documents = DocumentTable.documents(Integer.parseInt(coordinates.get("rows"))).toList();
  }

  private static Database database(Coordinates coordinates, String role) {
    return DocumentTable.open(
        coordinates.get("url"),
        new Credentials(coordinates.get(role + "user"), coordinates.get(role + "password")),
        1);
  }

  @Setup(Level.Invocation)
  public void empty() throws SQLException {
    try (Connection connection = superuser.unwrap(DataSource.class).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("truncate documents");
    }
  }

  @TearDown
  public void close() {
    psql.close();
    application.close();
    superuser.close();
  }

  /** From Java records, each row checked by the policies, the last of each id kept. */
  @Benchmark
  public long repository() {
    return DocumentTable.REPOSITORY.load(session, documents.stream());
  }

  /** From a file in the right format, unchecked. */
  @Benchmark
  public String psqlCopy() throws IOException {
    return psql.run(psqlCopy);
  }

  /** From Java records, each row checked by the policies. */
  @Benchmark
  public long unnest() throws SQLException {
    return units.setLocal(tenant, this::insert);
  }

  private long insert(Connection connection) throws SQLException {
    long written = 0;
    try (PreparedStatement statement = connection.prepareStatement(UNNEST)) {
      for (int from = 0; from < documents.size(); from += ROWS_OF_A_STATEMENT) {
        List<Document> part =
            documents.subList(from, Math.min(from + ROWS_OF_A_STATEMENT, documents.size()));
        statement.setObject(1, tenant);
        statement.setArray(2, array(connection, "uuid", part, Document::id));
        statement.setArray(3, array(connection, "text", part, Document::title));
        statement.setArray(4, array(connection, "text", part, LoadBenchmark::text));
        written += statement.executeLargeUpdate();
      }
    }
    return written;
  }

  private static Array array(
      Connection connection, String type, List<Document> rows, Function<Document, Object> column)
      throws SQLException {
    return connection.createArrayOf(type, rows.stream().map(column).toArray());
  }

  private static String text(Document document) {
    return Arrays.toString(document.embedding().toArray());
  }

  /** How many rows are stored now, and a digest of their embeddings. */
  List<Object> stored() {
    return List.of(
        session
            .sql()
            .fetchSingle(
                """
                select count(*), md5(string_agg(embedding::text, ' ' order by embedding))
                  from documents
                """)
            .intoArray());
  }
}
