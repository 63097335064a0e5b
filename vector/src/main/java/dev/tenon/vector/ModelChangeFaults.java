package dev.tenon.vector;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Tells a change that was not begun, or that has ended, from a fault of the statement.
 *
 * <p>The server is not asked beforehand, which would cost a round trip; its own error says it.
 */
record ModelChangeFaults(VectorTable<?> from, VectorTable<?> to) {

  private static final String UNDEFINED_COLUMN = "42703";

  <R> R explaining(String operation, Supplier<R> work) {
    try {
      return work.get();
    } catch (UsageException error) {
      throw explained(operation, error);
    }
  }

  UsageException explained(String operation, UsageException error) {
    if (error.sqlState().filter(UNDEFINED_COLUMN::equals).isPresent()) {
      if (names(error, to)) {
        return lacking(
            to,
            operation,
            error,
            "migrate ModelChange.addSql() first; behind a fence, of repositories over the base"
                + " table, and declare the fence again behind it");
      }
      if (names(error, from)) {
        return lacking(
            from,
            operation,
            error,
            "where ModelChange.finishSql() has ended the change, use the repository of the new"
                + " model alone");
      }
    }
    return error;
  }

  /**
   * Of the server's own words, for what is told of a statement that changes a table hides names.
   */
  private static boolean names(UsageException error, VectorTable<?> table) {
    return Pattern.compile("(?<!\\w)" + Pattern.quote(table.embeddingName()) + "(?!\\w)")
        .matcher(error.problem().what() + " " + error.getCause())
        .find();
  }

  private UsageException lacking(
      VectorTable<?> table, String operation, UsageException error, String fix) {
    return new UsageException(
        Problem.what(from.simpleName() + " has no column " + table.embeddingName())
            .where(from.place("ModelChange." + operation))
            .why("the server says: " + error.problem().what())
            .fix(fix),
        error);
  }
}
