package dev.tenon.core.internal;

import dev.tenon.core.Outcome;
import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.Problem;
import dev.tenon.core.TenonException;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.List;
import org.postgresql.core.BaseConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From the borrowed connection to the outcome: what surrounds the callback of a transaction. */
final class TransactionRun {

  private static final Logger LOG = LoggerFactory.getLogger(TransactionRun.class);

  private final Terms terms;
  private final Transaction.Options options;
  private final Settings settings;

  private TransactionRun(Terms given, Transaction.Options options) {
    this.terms =
        options
            .statementTimeout()
            .map(limit -> given.with(Terms.STATEMENT_TIMEOUT, limit.toMillis() + "ms"))
            .orElse(given);
    this.options = options;
    this.settings = terms.engine().settings(terms.settings(), options);
  }

  /** The result of the callback, or what it threw. */
  static <R, X extends Exception> R result(
      Terms terms, Transaction.Options options, Transaction.Work<R, X> work) throws X {
    Outcome<R> outcome = outcome(terms, options, work);
    if (outcome instanceof Outcome.Committed<R> committed) {
      return committed.value();
    }
    if (outcome instanceof Outcome.Unknown<R> unknown) {
      throw unknown.cause();
    }
    @SuppressWarnings(
        "unchecked") // the callback declares what it throws, and all else is unchecked
    X cause = (X) ((Outcome.RolledBack<R>) outcome).cause();
    throw cause;
  }

  static <R> Outcome<R> outcome(
      Terms terms, Transaction.Options options, Transaction.Work<R, ?> work) {
    TransactionRun run = new TransactionRun(terms, options);
    return options.retry().isEmpty()
        ? run.once(work)
        : new Attempts(options.retry().get()).run(() -> run.once(work));
  }

  private <R> Outcome<R> once(Transaction.Work<R, ?> work) {
    String opening = opening();
    Terms.Loan loan = terms.borrow();
    // Nothing that could throw stands between the loan and the try that ends it.
    TransactionState state = new TransactionState(terms, loan, opening);
    Outcome<R> outcome;
    boolean broken = true;
    try {
      outcome = run(loan, state, work);
      broken = false;
    } finally {
      state.ended = true;
      loan.giveBack();
      if (broken) {
        state.afterRollback.forEach(TransactionRun::runHook);
      }
    }
    hooksAfter(outcome, state).forEach(TransactionRun::runHook);
    return outcome;
  }

  private <R> Outcome<R> run(Terms.Loan loan, TransactionState state, Transaction.Work<R, ?> work) {
    boolean ended = false;
    try {
      loan.connection().setAutoCommit(false);
      JdbcTransaction transaction = new JdbcTransaction(state, settings);
      options.operation().ifPresent(key -> OperationKeys.record(terms.tenant(), key, transaction));
      R result = work.run(transaction);
      Outcome<R> outcome = commit(state, result);
      ended = !(outcome instanceof Outcome.RolledBack<R>);
      return outcome;
    } catch (SQLException error) {
      return new Outcome.RolledBack<>(
          SqlStates.translate(error, state.place(), SqlStates.Phase.BEFORE_COMMIT));
    } catch (Exception error) {
      return new Outcome.RolledBack<>(error);
    } finally {
      if (!ended) {
        rollback(state);
      }
    }
  }

  private <R> Outcome<R> commit(TransactionState state, R result) throws SQLException {
    requireCommittable(state);
    String place = "the commit of " + state.place();
    try {
      commitWatched(state);
      SQLWarning warning = state.connection.getWarnings();
      state.connection.setAutoCommit(true);
      StandbyWait.requireNotCancelled(warning, place);
      return new Outcome.Committed<>(result);
    } catch (OutcomeUnknownException notSafe) {
      return unknown(notSafe);
    } catch (SQLException error) {
      TenonException failure =
          SqlStates.translate(error, place, SqlStates.Phase.MAY_HAVE_COMMITTED);
      if (!(failure instanceof OutcomeUnknownException lost)) {
        return new Outcome.RolledBack<>(failure);
      }
      state.engine.connections().evict(state.connection);
      return unknown(lost);
    }
  }

  private <R> Outcome<R> unknown(OutcomeUnknownException open) {
    return new Outcome.Unknown<>(
        options.operation(), options.operation().isEmpty() ? open : resolvable(open));
  }

  private static OutcomeUnknownException resolvable(OutcomeUnknownException open) {
    OutcomeUnknownException told =
        new OutcomeUnknownException(
            open.problem()
                .fix(
                    "ask Session.isApplied with the key of the operation, on the server that is the"
                        + " primary now; run it again if it was not applied"),
            open.getCause());
    told.setStackTrace(open.getStackTrace());
    return told;
  }

  private static void commitWatched(TransactionState state) throws SQLException {
    long started = StatementWatch.start(state.watch);
    SQLException failure = null;
    try {
      state.connection.commit();
    } catch (SQLException error) {
      failure = error;
      throw error;
    } finally {
      if (state.watch != null) {
        state.watch.ended(started, "commit", failure, List::of);
      }
    }
  }

  /**
   * What was closed on this side before the commit was sent, as by a pool that closes, is undone.
   */
  private static void requireCommittable(TransactionState state) throws SQLException {
    BaseConnection driver = state.connection.unwrap(BaseConnection.class);
    if (driver.isClosed()) {
      throw new SQLException("the connection was closed before the commit was sent", "08003");
    }
    if (driver.getTransactionState() == org.postgresql.core.TransactionState.FAILED) {
      throw new UsageException(
          Problem.what("a transaction in which a statement had failed was to be committed")
              .where(state.place())
              .why(
                  state.isCopyLeftOpen()
                      ? "Session.jdbc returned before CopyIn.endCopy, so its COPY was cancelled"
                      : "the callback caught the error and returned, but the server can only roll"
                          + " back")
              .fix("let the error leave the callback, or run what may fail in a savepoint"));
    }
  }

  private static void rollback(TransactionState state) {
    try {
      state.connection.rollback();
      state.connection.setAutoCommit(true);
    } catch (SQLException error) {
      LOG.debug("a rollback failed; its connection is closed", error);
      state.engine.connections().evict(state.connection);
    }
  }

  private static List<Runnable> hooksAfter(Outcome<?> outcome, TransactionState state) {
    if (outcome instanceof Outcome.Committed<?>) {
      return state.afterCommit;
    }
    return outcome instanceof Outcome.Unknown<?> ? state.afterCommitOrUnknown : state.afterRollback;
  }

  static void runHook(Runnable hook) {
    try {
      hook.run();
    } catch (Throwable error) {
      LOG.error("an action after the end of a transaction failed; its outcome stands", error);
    }
  }

  private String opening() {
    if (options.isolation() == Transaction.Options.Isolation.READ_COMMITTED
        && !options.readOnly()
        && !terms.engine().tellsIsolation()) {
      return "";
    }
    return "set transaction isolation level "
        + options.isolation().sql()
        + (options.readOnly() ? ", read only" : "")
        + (options.deferrable() ? ", deferrable" : "")
        + "; ";
  }
}
