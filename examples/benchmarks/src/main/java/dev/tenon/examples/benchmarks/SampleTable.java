package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Migrations;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.servers.Credentials;
import dev.tenon.testkit.servers.DatabaseTemplate;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.timeseries.HypertableRepository;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A hypertable of TimescaleDB under row-level security, and a file with one batch for it in the
 * format of COPY BINARY.
 */
final class SampleTable {

  static final String TENANT = "0191f6c0-0000-7000-8000-00000000000e";

  /** One batch, however it gets in. */
  static final int ROWS = 20_000;

  static final String COLUMNS =
      "tenant_id, time, host, region, \"user\", system, idle, nice, iowait, irq, softirq, steal, guest, guest_nice";

  static final HypertableRepository<Sample> REPOSITORY =
      HypertableRepository.of("samples", Sample.class)
          .time("time")
          .series("host")
          .chunkInterval(Duration.ofDays(1))
          .build();

  private SampleTable() {}

  static void build(Stage stage, int rows) throws SQLException, IOException {
    TestDatabase database = TestDatabase.create(template());
    stage.onClose(database::close);
    try (Database application = open(database.url(), database.application())) {
      REPOSITORY.append(TenantDatabase.on(application).as(TENANT), Sample.of(rows));
    }
    BatchFile.export(
        stage, database, "select %s from samples order by time, host".formatted(COLUMNS));
    stage.put("rows", Integer.toString(rows));
    stage.put("url", database.url());
    stage.put("user", database.application().user());
    stage.put("password", database.application().password());
  }

  static Database open(String url, Credentials role) {
    return Database.open(
        DatabaseConfig.url(url).user(role.user()).password(role.password()).poolSize(1).build());
  }

  /** Empties the chunks and leaves them, so that no append has to make them. */
  static void empty(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      List<String> chunks = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery("select show_chunks('samples')::text")) {
        while (rows.next()) {
          chunks.add(rows.getString(1));
        }
      }
      statement.execute("truncate " + String.join(", ", chunks));
    }
  }

  private static DatabaseTemplate template() {
    // The script depends on the engine, and the engine on the bundle; the rest is in this class.
    return DatabaseTemplate.of(
            "samples",
            TenancyMigrations.all().fingerprint() + COLUMNS,
            made -> {
              try (Database owner = open(made.url(), made.owner())) {
                owner.migrate(
                    TenancyMigrations.all(),
                    Migrations.named("samples")
                        .script(
                            "V1__samples.sql",
                            REPOSITORY.migrationSql(owner.capabilities())
                                + TenantTable.rls("samples").sql()));
              }
            })
        .withExtensions("timescaledb");
  }
}
