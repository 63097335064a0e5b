package dev.tenon.examples.benchmarks;

import de.bytefish.pgbulkinsert.PgBulkInsert;
import de.bytefish.pgbulkinsert.mapping.AbstractMapping;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jooq.Field;
import org.jooq.Loader;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.postgresql.PGConnection;

/**
 * What else loads Java records, each in one transaction, with the tenant as a value like others.
 */
final class IngestPeers {

  private static final int BATCH = 1_000;
  private static final int ROWS_A_STATEMENT = 500;
  private static final int STATEMENTS_A_BATCH = 4;

  private static final UUID TENANT = UUID.fromString(CpuTable.TENANT);

  private static final String INSERT =
      "insert into cpu (%s) values (%s)"
          .formatted(
              CpuTable.COLUMNS,
              Arrays.stream(CpuTable.COLUMNS.split(", ", -1))
                  .map(column -> "?")
                  .collect(Collectors.joining(", ")));

  private static final PgBulkInsert<CpuUsage> BULK_INSERT = new PgBulkInsert<>(new Mapping());

  private IngestPeers() {}

  private static final class Mapping extends AbstractMapping<CpuUsage> {
    Mapping() {
      super("public", "cpu");
      mapUUID("tenant_id", usage -> TENANT);
      mapTimeStampTz("time", usage -> usage.time().atZone(ZoneOffset.UTC));
      mapText("hostname", CpuUsage::hostname);
      mapDoublePrimitive("usage_user", CpuUsage::usageUser);
      mapDoublePrimitive("usage_system", CpuUsage::usageSystem);
      mapDoublePrimitive("usage_idle", CpuUsage::usageIdle);
      mapDoublePrimitive("usage_nice", CpuUsage::usageNice);
      mapDoublePrimitive("usage_iowait", CpuUsage::usageIowait);
      mapDoublePrimitive("usage_irq", CpuUsage::usageIrq);
      mapDoublePrimitive("usage_softirq", CpuUsage::usageSoftirq);
      mapDoublePrimitive("usage_steal", CpuUsage::usageSteal);
      mapDoublePrimitive("usage_guest", CpuUsage::usageGuest);
      mapDoublePrimitive("usage_guest_nice", CpuUsage::usageGuestNice);
    }
  }

  /** Something done in a transaction. */
  @FunctionalInterface
  private interface Work {
    void on(Connection connection) throws SQLException, IOException;
  }

  private static void transaction(DataSource source, Work work) throws SQLException, IOException {
    try (Connection connection = source.getConnection()) {
      connection.setAutoCommit(false);
      work.on(connection);
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  static void pgBulkInsert(DataSource source, Stream<CpuUsage> rows)
      throws SQLException, IOException {
    transaction(
        source, connection -> BULK_INSERT.saveAll(connection.unwrap(PGConnection.class), rows));
  }

  static void jdbcBatch(DataSource source, Stream<CpuUsage> rows) throws SQLException, IOException {
    transaction(
        source,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            int waiting = 0;
            for (Iterator<CpuUsage> each = rows.iterator(); each.hasNext(); ) {
              bind(statement, each.next());
              statement.addBatch();
              waiting++;
              if (waiting == BATCH) {
                statement.executeBatch();
                waiting = 0;
              }
            }
            statement.executeBatch();
          }
        });
  }

  private static void bind(PreparedStatement statement, CpuUsage usage) throws SQLException {
    statement.setObject(1, TENANT);
    statement.setObject(2, usage.time().atOffset(ZoneOffset.UTC));
    statement.setString(3, usage.hostname());
    statement.setDouble(4, usage.usageUser());
    statement.setDouble(5, usage.usageSystem());
    statement.setDouble(6, usage.usageIdle());
    statement.setDouble(7, usage.usageNice());
    statement.setDouble(8, usage.usageIowait());
    statement.setDouble(9, usage.usageIrq());
    statement.setDouble(10, usage.usageSoftirq());
    statement.setDouble(11, usage.usageSteal());
    statement.setDouble(12, usage.usageGuest());
    statement.setDouble(13, usage.usageGuestNice());
  }

  static void jooqLoader(DataSource source, Stream<CpuUsage> rows)
      throws SQLException, IOException {
    transaction(
        source,
        connection -> {
          Loader<?> loader =
              DSL.using(connection, SQLDialect.POSTGRES, new Settings().withExecuteLogging(false))
                  .loadInto(DSL.table(DSL.name("cpu")))
                  .bulkAfter(ROWS_A_STATEMENT)
                  .batchAfter(STATEMENTS_A_BATCH)
                  .commitNone()
                  .loadArrays(rows.map(IngestPeers::values))
                  .fields(fields())
                  .execute();
          if (!loader.errors().isEmpty()) {
            throw new SQLException(loader.errors().get(0).exception());
          }
        });
  }

  private static List<Field<?>> fields() {
    return Stream.concat(
            Stream.of(
                DSL.field(DSL.name("tenant_id"), SQLDataType.UUID),
                DSL.field(DSL.name("time"), SQLDataType.INSTANT),
                DSL.field(DSL.name("hostname"), SQLDataType.CLOB)),
            CpuTable.METRICS.stream()
                .map(metric -> DSL.field(DSL.name(CpuTable.columnOf(metric)), SQLDataType.DOUBLE)))
        .<Field<?>>map(field -> field)
        .toList();
  }

  private static Object[] values(CpuUsage usage) {
    return new Object[] {
      TENANT,
      usage.time(),
      usage.hostname(),
      usage.usageUser(),
      usage.usageSystem(),
      usage.usageIdle(),
      usage.usageNice(),
      usage.usageIowait(),
      usage.usageIrq(),
      usage.usageSoftirq(),
      usage.usageSteal(),
      usage.usageGuest(),
      usage.usageGuestNice()
    };
  }
}
