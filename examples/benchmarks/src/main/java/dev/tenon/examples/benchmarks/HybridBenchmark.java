package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.search.TextHit;
import dev.tenon.core.search.TextQuery;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.vector.Embedding;
import dev.tenon.vector.Hit;
import dev.tenon.vector.HybridHit;
import dev.tenon.vector.HybridSearch;
import dev.tenon.vector.VectorSearch;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The ten best articles by vector and by words at once, and each leg of that alone. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init")
public class HybridBenchmark implements CountedBenchmark {

  static final int TOP = 10;

  private static final int QUERIES = 1_000;
  private static final int POOL_SIZE = 4;

  /** The parameters are the vector, the tenant, the words, the tenant, the tenant. */
  private static final String FUSED =
      """
      with nearest as (
        select id, embedding <=> ?::vector as distance
          from articles
         where tenant_id = ?
         order by distance
         limit 100
      ), vector_leg as (
        select id, row_number() over (order by distance, id) as rank from nearest
      ), best as (
        select id, ts_rank(search, query) as score
          from articles cross join websearch_to_tsquery('english', ?) as query
         where tenant_id = ? and search @@ query
         order by score desc, id
         limit 100
      ), text_leg as (
        select id, row_number() over (order by score desc, id) as rank from best
      ), fused as (
        select id,
               coalesce(1::double precision / (60 + v.rank), 0)
                 + coalesce(1::double precision / (60 + t.rank), 0) as score
          from vector_leg v full join text_leg t using (id)
         order by score desc, id
         limit 10
      )
      select articles.id, articles.title, fused.score
        from fused join articles on articles.tenant_id = ? and articles.id = fused.id
       order by fused.score desc, articles.id
      """;

  private final UUID tenant = UUID.fromString(ArticleTable.TENANT);
  private Database application;
  private Database unbound;
  private TenantSession session;
  private DataSource unboundPool;
  private Article.Query[] queries;
  private int next;

  /** Made by JMH. */
  public HybridBenchmark() {}

  /** One of the ten best, as all ways tell it. */
  record Best(Article.Title article, double score) {}

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
    Embeddings vectors = new Embeddings(3);
    Vocabulary words = new Vocabulary(3);
    queries =
        Stream.generate(() -> new Article.Query(Embedding.of(vectors.next()), words.query()))
            .limit(QUERIES)
            .toArray(Article.Query[]::new);
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

  @Benchmark
  public List<HybridHit<Article.Title>> hybrid() {
    return hybrid(query()).fetch().hits();
  }

  /** As many of the nearest as the fusion takes for candidates. */
  @Benchmark
  public List<Hit<Article.Title>> vectorLeg() {
    return vectorLeg(query()).fetch().hits();
  }

  /** As many of the best as the fusion takes for candidates. */
  @Benchmark
  public List<TextHit<Article.Title>> textLeg() {
    return textLeg(query()).fetch().hits();
  }

  /** Without tenancy: the settings of the scan are the role's, and no policy binds it. */
  @Benchmark
  public List<Best> jdbc() throws SQLException {
    return jdbc(query());
  }

  HybridSearch<Article.Title> hybrid(Article.Query query) {
    return ArticleTable.VECTORS
        .search(session, query.vector())
        .into(Article.Title.class)
        .fusedWith(ArticleTable.WORDS.search(session, query.words()))
        .candidates(ArticleTable.CANDIDATES)
        .top(TOP);
  }

  VectorSearch<Article.Title> vectorLeg(Article.Query query) {
    return ArticleTable.VECTORS
        .search(session, query.vector())
        .top(ArticleTable.CANDIDATES)
        .into(Article.Title.class);
  }

  TextQuery<Article.Title> textLeg(Article.Query query) {
    return ArticleTable.WORDS
        .search(session, query.words())
        .top(ArticleTable.CANDIDATES)
        .into(Article.Title.class);
  }

  List<Best> jdbc(Article.Query query) throws SQLException {
    try (Connection connection = unboundPool.getConnection();
        PreparedStatement statement = connection.prepareStatement(FUSED)) {
      statement.setObject(1, query.vector().toArray());
      statement.setObject(2, tenant);
      statement.setString(3, query.words());
      statement.setObject(4, tenant);
      statement.setObject(5, tenant);
      try (ResultSet rows = statement.executeQuery()) {
        List<Best> best = new ArrayList<>();
        while (rows.next()) {
          best.add(
              new Best(
                  new Article.Title(rows.getObject(1, UUID.class), rows.getString(2)),
                  rows.getDouble(3)));
        }
        return best;
      }
    }
  }

  Article.Query query() {
    next = next + 1 < QUERIES ? next + 1 : 0;
    return queries[next];
  }
}
