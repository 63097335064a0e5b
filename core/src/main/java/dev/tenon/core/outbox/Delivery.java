package dev.tenon.core.outbox;

import dev.tenon.core.Session;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.outbox.Failures.Failed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Hands events to the handler of one consumer. */
record Delivery(
    RelayPlan plan, HandlerOf handler, Queue queue, Inbox inbox, BooleanSupplier stopping) {

  /** From the 65th subtransaction on the server looks them up in shared memory. */
  private static final int MOST_SAVEPOINTS = 60;

  /** What became of events that were read together. */
  static final class Result {

    final List<Row> done = new ArrayList<>();
    final List<Row> behind = new ArrayList<>();
    final List<Failed> failed = new ArrayList<>();
    final List<Failed> dead = new ArrayList<>();
    int duplicates;
    private final Set<Row.Aggregate> blocked = new HashSet<>();

    int size() {
      return done.size() + behind.size() + dead.size();
    }

    void add(Result part) {
      done.addAll(part.done);
      behind.addAll(part.behind);
      failed.addAll(part.failed);
      dead.addAll(part.dead);
      duplicates += part.duplicates;
      blocked.addAll(part.blocked);
    }

    boolean isBlocked(Row row) {
      return row.blocked() || blocked.contains(row.aggregate());
    }

    void fail(Failed failure, int deadLetterAfter) {
      if (failure.attempts() >= deadLetterAfter) {
        dead.add(failure);
      } else {
        failed.add(failure);
        behind.add(failure.row());
        blocked.add(failure.row().aggregate());
      }
    }
  }

  /**
   * In their order, in transactions of their own; what follows a failure of the same aggregate
   * stays behind.
   */
  Result deliver(List<Row> rows, boolean oneByOne) {
    Result result = new Result();
    if (!handler.takesMany()) {
      deliverEach(rows, result);
      return result;
    }
    for (List<Row> together : together(rows)) {
      if (oneByOne) {
        deliverApart(together, result);
      } else {
        deliverMany(together, result);
      }
    }
    return result;
  }

  /** Events that this transaction has removed, to a handler that takes many. */
  Result deliverTaken(List<Row> taken, Transaction transaction) throws RefusedException {
    Result result = new Result();
    if (!taken.isEmpty()) {
      try {
        handle(taken, transaction);
      } catch (Exception failure) {
        throw new RefusedException(failure);
      }
    }
    result.done.addAll(taken);
    return result;
  }

  /** A handler threw in the transaction that owns the partitions, which therefore ends. */
  static final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    RefusedException(Exception cause) {
      super("a handler threw", cause);
    }
  }

  /** Each transaction has one session, so one tenant where sessions have them. */
  private Collection<List<Row>> together(List<Row> rows) {
    if (!plan.handlesByTenant()) {
      return List.of(rows);
    }
    Map<Optional<TenantId>, List<Row>> byTenant = new LinkedHashMap<>();
    for (Row row : rows) {
      byTenant.computeIfAbsent(row.event().tenant(), tenant -> new ArrayList<>()).add(row);
    }
    return byTenant.values();
  }

  private void deliverMany(List<Row> rows, Result result) {
    List<Row> free = rows.stream().filter(row -> !row.blocked()).toList();
    if (stopping.getAsBoolean()) {
      return;
    }
    rows.stream().filter(Row::blocked).forEach(result.behind::add);
    if (free.isEmpty()) {
      return;
    }
    try {
      result.duplicates += hand(free);
      result.done.addAll(free);
    } catch (Throwable failure) {
      deliverApart(free, result);
    }
  }

  /**
   * Each in a savepoint, so that what fails undoes itself only and the others share their commits;
   * where the transaction itself was lost, each in one of its own.
   */
  private void deliverApart(List<Row> rows, Result result) {
    for (int i = 0; i < rows.size() && !stopping.getAsBoolean(); i += MOST_SAVEPOINTS) {
      List<Row> some = rows.subList(i, Math.min(i + MOST_SAVEPOINTS, rows.size()));
      try {
        result.add(deliverInSavepoints(some, result));
      } catch (Throwable lost) {
        deliverEach(some, result);
      }
    }
  }

  private Result deliverInSavepoints(List<Row> rows, Result before) {
    Session session = session(rows);
    return session.transactionResult(
        transaction -> {
          Result part = new Result();
          part.blocked.addAll(before.blocked);
          deliverEach(
              rows,
              part,
              row ->
                  transaction.savepointResult(savepoint -> hand(List.of(row), session, savepoint)));
          return part;
        });
  }

  private void deliverEach(List<Row> rows, Result result) {
    deliverEach(rows, result, row -> hand(List.of(row)));
  }

  /** Hands an event on, and says whether it was handled before. */
  @FunctionalInterface
  private interface Hand {
    int on(Row row) throws Exception;
  }

  private void deliverEach(List<Row> rows, Result result, Hand hand) {
    for (Row row : rows) {
      if (stopping.getAsBoolean()) {
        return;
      }
      if (result.isBlocked(row)) {
        result.behind.add(row);
        continue;
      }
      try {
        result.duplicates += hand.on(row);
        result.done.add(row);
      } catch (Throwable failure) {
        if (stopping.getAsBoolean()) {
          return;
        }
        Failed failed = new Failed(row, row.attempts() + 1, Failures.exception(failure));
        result.fail(failed, plan.deadLetterAfter());
      }
    }
  }

  /**
   * Says how many of the events had been handled before: their rows are gone where the handler
   * works in the database that they wait in, and elsewhere the inbox knows them.
   */
  private int hand(List<Row> rows) throws Exception {
    Session session = session(rows);
    return session.transactionResult(transaction -> hand(rows, session, transaction));
  }

  private int hand(List<Row> rows, Session session, Transaction transaction) throws Exception {
    List<Row> fresh =
        session == plan.database()
            ? queue.delete(transaction, rows)
            : plan.inbox() ? inbox.claim(transaction, rows) : rows;
    if (!fresh.isEmpty()) {
      handle(fresh, transaction);
    }
    return rows.size() - fresh.size();
  }

  /** The function that gives sessions to tenants may fail as a handler does. */
  private Session session(List<Row> rows) {
    try {
      return plan.sessionOf(rows.get(0).event().tenant());
    } finally {
      forgetInterrupt();
    }
  }

  /** An error of the handler, such as a class that is missing, is a failure like any other. */
  private void handle(List<Row> rows, Transaction transaction) throws Exception {
    try {
      handler.handler().handle(events(rows), transaction);
    } catch (Throwable broken) {
      throw Failures.exception(broken);
    } finally {
      forgetInterrupt();
    }
  }

  /** The thread is the relay's, so only its end interrupts it. */
  private void forgetInterrupt() {
    if (!stopping.getAsBoolean()) {
      var unused = Thread.interrupted();
    }
  }

  private static List<Event> events(List<Row> rows) {
    return rows.stream().map(Row::event).toList();
  }
}
