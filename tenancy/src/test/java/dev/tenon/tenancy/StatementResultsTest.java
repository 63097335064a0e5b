package dev.tenon.tenancy;

import static dev.tenon.tenancy.Fleet.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.UuidV7;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Results;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A statement shows its own results and its own description, nothing of the frame around it. */
class StatementResultsTest {

  private static final String MANY =
      """
      select 1; select 2; update hosts set name = name; select 3 -- the end
      """;

  @RegisterExtension final Fleet fleet = new Fleet();

  @Test
  void many_results_are_those_of_the_statement() {
    Results results = acme().sql().fetchMany(MANY);
    assertThat(results.resultsOrRows())
        .extracting(result -> result.result() == null ? "count" : "rows")
        .containsExactly("rows", "rows", "count", "rows");
    assertThat(results.get(2).getValue(0, 0)).isEqualTo(3);
  }

  @Test
  void jdbc_walks_through_the_results_of_the_statement_only() {
    assertThat(walk(acme(), connection -> connection.prepareStatement(MANY)))
        .isEqualTo(walk(fleet.database(), connection -> connection.prepareStatement(MANY_BARE)));
    assertThat(
            walk(acme(), connection -> connection.prepareStatement("update hosts set name = ''")))
        .containsExactly("count 0");
    assertThat(walk(acme(), connection -> connection.prepareStatement("select 1; select 2")))
        .containsExactly("rows 1", "rows 2");
  }

  private static final String MANY_BARE =
      "select 1; select 2; set local work_mem = '4MB'; select 3";

  @Test
  void counts_and_results_agree_after_each_step() {
    acme()
        .jdbc(
            connection -> {
              try (PreparedStatement statement =
                  connection.prepareStatement("select 1; delete from hosts; select 2")) {
                assertThat(statement.execute()).isTrue();
                assertThat(statement.getUpdateCount()).isEqualTo(-1);
                assertThat(statement.getLargeUpdateCount()).isEqualTo(-1);
                var first = statement.getResultSet();
                assertThat(statement.getMoreResults(Statement.KEEP_CURRENT_RESULT)).isFalse();
                assertThat(first.isClosed()).isFalse();
                assertThat(statement.getResultSet()).isNull();
                assertThat(statement.getUpdateCount()).isZero();
                assertThat(statement.getLargeUpdateCount()).isZero();
                assertThat(statement.getMoreResults(Statement.KEEP_CURRENT_RESULT)).isTrue();
                assertThat(statement.getUpdateCount()).isEqualTo(-1);
                var last = statement.getResultSet();
                assertThat(statement.getMoreResults(Statement.CLOSE_ALL_RESULTS)).isFalse();
                assertThat(first.isClosed()).isTrue();
                assertThat(last.isClosed()).isTrue();
                assertThat(statement.getUpdateCount()).isEqualTo(-1);
                assertThat(statement.getLargeUpdateCount()).isEqualTo(-1);
                assertThat(statement.getResultSet()).isNull();
              }
              return true;
            });
  }

  @Test
  void a_statement_describes_itself_before_and_after_it_ran() {
    acme()
        .jdbc(
            connection -> {
              try (PreparedStatement statement =
                  connection.prepareStatement(
                      "select name, version from hosts where id = ? and version > ?")) {
                describes(statement);
                statement.setObject(1, UuidV7.next());
                statement.setInt(2, 1);
                statement.execute();
                describes(statement);
              }
              try (PreparedStatement update =
                  connection.prepareStatement("update hosts set version = ?")) {
                assertThat(update.getMetaData()).isNull();
                assertThat(update.getParameterMetaData().getParameterCount()).isEqualTo(1);
              }
              return true;
            });
  }

  private static void describes(PreparedStatement statement) throws SQLException {
    var columns = java.util.Objects.requireNonNull(statement.getMetaData());
    assertThat(columns.getColumnCount()).isEqualTo(2);
    assertThat(columns.getColumnName(1)).isEqualTo("name");
    assertThat(columns.getColumnType(2)).isEqualTo(Types.INTEGER);
    assertThat(statement.getParameterMetaData().getParameterCount()).isEqualTo(2);
    assertThat(statement.getParameterMetaData().getParameterTypeName(1)).isEqualTo("uuid");
    assertThat(statement.getParameterMetaData().getParameterTypeName(2)).isEqualTo("int4");
  }

  @FunctionalInterface
  private interface Preparing {
    PreparedStatement prepare(Connection connection) throws SQLException;
  }

  private static List<String> walk(dev.tenon.core.Session session, Preparing preparing) {
    return session.jdbc(
        connection -> {
          List<String> seen = new ArrayList<>();
          try (PreparedStatement statement = preparing.prepare(connection)) {
            boolean rows = statement.execute();
            while (rows || statement.getUpdateCount() >= 0) {
              if (rows) {
                var result = java.util.Objects.requireNonNull(statement.getResultSet());
                result.next();
                seen.add("rows " + result.getInt(1));
              } else {
                seen.add("count " + statement.getUpdateCount());
              }
              rows = statement.getMoreResults();
            }
          }
          return seen;
        });
  }

  private TenantSession acme() {
    return fleet.tenants().as(ACME);
  }
}
