package dev.tenon.core.internal;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.function.Supplier;
import org.jooq.Transaction;
import org.jooq.TransactionContext;
import org.jooq.TransactionProvider;

/**
 * jOOQ's own {@code sql().transaction(…)} in a transaction of Tenon's: a savepoint.
 *
 * @param connection the connection of the transaction, while it lasts
 */
record SavepointTransactions(Supplier<TransactionConnection> connection)
    implements TransactionProvider {

  /** What jOOQ carries from the begin to the end of one nested transaction. */
  private record Nested(Savepoint savepoint) implements Transaction {}

  /** For a session in which no transaction runs. */
  static TransactionProvider refused() {
    return new Refused();
  }

  @Override
  public void begin(TransactionContext context) {
    run(() -> context.transaction(new Nested(connection.get().setSavepoint())));
  }

  @Override
  public void commit(TransactionContext context) {
    run(
        () -> {
          if (context.transaction() instanceof Nested nested) {
            connection.get().releaseSavepoint(nested.savepoint());
          }
        });
  }

  @Override
  public void rollback(TransactionContext context) {
    run(
        () -> {
          if (context.transaction() instanceof Nested nested) {
            connection.get().rollback(nested.savepoint());
          }
        });
  }

  @FunctionalInterface
  private interface Step {
    void run() throws SQLException;
  }

  private static void run(Step step) {
    try {
      step.run();
    } catch (SQLException error) {
      throw SqlStates.translate(
          error, "a nested transaction of jOOQ", SqlStates.Phase.BEFORE_COMMIT);
    }
  }

  private record Refused() implements TransactionProvider {

    @Override
    public void begin(TransactionContext context) {
      throw new UsageException(
          Problem.what("a transaction of jOOQ's was begun outside a transaction of Tenon's")
              .where("Session.sql().transaction(…)")
              .why("a session holds no connection between statements")
              .fix(
                  "use session.transaction(transaction -> …); transaction.sql().transaction(…)"
                      + " in it is a savepoint"));
    }

    @Override
    public void commit(TransactionContext context) {}

    @Override
    public void rollback(TransactionContext context) {}
  }
}
