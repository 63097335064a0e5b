package dev.tenon.core.outbox;

import dev.tenon.core.Transaction;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What failed in one queue: aggregates that pause, and events that were given up.
 *
 * <p>A pause doubles with each attempt, and is shortened by up to half at random, so that what
 * failed together does not come back together.
 */
record Failures(String queue, Duration firstPause, Duration longestPause) {

  private static final int MOST_DOUBLINGS = 40;

  private static final String RECORD =
      """
      insert into tenon.outbox_failure
        (queue, partition, tenant_id, aggregate_id, event_id, attempts, due_at, error)
      values (?, ?, ?, ?, ?, ?, clock_timestamp() + ? * interval '1 millisecond', ?)
          on conflict (queue, tenant_id, aggregate_id) do update
         set partition = excluded.partition, event_id = excluded.event_id,
             attempts = excluded.attempts, due_at = excluded.due_at, error = excluded.error
      """;

  /** Aggregates of which nothing is parked any more; those that failed again are not due. */
  private static final String RESOLVE =
      """
      delete from tenon.outbox_failure f
       where f.queue = ? and f.partition = any (?) and f.due_at <= now()
         and not exists (
           select from tenon.outbox_event e
            where e.queue = f.queue and e.tenant_id = f.tenant_id
              and e.aggregate_id = f.aggregate_id and e.parked)
      """;

  /** In place of the letter that the same event left before, had it been published again. */
  private static final String BURY =
      """
      with gone as (
        delete from tenon.outbox_event e
         where e.ctid = ?::tid and e.sequence = ?
        returning e.queue, e.partition, e.tenant_id, e.id, e.type, e.aggregate_id, e.version,
                  e.body, e.headers, e.created_at)
      insert into tenon.outbox_dead_letter
        (queue, partition, tenant_id, id, type, aggregate_id, version, body, headers, created_at,
         attempts, error)
      select g.queue, g.partition, g.tenant_id, g.id, g.type, g.aggregate_id, g.version, g.body,
             g.headers, g.created_at, ?, ?
        from gone g
          on conflict (queue, tenant_id, id) do update
         set partition = excluded.partition, type = excluded.type,
             aggregate_id = excluded.aggregate_id, version = excluded.version,
             body = excluded.body, headers = excluded.headers, created_at = excluded.created_at,
             attempts = excluded.attempts, error = excluded.error, dead_at = excluded.dead_at
      """;

  /** An event that failed, for the how manieth time, and why. */
  record Failed(Row row, int attempts, Exception cause) {

    /** The class of the error and its text, which may hold what the handler put there. */
    String error() {
      String message = described(cause);
      return message.replace('\0', ' ').substring(0, Math.min(message.length(), 2000));
    }
  }

  /** What was thrown, as those expect it who are told of exceptions. */
  static Exception exception(Throwable thrown) {
    return thrown instanceof Exception exception
        ? exception
        : new ExecutionException(described(thrown), thrown);
  }

  /** The text is code of the handler's, whose own failure must not keep the event waiting. */
  private static String described(Throwable thrown) {
    String name = thrown.getClass().getName() + ": ";
    try {
      return name + thrown.getMessage();
    } catch (Throwable broken) {
      return name + "its message cannot be read: " + broken.getClass().getName();
    }
  }

  void record(Transaction transaction, List<Failed> failed) {
    if (failed.isEmpty()) {
      return;
    }
    transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(RECORD)) {
            for (Failed each : failed) {
              statement.setString(1, queue);
              statement.setInt(2, each.row().partition());
              statement.setObject(3, each.row().tenantId());
              statement.setString(4, each.row().event().aggregateId());
              statement.setObject(5, each.row().event().id());
              statement.setInt(6, each.attempts());
              statement.setLong(7, pause(each.attempts()));
              statement.setString(8, each.error());
              statement.addBatch();
            }
            return statement.executeBatch();
          }
        });
  }

  void resolve(Transaction transaction, List<Integer> owned) {
    transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(RESOLVE)) {
            statement.setString(1, queue);
            statement.setArray(2, connection.createArrayOf("integer", owned.toArray()));
            return statement.executeUpdate();
          }
        });
  }

  void bury(Transaction transaction, List<Failed> dead) {
    if (dead.isEmpty()) {
      return;
    }
    transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(BURY)) {
            for (Failed each : dead) {
              statement.setString(1, each.row().place());
              statement.setLong(2, each.row().sequence());
              statement.setInt(3, each.attempts());
              statement.setString(4, each.error());
              statement.addBatch();
            }
            return statement.executeBatch();
          }
        });
  }

  private long pause(int attempts) {
    double doubled =
        (double) firstPause.toMillis() * Math.pow(2, Math.min(attempts - 1, MOST_DOUBLINGS));
    double whole = Math.min(doubled, (double) longestPause.toMillis());
    return (long) (whole * (0.5 + ThreadLocalRandom.current().nextDouble() / 2));
  }
}
