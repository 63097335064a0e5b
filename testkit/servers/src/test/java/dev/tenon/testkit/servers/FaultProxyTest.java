package dev.tenon.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;

class FaultProxyTest {

  /** The length of the message and the code that asks for encryption. */
  private static final byte[] TLS_REQUEST =
      ByteBuffer.allocate(8).putInt(8).putInt(80_877_103).array();

  private static final DatabaseTemplate ORDERS =
      DatabaseTemplate.of(
          "orders",
          "1",
          database ->
              Sql.run(
                  database.dataSource(database.owner()),
                  "create table orders (id int primary key)"));

  private final TestDatabase database = TestDatabase.create(ORDERS);
  private final FaultProxy network = FaultProxy.to(database.server());

  @AfterEach
  void end() {
    network.close();
    database.close();
  }

  @Test
  void counts_each_question_and_answer_once() throws SQLException {
    try (Connection connection = connect()) {
      assertThat(network.roundTripsDuring(() -> ask(connection))).isEqualTo(1);
      assertThat(
              network.roundTripsDuring(
                  () -> {
                    ask(connection);
                    ask(connection);
                  }))
          .isEqualTo(2);
    }
  }

  @Test
  void counts_the_messages_of_both_sides() throws SQLException {
    try (Connection connection = connect();
        var statement = connection.createStatement()) {
      int before = network.messages();
      statement.execute("select 1");
      // Parse, Bind, Describe, Execute, Sync; ParseComplete, BindComplete, RowDescription, DataRow,
      // CommandComplete, ReadyForQuery.
      assertThat(network.messages() - before).isEqualTo(11);
    }
  }

  @Test
  void tells_of_each_statement_also_when_it_is_prepared_already() throws SQLException {
    List<String> heard = new CopyOnWriteArrayList<>();
    try (Connection connection = connect();
        var statement = connection.prepareStatement("select ?::int")) {
      network.onStatement((sql, roundTrip) -> heard.add(sql));
      for (int turn = 0; turn < 10; turn++) {
        statement.setInt(1, turn);
        statement.execute();
      }
    }
    assertThat(heard).hasSize(10).containsOnly("select $1::int");
  }

  @Test
  void a_cursor_that_is_read_in_parts_is_one_statement() throws SQLException {
    List<String> heard = new CopyOnWriteArrayList<>();
    try (Connection connection = connect();
        var statement =
            connection.prepareStatement("select n from generate_series(1, 1000) as n")) {
      connection.setAutoCommit(false);
      statement.setFetchSize(100);
      network.onStatement((sql, roundTrip) -> heard.add(sql));
      try (var rows = statement.executeQuery()) {
        int count = 0;
        while (rows.next()) {
          count++;
        }
        assertThat(count).isEqualTo(1000);
      }
    }
    assertThat(heard).containsExactly("BEGIN", "select n from generate_series(1, 1000) as n");
  }

  @Test
  void passes_messages_larger_than_any_piece_unchanged() throws SQLException, IOException {
    String text = "0123456789".repeat(100_000);
    try (Connection connection = connect();
        var statement = connection.prepareStatement("select ?::text || ?")) {
      for (int turn = 0; turn < 7; turn++) {
        statement.setString(1, text);
        statement.setString(2, text);
        try (var row = statement.executeQuery()) {
          assertThat(row.next()).isTrue();
          assertThat(row.getString(1)).isEqualTo(text + text);
        }
      }
      long copied =
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyIn("copy orders from stdin", new java.io.StringReader(numbers(100_000)));
      assertThat(copied).isEqualTo(100_000);
    }
    assertThat(orders()).isEqualTo("100000");
  }

  @Test
  void takes_its_time() throws SQLException {
    Duration roundTrip = Duration.ofMillis(30);
    try (Connection connection = connect()) {
      network.latency(roundTrip);
      long begin = System.nanoTime();
      ask(connection);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(roundTrip);
    }
  }

  @Test
  void disabled_it_cuts_connections_and_refuses_new_ones_until_enabled() throws SQLException {
    try (Connection connection = connect()) {
      network.disable();
      assertThatThrownBy(() -> ask(connection)).hasRootCauseInstanceOf(IOException.class);
      assertThatThrownBy(this::connect).isInstanceOf(SQLException.class);
      network.enable();
      try (Connection again = connect()) {
        ask(again);
      }
    }
  }

  @Test
  void goes_silent_without_closing() throws SQLException {
    try (Connection connection = connect()) {
      connection.setNetworkTimeout(Runnable::run, 200);
      network.timeout();
      assertThatThrownBy(() -> ask(connection))
          .hasRootCauseInstanceOf(SocketTimeoutException.class);
      network.enable();
    }
  }

