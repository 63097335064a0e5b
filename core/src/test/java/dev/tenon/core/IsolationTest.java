package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.Transaction.Options.Isolation;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** The isolation is what the options say, whatever the database has for its default. */
class IsolationTest {

  private static final Transaction.Options DEFAULTS = Transaction.Options.defaults();

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @BeforeEach
  void makeTheDefaultAnother() throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(database.url(), database.user(), database.password());
        Statement statement = connection.createStatement()) {
      statement.execute(
          "alter database \""
              + connection.getCatalog()
              + "\" set default_transaction_isolation = 'repeatable read'");
    }
  }

  @Test
  void a_pool_of_its_own_is_read_committed() {
    requireIsolation(config -> config);
  }

  @Test
  void behind_a_transaction_pooler_it_is_read_committed() {
    requireIsolation(config -> config.transactionPooler(true));
  }

  @Test
  void a_reader_is_read_committed() {
    try (Database opened =
        Database.open(database.config().reader(database.config().build()).build())) {
      requireIsolation(opened.reader());
    }
  }

  @Test
  void a_data_source_of_the_callers_is_read_committed() {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(database.url());
    source.setUser(database.user());
    source.setPassword(database.password());
    requireIsolation(Database.using((DataSource) source));
  }

  private void requireIsolation(UnaryOperator<DatabaseConfig.Builder> change) {
    try (Database opened = Database.open(change.apply(database.config()).build())) {
      requireIsolation(opened);
    }
  }

  private static void requireIsolation(Database opened) {
    assertThat(isolation(opened)).isEqualTo("read committed");
    assertThat(isolation(FreshDatabase.session(opened, TenantId.of(new java.util.UUID(1, 2)))))
        .isEqualTo("read committed");
    assertThat(isolationByJdbc(opened)).isEqualTo("read committed");
    assertThat(isolationIn(opened, DEFAULTS)).isEqualTo("read committed");
    assertThat(isolationIn(opened, DEFAULTS.asReadOnly())).isEqualTo("read committed");
    for (Isolation level : Isolation.values()) {
      assertThat(isolationIn(opened, DEFAULTS.withIsolation(level))).isEqualTo(level.sql());
    }
  }

  private static String isolationIn(Database opened, Transaction.Options options) {
    return opened.transactionResult(options, IsolationTest::isolation);
  }

  private static String isolation(Session session) {
    return String.valueOf(session.sql().fetchValue("show transaction_isolation"));
  }

  private static String isolationByJdbc(Session session) {
    return session.jdbc(
        connection -> {
          try (Statement statement = connection.createStatement();
              java.sql.ResultSet rows = statement.executeQuery("show transaction_isolation")) {
            rows.next();
            return String.valueOf(rows.getString(1));
          }
        });
  }
}
