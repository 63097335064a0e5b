package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.Migrations;
import dev.tenon.core.UuidV7;
import dev.tenon.core.search.TextSearch;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.Embedding;
import dev.tenon.vector.VectorRepository;
import dev.tenon.vector.VectorSpace;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Stream;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * Articles of one tenant with an index of their vectors and one of their words, and a role that
 * reads the same rows without tenancy.
 */
final class ArticleTable {

  static final String TENANT = "0191f6c0-0000-7000-8000-00000000000e";

  /** Of each leg of a fusion. */
  static final int CANDIDATES = 100;

  static final VectorRepository<Article> VECTORS =
      VectorRepository.of("articles", Article.class, VectorSpace.cosine(Embeddings.DIMENSIONS));

  static final TextSearch<Article.Text> WORDS =
      TextSearch.of("articles", Article.Text.class)
          .text(DSL.field(DSL.name("title"), SQLDataType.VARCHAR))
          .text(DSL.field(DSL.name("body"), SQLDataType.VARCHAR))
          .language("english")
          .build();

  private static final int DOCUMENTS_SEED = 2;

  private ArticleTable() {}

  /** Under row-level security. */
  static void build(Stage stage, int rows) throws SQLException {
    build(stage, rows, TenantTable.rls("articles"), "public");
  }

  /** Behind a fence without its barrier, where the index serves the words. */
  static void buildBehindFence(Stage stage, int rows) throws SQLException {
    build(stage, rows, TenantTable.fence("articles").key("id").withoutBarrier(), "fenced");
  }

  /**
   * @param schema where the rows are
   */
  private static void build(Stage stage, int rows, TenantTable isolation, String schema)
      throws SQLException {
    TestDatabase database = TestDatabase.create(template(isolation, schema));
    stage.onClose(database::close);
    try (Database application = DocumentTable.open(database.url(), database.application(), 1)) {
      VECTORS.load(
          TenantDatabase.on(application).as(TENANT).withSetting("statement_timeout", "10min"),
          articles(rows));
    }
    Credentials unbound = database.createRole("unbound", "BYPASSRLS");
    index(database, unbound, schema);
    stage.put(RoundTrips.DIRECT_URL, database.url());
    stage.put("url", database.url());
    stage.put("user", database.application().user());
    stage.put("password", database.application().password());
    stage.put("unbound.user", unbound.user());
    stage.put("unbound.password", unbound.password());
  }

  /** Always the same but for their identifiers. */
  private static Stream<Article> articles(int rows) {
    Embeddings embeddings = new Embeddings(DOCUMENTS_SEED);
    Vocabulary vocabulary = new Vocabulary(DOCUMENTS_SEED);
    return Stream.generate(embeddings::next)
        .limit(rows)
        .map(
            vector ->
                new Article(UuidV7.next(), "a article", vocabulary.text(), Embedding.of(vector)));
  }

  private static DatabaseTemplate template(TenantTable isolation, String schema) {
    Migrations migrations =
        Migrations.named("articles")
            .script("V1__articles.sql", VECTORS.tableSql() + WORDS.addSql() + isolation.sql());
    return DatabaseTemplate.of(
            "articles_" + schema,
            TenancyMigrations.all().fingerprint() + migrations.fingerprint(),
            made -> {
              try (Database owner = DocumentTable.open(made.url(), made.owner(), 1)) {
                owner.migrate(TenancyMigrations.all(), migrations);
              }
            })
        .withExtensions("vector");
  }

  /**
   * The index of the vectors after the load; VACUUM also puts what was written last into that of
   * the words. The settings of a search are the role's, and so is the way to the rows.
   */
  private static void index(TestDatabase database, Credentials unbound, String schema)
      throws SQLException {
    try (Connection connection = database.dataSource(database.superuser()).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set maintenance_work_mem = '256MB'");
      statement.execute("set search_path = " + schema + ", public");
      statement.execute(VECTORS.indexSql());
      statement.execute("vacuum analyze articles");
      String role = unbound.user();
      statement.execute("grant usage on schema " + schema + " to " + role);
      statement.execute("grant select on articles to " + role);
      statement.execute("alter role " + role + " set search_path = " + schema + ", public");
      statement.execute("alter role " + role + " set hnsw.ef_search = " + CANDIDATES);
      statement.execute("alter role " + role + " set hnsw.iterative_scan = strict_order");
    }
  }
}
