package dev.tenon.tenancy;

import static dev.tenon.tenancy.Fleet.ACME;
import static dev.tenon.tenancy.Fleet.BOLT;
import static dev.tenon.tenancy.Fleet.HOSTS;
import static dev.tenon.tenancy.Fleet.ID;
import static dev.tenon.tenancy.Fleet.NAME;
import static dev.tenon.tenancy.Fleet.TENANT;
import static dev.tenon.tenancy.Fleet.VERSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.Session;
import dev.tenon.core.UuidV7;
import dev.tenon.tenancy.Fleet.Host;
import dev.tenon.testkit.servers.PgBouncerServer;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Cursor;
import org.jooq.Record;
import org.jooq.Results;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every way to run a statement, twenty times, because from the sixth on the driver prepares it on
 * the server; on a fresh connection, on one that another tenant and a failure went over, and
 * through a transaction pooler.
 */
class EveryWayTest {

  private static final int TIMES = 20;

  /** A timestamp is sent without a type, the text column makes its answer look long. */
  private static final String UNTYPED = "select name from hosts where ?::timestamptz < now()";

  @RegisterExtension final Fleet fleet = new Fleet();

  @BeforeEach
  void two_tenants_have_two_hosts_and_a_function() {
    try (Database owner = Fleet.open(fleet.made(), fleet.made().owner(), 1)) {
      owner
          .sql()
          .execute(
              """
              create function public.hosts_named(wanted text) returns bigint language sql
                as 'select count(*) from public.hosts where name = wanted'
              """);
    }
    for (UUID tenant : new UUID[] {ACME.value(), BOLT.value()}) {
      Fleet.REPOSITORY.insert(fleet.tenants().as(tenant), Host.named("h"));
      Fleet.REPOSITORY.insert(fleet.tenants().as(tenant), Host.named("h"));
    }
  }

  @FunctionalInterface
  interface Work {
    void run(Session session) throws SQLException;
  }

  /** The ways; each leaves the two hosts of its tenant as they were. */
  @SuppressWarnings("ImmutableEnumChecker")
  enum Way {
    TYPED_QUERY(s -> assertThat(s.sql().fetchCount(HOSTS, NAME.eq("h"))).isEqualTo(2)),
    UNTYPED_QUERY(s -> assertThat(s.sql().fetch(UNTYPED, epoch())).hasSize(2)),
    JDBC_QUERY(jdbc(EveryWayTest::jdbcQuery)),
    SCROLLABLE_QUERY(jdbc(EveryWayTest::scrollableQuery)),
    STATIC_QUERY(jdbc(EveryWayTest::staticQuery)),
    UPDATE(s -> assertThat(s.sql().update(HOSTS).set(NAME, "h").execute()).isEqualTo(2)),
    UNTYPED_UPDATE(
        s ->
            assertThat(
                    s.sql()
                        .execute(
                            "update hosts set name = 'h' where ?::timestamptz < now()", epoch()))
                .isEqualTo(2)),
    STATIC_UPDATE(jdbc(EveryWayTest::staticUpdate)),
    RETURNING(EveryWayTest::returning),
    GENERATED_KEYS(jdbc(EveryWayTest::generatedKeys)),
    JOOQ_BATCH(EveryWayTest::jooqBatch),
    JDBC_BATCH(jdbc(EveryWayTest::jdbcBatch)),
    STATIC_BATCH(jdbc(EveryWayTest::staticBatch)),
    CALL(jdbc(EveryWayTest::call)),
    LAZY_CURSOR(EveryWayTest::lazyCursor),
    JDBC_CURSOR(jdbc(EveryWayTest::jdbcCursor)),
    MANY_RESULTS(EveryWayTest::manyResults),
    DESCRIPTION(jdbc(EveryWayTest::description));

    final Work work;

    Way(Work work) {
      this.work = work;
    }
  }

  @ParameterizedTest
  @EnumSource
  void keeps_its_tenant_and_leaves_nothing_behind(Way way) throws SQLException {
    try (Database database = Fleet.open(fleet.made(), fleet.made().application(), 1)) {
      runEverywhere(way, database, database);
    }
  }

  /** The next borrower is another client, whom the pooler gives the same server connection. */
  @ParameterizedTest
  @EnumSource
  void leaves_nothing_on_the_only_connection_of_a_transaction_pooler(Way way) throws SQLException {
    try (PgBouncerServer pooler = PgBouncerServer.before(fleet.made());
        Database database = Fleet.open(pooler, fleet.made().application());
        Database nextBorrower = Fleet.open(pooler, fleet.made().application())) {
      runEverywhere(way, database, nextBorrower);
      RawConnection.isClean(database);
    }
  }

  private static void runEverywhere(Way way, Database database, Database nextBorrower)
      throws SQLException {
    TenantDatabase tenants = TenantDatabase.on(database);
    repeat(way, tenants.as(ACME), nextBorrower);
    tenants.as(BOLT).sql().deleteFrom(HOSTS).execute();
    assertThatThrownBy(() -> tenants.as(BOLT).sql().fetch("select 1/0"));
    repeat(way, tenants.as(ACME), nextBorrower);
    repeat(way, tenants.as(ACME).withSetting("work_mem", "64MB"), nextBorrower);
    tenants
        .as(ACME)
        .transaction(
            transaction -> {
              for (int i = 0; i < TIMES; i++) {
                way.work.run(transaction);
              }
            });
    RawConnection.isClean(nextBorrower);
  }

