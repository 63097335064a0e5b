package dev.tenon.testkit.isolation;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A condition whose error names a value, and which costs the planner nothing: it comes before the
 * predicate of a view that is no security barrier, and so on rows of everybody.
 */
record ExpressionAttacks(Attacker attacker, TargetTable table) {

  private static final String DUPLICATE_JSON_KEY = "22030";
  private static final String SYNTAX_ERROR = "42601";

  void run() {
    Outcome outcome = attacker.undone(attacker.session(), this::reachForTheOther);
    if (!(outcome instanceof Outcome.Refused refused)) {
      return;
    }
    if (refused.sqlState().equals(DUPLICATE_JSON_KEY)) {
      attacker.report(
          table.relation(),
          "a condition that runs before the predicate",
          "tells by its error that the other has a row: " + refused.message());
    } else if (refused.sqlState().equals(SYNTAX_ERROR) && table.fenced() && !table.barrier()) {
      attacker.report(
          table.relation(),
          "a condition that runs before the predicate",
          "cannot be proved before PostgreSQL 16: the fence has no barrier");
    }
  }

  /** JSON with the same key twice is made of the other's rows only; indexes would hide them. */
  private Outcome reachForTheOther(Connection connection) throws SQLException {
    try (Statement planner = connection.createStatement()) {
      planner.execute("set local enable_indexscan = off");
      planner.execute("set local enable_indexonlyscan = off");
      planner.execute("set local enable_bitmapscan = off");
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select 1 from %1$s
             where json_object(%2$s value 1, (?::text) value 2 with unique keys) is not null
            """
                .formatted(table.relation(), table.tenant()))) {
      statement.setString(1, attacker.other().toString());
      statement.executeQuery().close();
      return new Outcome.Done(0);
    }
  }
}
