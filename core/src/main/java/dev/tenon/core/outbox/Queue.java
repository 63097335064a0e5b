package dev.tenon.core.outbox;

import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The events that wait for one consumer, as a relay reads and removes them.
 *
 * <p>They are rows and not a place in a sequence: a cursor passes over events whose transaction
 * commits late. A partition is read by whoever holds its advisory lock, which ends with the
 * transaction, so a relay that loses its connection loses the partition with it. The lock is taken
 * in a statement of its own, because the statement that reads must see what the owner before it
 * committed. No row is locked, so the transaction, which stays open while handlers work, holds no
 * snapshot and keeps nothing from being vacuumed.
 */
record Queue(String name, int partitions) {

  /** What one reading may put into memory, the first event of each partition not counted. */
  private static final int MOST_BYTES = 8 << 20;

  private static final String STORED =
      """
      x.queue, x.partition, x.sequence, x.id, x.type, x.aggregate_id, x.version, x.body, x.headers,
      x.created_at, x.tenant_id
      """;

  private static final String LOOK =
      """
      select p
        from generate_series(0, ? - 1) as p
       where exists (
               select from tenon.outbox_event e
                where e.queue = ? and not e.parked and e.partition = p)
          or exists (
               select from tenon.outbox_failure f
                where f.queue = ? and f.partition = p and f.due_at <= now())
      """;

  private static final String CLAIM =
      """
      select p,
             exists (
               select from tenon.outbox_failure f
                where f.queue = ? and f.partition = p and f.due_at <= now()) as due
        from unnest(?::integer[]) as p
       where pg_try_advisory_xact_lock(hashtextextended('tenon.outbox ' || ? || ' ' || p, 0))
      """;

  private static final String READY =
      """
      select %s, e.partition, e.sequence, 0 as attempts, f.aggregate_id is not null as blocked
        from unnest(?::integer[]) as p
       cross join lateral (
         select %s,
                sum(octet_length(x.body::text)) over (
                  order by x.sequence rows between unbounded preceding and 1 preceding) as before
           from (select %s
                   from tenon.outbox_event x
                  where x.queue = ? and not x.parked and x.partition = p
                  order by x.sequence limit ?) as x) as e
        left join tenon.outbox_failure f
          on f.queue = e.queue and f.tenant_id = e.tenant_id and f.aggregate_id = e.aggregate_id
       where coalesce(e.before, 0) < ?
       order by e.partition, e.sequence
      """
          .formatted(Row.COLUMNS, STORED, STORED);

  /** The parked events of aggregates whose pause is over. */
  private static final String DUE =
      """
      select %s, e.partition, e.sequence, false as blocked,
             case when e.id = e.failed then e.attempts else 0 end as attempts
        from (
          select %s, f.event_id as failed, f.attempts,
                 sum(octet_length(x.body::text)) over (
                   order by x.sequence rows between unbounded preceding and 1 preceding) as before
            from (select f.queue, f.tenant_id, f.aggregate_id, f.event_id, f.attempts
                    from tenon.outbox_failure f
                   where f.queue = ? and f.partition = any (?) and f.due_at <= now()
                   order by f.due_at limit ?) as f
           cross join lateral (
             select %s
               from tenon.outbox_event x
              where x.queue = f.queue and x.tenant_id = f.tenant_id
                and x.aggregate_id = f.aggregate_id and x.parked
              order by x.sequence limit ?) as x) as e
       where coalesce(e.before, 0) < ?
       order by e.sequence
      """
          .formatted(Row.COLUMNS, STORED, STORED);

  private static final String DELETE =
      """
      delete from tenon.outbox_event e
       using unnest(?::integer[], ?::bigint[]) as d (partition, sequence)
       where e.queue = ? and e.parked = ? and e.partition = d.partition
         and e.sequence = d.sequence
      """;

  private static final String PARK =
      """
      update tenon.outbox_event e
         set parked = true
        from unnest(?::integer[], ?::bigint[]) as d (partition, sequence)
       where e.queue = ? and e.parked = ? and e.partition = d.partition
         and e.sequence = d.sequence
      """;

  /**
   * Partitions that are owned.
   *
   * @param due whether an aggregate's pause in one of them is over
   */
  record Claim(List<Integer> owned, boolean due) {}

  /** The partitions in which something can be done. */
  List<Integer> look(Session session) {
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(LOOK)) {
            statement.setInt(1, partitions);
            statement.setString(2, name);
            statement.setString(3, name);
            return integers(statement);
          }
        });
  }

  /** Those of the partitions that nobody owns; owned by this transaction from now on. */
  Claim claim(Transaction transaction, List<Integer> wanted) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(CLAIM)) {
            statement.setString(1, name);
            statement.setArray(2, connection.createArrayOf("integer", wanted.toArray()));
            statement.setString(3, name);
            List<Integer> owned = new ArrayList<>();
            boolean due = false;
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                owned.add(row.getInt("p"));
                due |= row.getBoolean("due");
              }
            }
            return new Claim(owned, due);
          }
        });
  }

  List<Row> ready(Transaction transaction, List<Integer> owned, int limit) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(READY)) {
            statement.setArray(1, connection.createArrayOf("integer", owned.toArray()));
            statement.setString(2, name);
            statement.setInt(3, Math.max(1, limit / owned.size()));
            statement.setInt(4, MOST_BYTES);
            return rows(statement);
          }
        });
  }

  List<Row> due(Transaction transaction, List<Integer> owned, int limit) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(DUE)) {
            statement.setString(1, name);
            statement.setArray(2, connection.createArrayOf("integer", owned.toArray()));
            statement.setInt(3, limit);
            statement.setInt(4, Math.max(1, limit / 10));
            statement.setInt(5, MOST_BYTES);
            return rows(statement);
          }
        });
  }

  void delete(Transaction transaction, boolean parked, Collection<Row> rows) {
    update(transaction, DELETE, parked, rows);
  }

  void park(Transaction transaction, Collection<Row> rows) {
    update(transaction, PARK, false, rows);
  }

  private void update(Transaction transaction, String sql, boolean parked, Collection<Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    Object[] partitionsOfRows = rows.stream().map(Row::partition).toArray();
    Object[] sequences = rows.stream().map(Row::sequence).toArray();
    transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("integer", partitionsOfRows));
            statement.setArray(2, connection.createArrayOf("bigint", sequences));
            statement.setString(3, name);
            statement.setBoolean(4, parked);
            return statement.executeUpdate();
          }
        });
  }

  private static List<Row> rows(PreparedStatement statement) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        rows.add(Row.read(row));
      }
    }
    return rows;
  }

  private static List<Integer> integers(PreparedStatement statement) throws SQLException {
    List<Integer> numbers = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        numbers.add(row.getInt(1));
      }
    }
    return numbers;
  }
}
