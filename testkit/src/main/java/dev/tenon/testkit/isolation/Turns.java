package dev.tenon.testkit.isolation;

import dev.tenon.core.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;

/**
 * Routines and views that both tenants ask in turn, on one connection and by one prepared statement
 * of the server's: what a plan or a setting keeps of the one is given to the other.
 *
 * <p>The values stand in the text, because a call whose values are parameters is not answered while
 * it is planned. One transaction, which is rolled back, so that what a setting keeps is kept.
 */
record Turns(Connection connection, Rows rows, TenantId self, TenantId other, List<Leak> leaks) {

  /** PostgreSQL thinks of a plan for all values after five executions. */
  private static final int TURNS = 7;

  private static final int MOST_CALLS_OF_A_ROUTINE = 6;

  static List<Leak> run(
      DataSource application,
      Targets targets,
      Rows rows,
      Arguments arguments,
      TenantId self,
      TenantId other)
      throws SQLException {
    try (Connection connection = application.getConnection()) {
      connection.setAutoCommit(false);
      Turns turns = new Turns(connection, rows, self, other, new ArrayList<>());
      for (String view : targets.views()) {
        turns.ask(view, "read the view", "select t::text from " + view + " t", List.of());
      }
      for (Routine routine : targets.routines()) {
        if (routine.callable()) {
          turns.call(routine, arguments);
        }
      }
      return turns.leaks;
    }
  }

  private void call(Routine routine, Arguments arguments) throws SQLException {
    for (int given : routine.arities()) {
      List<List<@Nullable String>> calls =
          arguments.combinations(routine.parameters().subList(0, given));
      for (List<@Nullable String> values :
          calls.subList(0, Math.min(calls.size(), MOST_CALLS_OF_A_ROUTINE))) {
        if (ask(routine.label(), routine.attack(), routine.callWith(values), values)) {
          return;
        }
      }
    }
  }

  /** Whether the other's was shown. */
  private boolean ask(
      String object, String attack, String sql, List<? extends @Nullable Object> values)
      throws SQLException {
    Optional<String> mark = markIn(sql, values.toString());
    mark.ifPresent(
        found ->
            leaks.add(
                new Leak(
                    object,
                    attack + (values.isEmpty() ? "" : " with " + values),
                    "in turn with the other on one connection",
                    "shows the other's value " + found)));
    return mark.isPresent();
  }

  private Optional<String> markIn(String sql, String given) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.unwrap(PGStatement.class).setPrepareThreshold(1);
      execute("set local statement_timeout = '10s'");
      for (int turn = 0; turn < TURNS; turn++) {
        List<String> answers = new ArrayList<>();
        if (!isAnswered(statement, other, new ArrayList<>())
            || !isAnswered(statement, self, answers)) {
          return Optional.empty();
        }
        Optional<String> mark =
            answers.stream()
                .flatMap(row -> rows.marksIn(row).stream())
                .filter(found -> !given.contains(found))
                .findFirst();
        if (mark.isPresent()) {
          return mark;
        }
      }
      return Optional.empty();
    } finally {
      connection.rollback();
    }
  }

  /** A call that is refused, or would end the transaction, is not asked again. */
  private boolean isAnswered(PreparedStatement statement, TenantId tenant, List<String> answers)
      throws SQLException {
    Savepoint savepoint = connection.setSavepoint();
    try {
      bind(tenant);
      if (statement.execute()) {
        try (ResultSet row = statement.getResultSet()) {
          while (row.next()) {
            answers.add(String.valueOf(row.getString(1)));
          }
        }
      }
      connection.releaseSavepoint(savepoint);
      return true;
    } catch (SQLException refused) {
      connection.rollback(savepoint);
      return false;
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void bind(TenantId tenant) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select set_config('app.current_tenant', ?, true)")) {
      statement.setString(1, tenant.toString());
      statement.execute();
    }
  }
}