  @Test
  void a_connection_opened_in_the_silence_is_silent_too_until_enabled() throws IOException {
    network.timeout();
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), network.port())) {
      client.setSoTimeout(200);
      client.getOutputStream().write(TLS_REQUEST);
      assertThatThrownBy(client.getInputStream()::read).isInstanceOf(SocketTimeoutException.class);
      network.enable();
      client.setSoTimeout(10_000);
      assertThat(client.getInputStream().read()).isIn((int) 'N', (int) 'S');
    }
  }

  @Test
  void resets_all_connections_and_accepts_new_ones() throws SQLException {
    try (Connection connection = connect()) {
      network.resetPeer();
      assertThatThrownBy(() -> ask(connection)).hasRootCauseInstanceOf(IOException.class);
      try (Connection again = connect()) {
        ask(again);
      }
    }
  }

  @Test
  void before_the_reply_of_a_commit_the_row_is_there_and_the_client_does_not_know()
      throws SQLException {
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      insert(connection, 1);
      network.on(Moment.beforeReply("COMMIT")).resetPeer();
      assertThatThrownBy(connection::commit).hasRootCauseInstanceOf(IOException.class);
    }
    assertThat(network.pendingFaults()).isZero();
    assertThat(orders()).isEqualTo("1");
  }

  @Test
  void before_the_reply_of_a_statement_that_commits_itself_the_row_is_there() throws SQLException {
    try (Connection connection = connect()) {
      network.on(Moment.beforeReply("INSERT")).disable();
      assertThatThrownBy(() -> insert(connection, 1)).hasRootCauseInstanceOf(IOException.class);
      assertThatThrownBy(this::connect).isInstanceOf(SQLException.class);
    }
    assertThat(orders()).isEqualTo("1");
  }

  @Test
  void a_commit_that_does_not_reach_the_server_leaves_nothing() throws SQLException {
    try (Connection connection = connect()) {
      connection.setAutoCommit(false);
      insert(connection, 1);
      network.on(Moment.statement("commit")).resetPeer();
      assertThatThrownBy(connection::commit).hasRootCauseInstanceOf(IOException.class);
    }
    assertThat(orders()).isEqualTo("0");
  }

  @Test
  void after_a_reply_the_client_has_it_and_can_say_nothing_more() throws SQLException {
    try (Connection connection = connect()) {
      network.on(Moment.afterReply("INSERT")).resetPeer();
      insert(connection, 1);
      assertThatThrownBy(() -> insert(connection, 2)).hasRootCauseInstanceOf(IOException.class);
    }
    assertThat(orders()).isEqualTo("1");
  }

  /** Both times are the server's. */
  @Test
  void after_a_reply_what_the_client_says_next_reaches_the_server_late() throws SQLException {
    Duration delay = Duration.ofMillis(100);
    try (Connection connection = connect()) {
      network.on(Moment.afterReply("INSERT")).latency(delay);
      Instant inserted =
          time(connection, "insert into orders values (1) returning clock_timestamp()");
      Instant asked = time(connection, "select clock_timestamp()");
      assertThat(Duration.between(inserted, asked)).isGreaterThanOrEqualTo(delay);
    }
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void after_a_reply_also_where_the_client_still_speaks_when_the_reply_begins()
      throws SQLException {
    try (Connection connection = connect();
        var statement = connection.createStatement()) {
      network.on(Moment.afterReply("INSERT")).resetPeer();
      statement.execute(
          "insert into orders values (1); select repeat('x', 100000); select length('%s')"
              .formatted("x".repeat(8_000_000)));
      assertThatThrownBy(() -> ask(connection)).hasRootCauseInstanceOf(IOException.class);
    }
    assertThat(orders()).isEqualTo("1");
  }

  @Test
  void fails_at_the_nth_statement_of_a_kind_and_only_there() throws SQLException {
    try (Connection connection = connect()) {
      network.on(Moment.statement("insert").nth(3)).resetPeer();
      insert(connection, 1);
      ask(connection);
      insert(connection, 2);
      assertThatThrownBy(() -> insert(connection, 3)).hasRootCauseInstanceOf(IOException.class);
      try (Connection again = connect()) {
        insert(again, 4);
      }
    }
    assertThat(orders()).isEqualTo("3");
  }

  @Test
  void falls_silent_on_one_connection_when_a_transaction_begins() throws SQLException {
    try (Connection connection = connect();
        Connection other = connect()) {
      connection.setNetworkTimeout(Runnable::run, 200);
      connection.setAutoCommit(false);
      network.on(Moment.statement("begin")).timeout();
      assertThatThrownBy(() -> insert(connection, 1))
          .hasRootCauseInstanceOf(SocketTimeoutException.class);
      insert(other, 2);
      network.enable();
    }
    assertThat(orders()).isEqualTo("1");
  }

  @Test
  void one_statement_is_late_and_arrives() throws SQLException {
    Duration delay = Duration.ofMillis(50);
    try (Connection connection = connect()) {
      network.on(Moment.statement()).latency(delay);
      long begin = System.nanoTime();
      insert(connection, 1);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(delay);
      assertThat(network.pendingFaults()).isZero();
    }
    assertThat(orders()).isEqualTo("1");
  }

  @Test
  void the_beginning_of_a_statement_is_whole_words() throws SQLException {
    try (Connection connection = connect()) {
      network.on(Moment.statement("sel")).resetPeer();
      ask(connection);
      assertThat(network.pendingFaults()).isEqualTo(1);
    }
  }

  @Test
  void passes_on_what_is_not_postgresql() throws IOException {
    RedisServer redis = RedisServer.shared();
    try (FaultProxy before = FaultProxy.to(redis.host(), redis.port());
        RedisConnection connection =
            RedisConnection.open(
                "127.0.0.1", before.port(), new Credentials("", redis.password()))) {
      assertThat(connection.call("PING")).isEqualTo("PONG");
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        network.reroute(database.url()),
        database.application().user(),
        database.application().password());
  }

  private String orders() throws SQLException {
    return Sql.text(
        database.dataSource(database.application()), "select count(*)::text from orders");
  }

  private static Instant time(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      assertThat(row.next()).isTrue();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    }
  }

  private static void insert(Connection connection, int id) throws SQLException {
    try (var statement = connection.prepareStatement("insert into orders values (?)")) {
      statement.setInt(1, id);
      statement.executeUpdate();
    }
  }

  private static String numbers(int count) {
    StringBuilder lines = new StringBuilder();
    for (int number = 1; number <= count; number++) {
      lines.append(number).append('\n');
    }
    return lines.toString();
  }

  private static void ask(Connection connection) {
    try (var statement = connection.prepareStatement("select 1");
        var row = statement.executeQuery()) {
      assertThat(row.next()).isTrue();
    } catch (SQLException error) {
      throw new IllegalStateException(error);
    }
  }
}