  private static void repeat(Way way, Session session, Database nextBorrower) throws SQLException {
    for (int i = 0; i < TIMES; i++) {
      way.work.run(session);
      RawConnection.isClean(nextBorrower);
    }
  }

  @FunctionalInterface
  private interface OnConnection {
    void run(Connection connection) throws SQLException;
  }

  private static Work jdbc(OnConnection work) {
    return session ->
        session.jdbc(
            connection -> {
              work.run(connection);
              return true;
            });
  }

  private static Timestamp epoch() {
    return Timestamp.from(Instant.EPOCH);
  }

  private static void jdbcQuery(Connection connection) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(UNTYPED)) {
      for (int i = 0; i < 8; i++) {
        query.setTimestamp(1, epoch());
        assertThat(count(query.executeQuery())).isEqualTo(2);
      }
    }
  }

  private static void scrollableQuery(Connection connection) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            UNTYPED, ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
      query.setTimestamp(1, epoch());
      ResultSet rows = query.executeQuery();
      assertThat(rows.last()).isTrue();
      assertThat(rows.getRow()).isEqualTo(2);
    }
  }

  private static void staticQuery(Connection connection) throws SQLException {
    try (Statement query = connection.createStatement()) {
      query.setMaxRows(1);
      assertThat(count(query.executeQuery("select name from hosts where '?' <> name")))
          .isEqualTo(1);
    }
  }

  private static void staticUpdate(Connection connection) throws SQLException {
    try (Statement update = connection.createStatement()) {
      assertThat(update.executeUpdate("update hosts set name = 'h'")).isEqualTo(2);
      assertThat(update.executeLargeUpdate("update hosts set name = 'h'")).isEqualTo(2);
    }
  }

  private static void returning(Session session) {
    UUID id = UuidV7.next();
    assertThat(
            session
                .sql()
                .insertInto(HOSTS, TENANT, ID, NAME, VERSION)
                .values(ACME.value(), id, "new", 1)
                .returning(ID)
                .fetchOne(ID))
        .isEqualTo(id);
    assertThat(session.sql().deleteFrom(HOSTS).where(ID.eq(id)).returning(NAME).fetch(NAME))
        .containsExactly("new");
  }

  private static void generatedKeys(Connection connection) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("update hosts set name = ?", new String[] {"id"})) {
      update.setString(1, "h");
      assertThat(update.executeUpdate()).isEqualTo(2);
      assertThat(count(update.getGeneratedKeys())).isEqualTo(2);
    }
  }

  private static void jooqBatch(Session session) {
    assertThat(
            session
                .sql()
                .batch(
                    session.sql().update(HOSTS).set(NAME, "x"),
                    session.sql().update(HOSTS).set(NAME, "h").where(NAME.eq("x")))
                .execute())
        .containsExactly(2, 2);
  }

  private static void jdbcBatch(Connection connection) throws SQLException {
    try (PreparedStatement batch =
        connection.prepareStatement("update hosts set name = ? where ?::timestamptz < now()")) {
      for (int i = 0; i < 8; i++) {
        batch.setString(1, "h");
        batch.setTimestamp(2, epoch());
        batch.addBatch();
      }
      assertThat(batch.executeBatch()).hasSize(8).containsOnly(2);
    }
  }

  private static void staticBatch(Connection connection) throws SQLException {
    try (Statement batch = connection.createStatement()) {
      batch.addBatch("update hosts set name = 'x'");
      batch.addBatch("update hosts set name = 'h'");
      assertThat(batch.executeBatch()).containsExactly(2, 2);
    }
  }

  private static void call(Connection connection) throws SQLException {
    try (CallableStatement call = connection.prepareCall("{? = call hosts_named(?)}")) {
      call.registerOutParameter(1, Types.BIGINT);
      call.setString(2, "h");
      call.execute();
      assertThat(call.getLong(1)).isEqualTo(2);
    }
  }

  private static void lazyCursor(Session session) {
    try (Cursor<Record> cursor = session.sql().selectFrom(HOSTS).fetchSize(1).fetchLazy()) {
      assertThat(cursor.stream().count()).isEqualTo(2);
    }
    try (Stream<Record> rows = session.sql().selectFrom(HOSTS).fetchSize(1).fetchStream()) {
      assertThat(rows.count()).isEqualTo(2);
    }
  }

  private static void jdbcCursor(Connection connection) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(UNTYPED)) {
      query.setTimestamp(1, epoch());
      query.setFetchSize(1);
      assertThat(count(query.executeQuery())).isEqualTo(2);
      assertThat(query.executeQuery().next()).isTrue();
    }
  }

  private static void description(Connection connection) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(UNTYPED)) {
      assertThat(query.getParameterMetaData().getParameterCount()).isEqualTo(1);
      query.setTimestamp(1, epoch());
      assertThat(count(query.executeQuery())).isEqualTo(2);
    }
    assertThat(count(connection.getMetaData().getTables(null, "public", "hosts", null)))
        .isEqualTo(1);
  }

  private static void manyResults(Session session) {
    Results results =
        session.sql().fetchMany("select 1; update hosts set name = 'h'; " + UNTYPED, epoch());
    assertThat(results.resultsOrRows()).hasSize(3);
    assertThat(results.resultsOrRows().get(1).rows()).isEqualTo(2);
    assertThat(results.get(1)).hasSize(2);
  }

  private static int count(ResultSet rows) throws SQLException {
    int count = 0;
    while (rows.next()) {
      count++;
    }
    rows.close();
    return count;
  }
}
