package dev.tenon.timeseries;

import static dev.tenon.timeseries.Readings.READINGS;
import static dev.tenon.timeseries.RollupContract.assertRefreshed;
import static dev.tenon.timeseries.RollupContract.days;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.PostgresServer;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * What is promised of rows holds where they are kept by columns; proved only on a server that has
 * the Community edition.
 */
@EnabledIf(
    value = "isCommunity",
    disabledReason = "not proved here: the server has not the Community edition of TimescaleDB")
@TenonTest(schema = Readings.Columns.class)
final class ColumnstoreTest extends HypertableContract {

  static boolean isCommunity() throws SQLException {
    PostgresServer server = PostgresServer.shared();
    try (Connection connection = server.dataSource("postgres", server.superuser()).getConnection();
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery("select current_setting('timescaledb.license', true)")) {
      result.next();
      return "timescale".equals(result.getString(1));
    }
  }

  /** Turns all chunks into columns, and says how many they are. */
  private static int compress(TestDatabase made) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      List<String> chunks =
          owner
              .sql()
              .fetch("select show_chunks(cast(? as regclass))::text", RollupContract.base(owner))
              .getValues(0, String.class);
      chunks.forEach(
          chunk ->
              owner
                  .sql()
                  .execute(
                      "call convert_to_columnstore(cast(? as regclass), if_not_columnstore => true)",
                      chunk));
      return chunks.size();
    }
  }

  @Test
  void changes_of_rows_in_columns_are_noticed(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(20));
    READINGS.refresh(acme).run();
    for (String change :
        List.of(
            "insert into readings (time, meter, channel, units)"
                + " values ('2026-11-21 13:00Z', 'by hand', 7, 9)",
            "update readings set units = units + 1 where units % 5 = 0",
            "delete from readings where units % 7 = 0",
            "delete from readings where meter = 'm'",
            "delete from readings")) {
      assertThat(compress(made)).isPositive();
      assertThat(acme.sql().execute(change)).as(change).isPositive();
      assertRefreshed(acme);
    }
  }

  @Test
  void late_rows_are_appended_to_columns(TenantDatabase tenants, TestDatabase made) {
    TenantSession acme = tenants.as(ACME);
    READINGS.append(acme, days(20));
    READINGS.refresh(acme).run();
    assertThat(compress(made)).isGreaterThan(1);
    READINGS.append(acme, List.of(RollupContract.reading(NOON.plus(Duration.ofMinutes(7)), 5)));

    assertRefreshed(acme);
    assertThat(READINGS.range(acme, RollupContract.YEARS)).hasSize(161);
  }

  @Nested
  final class Rollups extends RollupContract {}

  @Nested
  final class Dropping extends RetentionContract {

    @Override
    void prepare(TestDatabase made) {
      compress(made);
    }
  }

  @Nested
  final class Telling extends RollupTellingContract {}
}
