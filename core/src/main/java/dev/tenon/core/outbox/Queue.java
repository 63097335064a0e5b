package dev.tenon.core.outbox;

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

  /**
   * CASE keeps the server from taking locks first, and the limit from taking more than are wanted.
   */
  private static final String CLAIM =
      """
      select w.p, w.due
        from (
          select p,
                 exists (
                   select from tenon.outbox_failure f
                    where f.queue = ? and f.partition = p and f.due_at <= now()) as due,
                 exists (
                   select from tenon.outbox_event e
                    where e.queue = ? and not e.parked and e.partition = p) as ready
            from (select p from generate_series(0, ? - 1) as p order by random()) as shuffled) as w
       where case
               when w.due or w.ready
               then pg_try_advisory_xact_lock(hashtextextended('tenon.outbox ' || ? || ' ' || p, 0))
               else false
             end
       limit ?
      """;

  private static final String READY =
      """
      select %s, e.place, e.partition, e.sequence, 0 as attempts, f.aggregate_id is not null as blocked
        from unnest(?::integer[]) as p
       cross join lateral (
         select x.place, %s,
                sum(octet_length(x.body::text)) over (
                  order by x.sequence rows between unbounded preceding and 1 preceding) as before
           from (select x.ctid as place, %s
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
      select %s, e.place, e.partition, e.sequence, false as blocked,
             case when e.id = e.failed then e.attempts else 0 end as attempts
        from (
          select x.place, %s, f.event_id as failed, f.attempts,
                 sum(octet_length(x.body::text)) over (
                   order by x.sequence rows between unbounded preceding and 1 preceding) as before
            from (select f.queue, f.tenant_id, f.aggregate_id, f.event_id, f.attempts
                    from tenon.outbox_failure f
                   where f.queue = ? and f.partition = any (?) and f.due_at <= now()
                   order by f.due_at limit ?) as f
           cross join lateral (
             select x.ctid as place, %s
               from tenon.outbox_event x
              where x.queue = f.queue and x.tenant_id = f.tenant_id
                and x.aggregate_id = f.aggregate_id and x.parked
              order by x.sequence limit ?) as x) as e
       where coalesce(e.before, 0) < ?
       order by e.sequence
      """
          .formatted(Row.COLUMNS, STORED, STORED);

  /** By its place, which another row may have by now if somebody else deleted ours. */
  private static final String DELETE =
      """
      delete from tenon.outbox_event e
       where e.ctid = any (?) and e.sequence = any (?)
      """;

  private static final String PARK =
      """
      update tenon.outbox_event e
         set parked = true
       where e.ctid = any (?) and e.sequence = any (?)
      """;

  /**
   * Partitions that are owned.
   *
   * @param due whether an aggregate's pause in one of them is over
   */
  record Claim(List<Integer> owned, boolean due) {}

  /** Partitions with work that nobody owned, in no order; owned by this transaction from now on. */
  Claim claim(Transaction transaction, int most) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(CLAIM)) {
            statement.setString(1, name);
            statement.setString(2, name);
            statement.setInt(3, partitions);
            statement.setString(4, name);
            statement.setInt(5, most);
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

  void delete(Transaction transaction, Collection<Row> rows) {
    update(transaction, DELETE, rows);
  }

  void park(Transaction transaction, Collection<Row> rows) {
    update(transaction, PARK, rows);
  }

  private static void update(Transaction transaction, String sql, Collection<Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    Object[] places = rows.stream().map(Row::place).toArray();
    Object[] sequences = rows.stream().map(Row::sequence).toArray();
    transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("tid", places));
            statement.setArray(2, connection.createArrayOf("bigint", sequences));
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
}
