package dev.tenon.testkit.isolation;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/** What came of a statement. */
sealed interface Outcome {

  /**
   * It ran.
   *
   * @param number the count of rows, or the number that it returned
   */
  record Done(long number) implements Outcome {}

  /**
   * The server refused it.
   *
   * @param constraint the key or check that objected, if one did
   */
  record Refused(String sqlState, String message, @Nullable String constraint) implements Outcome {

    /** By a policy, a check option or a missing right; not by a constraint that was in the way. */
    boolean byTheFence() {
      return Set.of("42501", "44000").contains(sqlState);
    }

    boolean byConstraint() {
      return sqlState.startsWith("23");
    }
  }

  static Outcome of(SQLException error) {
    return new Refused(
        String.valueOf(error.getSQLState()),
        String.valueOf(error.getMessage()),
        error instanceof PSQLException fromServer && fromServer.getServerErrorMessage() != null
            ? fromServer.getServerErrorMessage().getConstraint()
            : null);
  }
}
