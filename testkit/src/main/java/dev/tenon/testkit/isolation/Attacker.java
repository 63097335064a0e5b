package dev.tenon.testkit.isolation;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * One tenant with one connection under one condition, and what it found.
 *
 * @param before brings the connection into the condition; run before each statement
 */
record Attacker(
    Session session,
    Session nobody,
    TenantId self,
    TenantId other,
    Rows rows,
    String condition,
    Runnable before,
    List<Leak> leaks) {

  Attacker(
      Session session,
      Session nobody,
      TenantId self,
      TenantId other,
      Rows rows,
      String condition,
      Runnable before) {
    this(session, nobody, self, other, rows, condition, before, new ArrayList<>());
  }

  void report(String object, String attack, String what) {
    leaks.add(new Leak(object, attack, condition, what));
  }

  /** Runs a query as a unit of work of its own; its result is the first number. */
  Outcome read(Session as, String sql, Object... values) {
    before.run();
    return as.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            try (ResultSet row = statement.executeQuery()) {
              return new Outcome.Done(row.next() ? row.getLong(1) : 0);
            }
          } catch (SQLException error) {
            return Outcome.of(error);
          }
        });
  }

  /** Runs a statement in a transaction that is rolled back; its result is the count of rows. */
  Outcome write(Session as, String sql, Object... values) {
    return undone(
        as,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            if (!statement.execute()) {
              return new Outcome.Done(statement.getLargeUpdateCount());
            }
            long rows = 0;
            try (ResultSet returned = statement.getResultSet()) {
              while (returned.next()) {
                rows++;
              }
            }
            return new Outcome.Done(rows);
          }
        });
  }

  /** Runs work in a transaction that is rolled back. */
  Outcome undone(Session as, Session.JdbcWork<Outcome> work) {
    before.run();
    try {
      return as.transactionResult(
          transaction -> {
            throw new Undo(
                transaction.jdbc(
                    connection -> {
                      try {
                        return work.run(connection);
                      } catch (SQLException error) {
                        return Outcome.of(error);
                      }
                    }));
          });
    } catch (Undo undo) {
      return undo.outcome;
    }
  }

  private static void bind(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      if (values[i] instanceof TenantId tenant) {
        statement.setObject(i + 1, tenant.value());
      } else {
        statement.setObject(i + 1, values[i]);
      }
    }
  }

  private static final class Undo extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Outcome outcome;

    Undo(Outcome outcome) {
      super("rolled back on purpose", null, false, false);
      this.outcome = outcome;
    }
  }
}
