package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Migrations;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.Embedding;
import dev.tenon.vector.VectorRepository;
import dev.tenon.vector.VectorSpace;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Stream;

/**
 * Documents of one tenant under row-level security, with an HNSW index, and a role that the
 * policies do not bind, so that a search without tenancy runs on the same index.
 */
final class DocumentTable {

  static final String TENANT = "0191f6c0-0000-7000-8000-00000000000d";
  static final int EF_SEARCH = 40;
  static final String COLUMNS = "tenant_id, id, title, embedding";

  /** One batch of a load, however it gets in. */
  static final int BATCH = 5_000;

  static final VectorRepository<Document> REPOSITORY =
      VectorRepository.of("documents", Document.class, VectorSpace.cosine(Embeddings.DIMENSIONS));

  private static final Migrations MIGRATIONS =
      Migrations.named("documents")
          .script("V1__documents.sql", REPOSITORY.tableSql() + TenantTable.rls("documents").sql());

  private DocumentTable() {}

  static void build(Stage stage, int rows) throws SQLException {
    TestDatabase database = loaded(stage, documents(rows));
    Credentials unbound = database.createRole("unbound", "BYPASSRLS");
    index(database, unbound);
    stage.put("unbound.user", unbound.user());
    stage.put("unbound.password", unbound.password());
  }

  /** Without the index, and with the same documents to load again. */
  static void buildWithoutIndex(Stage stage, int rows) throws SQLException, IOException {
    TestDatabase database = loaded(stage, documents(rows));
    BatchFile.export(stage, database, "select %s from documents".formatted(COLUMNS));
    stage.put("rows", Integer.toString(rows));
  }

  /** Always the same but for their identifiers. */
  static Stream<Document> documents(int rows) {
    Embeddings embeddings = new Embeddings(2);
    return Stream.generate(embeddings::next)
        .limit(rows)
        .map(v -> new Document(UuidV7.next(), "a document", Embedding.of(v)));
  }

  private static TestDatabase loaded(Stage stage, Stream<Document> documents) {
    TestDatabase database = TestDatabase.create(template());
    stage.onClose(database::close);
    try (Database application = open(database.url(), database.application(), 1)) {
      REPOSITORY.load(
          TenantDatabase.on(application).as(TENANT).withSetting("statement_timeout", "10min"),
          documents);
    }
    stage.put("url", database.url());
    stage.put("user", database.application().user());
    stage.put("password", database.application().password());
    return database;
  }

  static Database open(String url, Credentials role, int poolSize) {
    return Database.open(
        DatabaseConfig.url(url)
            .user(role.user())
            .password(role.password())
            .poolSize(poolSize)
            .build());
  }

  private static DatabaseTemplate template() {
    return DatabaseTemplate.of(
            "documents",
            TenancyMigrations.all().fingerprint() + MIGRATIONS.fingerprint(),
            made -> {
              try (Database owner = open(made.url(), made.owner(), 1)) {
                owner.migrate(TenancyMigrations.all(), MIGRATIONS);
              }
            })
        .withExtensions("vector");
  }

  /** The index after the load, and the settings of a search once for all of the role's. */
  private static void index(TestDatabase database, Credentials unbound) throws SQLException {
    try (Connection connection = database.dataSource(database.superuser()).getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("set maintenance_work_mem = '256MB'");
      statement.execute(REPOSITORY.indexSql());
      statement.execute("vacuum analyze documents");
      statement.execute("grant select on documents to " + unbound.user());
      statement.execute(
          "alter role %s set hnsw.ef_search = %d".formatted(unbound.user(), EF_SEARCH));
      statement.execute("alter role " + unbound.user() + " set hnsw.iterative_scan = strict_order");
    }
  }
}
