package dev.tenon.vector;

import static dev.tenon.vector.Notes.FEW;
import static dev.tenon.vector.Notes.LANGUAGE;
import static dev.tenon.vector.Notes.MANY;
import static dev.tenon.vector.Notes.REPOSITORY;
import static dev.tenon.vector.Notes.query;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Session;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.tools.jdbc.SingleConnectionDataSource;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Notes.class)
class VectorSearchSettingsTest {

  private static final int PAST_THE_PREPARE_THRESHOLD = 12;

  private static Database onOneConnection(TestDatabase made) {
    return Database.open(
        DatabaseConfig.url(made.url())
            .user(made.application().user())
            .password(made.application().password())
            .poolSize(1)
            .build());
  }

  private static Connection connect(TestDatabase made, FaultProxy network) throws SQLException {
    return DriverManager.getConnection(
        network.reroute(made.url()), made.application().user(), made.application().password());
  }

  /** Without a pool, which would now and then ask the connection whether it is alive. */
  private static Session over(Connection connection) {
    return TenantDatabase.on(Database.using(new SingleConnectionDataSource(connection))).as(MANY);
  }

  private static List<Object> settings(Session session) {
    return session
        .sql()
        .fetchSingle(
            """
            select current_setting('hnsw.ef_search'), current_setting('hnsw.iterative_scan'),
                   current_setting('hnsw.max_scan_tuples'),
                   current_setting('hnsw.scan_mem_multiplier'), current_setting('work_mem'),
                   current_setting('plan_cache_mode')
            """)
        .intoList();
  }

  private static VectorSearch<Notes.Note> tuned(Session session) {
    return REPOSITORY
        .search(session, query())
        .where(LANGUAGE.eq("en"))
        .approximate()
        .efSearch(200)
        .iterativeScan(IterativeScan.RELAXED)
        .maxScanTuples(5_000)
        .memory("16MB")
        .scanMemoryMultiplier(4)
        .withPlan();
  }

  @Test
  void takes_one_round_trip_with_all_its_settings(TestDatabase made) throws SQLException {
    try (FaultProxy network = FaultProxy.to(made.server());
        Connection connection = connect(made, network)) {
      Session session = over(connection);
      for (int i = 0; i < PAST_THE_PREPARE_THRESHOLD; i++) {
        assertThat(network.roundTripsDuring(() -> tuned(session).fetch())).isEqualTo(1);
      }
    }
  }

  @Test
  void takes_one_round_trip_in_a_transaction_and_no_other_for_its_beginning(TestDatabase made)
      throws SQLException {
    try (FaultProxy network = FaultProxy.to(made.server());
        Connection connection = connect(made, network)) {
      Session session = over(connection);
      session.transaction(
          transaction -> {
            assertThat(network.roundTripsDuring(() -> tuned(transaction).fetch())).isEqualTo(1);
            assertThat(network.roundTripsDuring(() -> tuned(transaction).fetch())).isEqualTo(1);
          });
    }
  }

  @Test
  void takes_a_second_round_trip_only_when_fewer_rows_came(TestDatabase made) throws SQLException {
    try (FaultProxy network = FaultProxy.to(made.server());
        Connection connection = connect(made, network)) {
      VectorSearch<Notes.Note> five =
          tuned(over(connection)).where(Notes.ID.in(201, 202, 203, 204, 205));
      for (int i = 0; i < PAST_THE_PREPARE_THRESHOLD; i++) {
        assertThat(network.roundTripsDuring(() -> five.top(1).fetch())).isEqualTo(1);
        assertThat(network.roundTripsDuring(() -> five.top(6).fetch())).isEqualTo(2);
        assertThat(network.roundTripsDuring(() -> five.top(6).exact().fetch())).isEqualTo(1);
      }
    }
  }

  @Test
  void takes_one_round_trip_to_write_a_row(TestDatabase made) throws SQLException {
    try (FaultProxy network = FaultProxy.to(made.server());
        Connection connection = connect(made, network)) {
      Session session = over(connection);
      Notes.Note note = new Notes.Note(1, "en", Embedding.of(query()));
      for (int i = 0; i < PAST_THE_PREPARE_THRESHOLD; i++) {
        assertThat(network.roundTripsDuring(() -> REPOSITORY.upsert(session, note))).isEqualTo(1);
      }
    }
  }

  private static Stream<Notes.Note> notes(int rows) {
    return IntStream.range(10_000, 10_000 + rows)
        .mapToObj(i -> new Notes.Note(i, "en", Embedding.of(query())));
  }

  @Test
  void loads_a_thousand_rows_in_as_many_round_trips_as_one(TestDatabase made) throws SQLException {
    try (FaultProxy network = FaultProxy.to(made.server());
        Connection connection = connect(made, network)) {
      Session session = over(connection);
      assertThat(network.roundTripsDuring(() -> REPOSITORY.load(session, notes(1))))
          .as("the first of the connection asks for the type")
          .isEqualTo(5);
      assertThat(network.roundTripsDuring(() -> REPOSITORY.load(session, notes(1)))).isEqualTo(3);
      assertThat(network.roundTripsDuring(() -> REPOSITORY.load(session, notes(1_000))))
          .isEqualTo(3);
    }
  }

  @Test
  void leaves_no_setting_on_the_connection(TestDatabase made) {
    try (Database database = onOneConnection(made)) {
      Session session = TenantDatabase.on(database).as(MANY);
      REPOSITORY.search(session, query()).exact().fetch();
      List<Object> before = settings(database);
      for (int i = 0; i < PAST_THE_PREPARE_THRESHOLD; i++) {
        tuned(session).fetch();
        assertThat(settings(database)).isEqualTo(before);
      }
    }
  }

  @Test
  void leaves_no_setting_in_the_transaction(TenantDatabase tenants) {
    tenants
        .as(MANY)
        .transaction(
            transaction -> {
              REPOSITORY.search(transaction, query()).exact().fetch();
              List<Object> before = settings(transaction);
              tuned(transaction).fetch();
              assertThat(settings(transaction)).isEqualTo(before);
            });
  }

  @Test
  void is_tuned_by_the_first_statement_of_a_new_connection(TestDatabase made) {
    try (Database database = onOneConnection(made)) {
      Session session = TenantDatabase.on(database).as(FEW).withSetting("enable_sort", "off");
      SearchResult<Notes.Note> result =
          REPOSITORY.search(session, query()).efSearch(1000).top(40).fetch();
      assertThat(result.hits()).hasSize(40);
    }
  }
}
