package dev.tenon.core.outbox;

import dev.tenon.core.Transaction;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The events that wait for one consumer, as a relay reads and removes them.
 *
 * <p>They are rows and not a place in a sequence: a cursor passes over events whose transaction
 * commits late. A partition is read by whoever holds its advisory lock, which ends with the
 * transaction, so a relay that loses its connection loses the partition with it. The lock is taken
 * in a statement of its own, because the statement that reads must see what the owner before it
 * committed. Where handlers work in transactions of their own no row is locked, so this one, which
 * stays open meanwhile, holds no snapshot and keeps nothing from being vacuumed.
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
   * Each partition is looked into at its edge: of {@code exists} the server would make a hash of
   * everything that waits.
   */
  static final String CLAIM =
      """
      select w.p, w.due
        from (
          select p,
                 case when exists (select from tenon.outbox_failure f where f.queue = ?) then (
                   select f.due_at <= now() from tenon.outbox_failure f
                    where f.queue = ? and f.partition = p
                    order by f.due_at limit 1) end as due,
                 (select true from tenon.outbox_event e
                   where e.queue = ? and not e.parked and e.partition = p limit 1) as ready
            from (select p from generate_series(0, ? - 1) as p order by random()) as shuffled) as w
       where case
               when w.due or w.ready
               then pg_try_advisory_xact_lock(hashtextextended('tenon.outbox ' || ? || ' ' || p, 0))
               else false
             end
       limit ?
      """;

  /** The first events of each partition, as far as they fit. */
  private static final String EDGE =
      """
        from unnest(?::integer[]) as p
       cross join lateral (
         select x.place, %s,
                sum(octet_length(x.body::text)) over (
                  order by x.sequence rows between unbounded preceding and 1 preceding) as before
           from (select x.ctid as place, %s
                   from tenon.outbox_event x
                  where x.queue = ? and not x.parked and x.partition = p
                  order by x.sequence limit ?) as x) as e
      """;

  private static final String READY =
      """
      select %s, e.place, e.partition, e.sequence, 0 as attempts, f.aggregate_id is not null as blocked
      %s
        left join tenon.outbox_failure f
          on f.queue = e.queue and f.tenant_id = e.tenant_id and f.aggregate_id = e.aggregate_id
       where coalesce(e.before, 0) < ?
       order by e.partition, e.sequence
      """
          .formatted(Row.COLUMNS, EDGE.formatted(STORED, STORED));

  /**
   * The same events, removed by the statement that reads them; none of them while something of the
   * queue failed, which the owner before may have written after the claim looked.
   */
  private static final String TAKE =
      """
      delete from tenon.outbox_event e
       using (select e.place %s
               where coalesce(e.before, 0) < ?
                 and not exists (select from tenon.outbox_failure f where f.queue = ?)) as first
       where e.ctid = first.place
      returning %s, e.ctid as place, e.partition, e.sequence, 0 as attempts, false as blocked
      """
          .formatted(EDGE.formatted("x.sequence, x.body", "x.sequence, x.body"), Row.COLUMNS);

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
      returning e.sequence
      """;

  private static final String PARK =
      """
      update tenon.outbox_event e
         set parked = true
       where e.ctid = any (?) and e.sequence = any (?)
      returning e.sequence
      """;

  /**
   * Partitions that are owned.
   *
   * @param failures whether something in one of them failed before
   * @param due whether an aggregate's pause in one of them is over
   */
  record Claim(List<Integer> owned, boolean failures, boolean due) {}

  /**
   * The transaction with plans that are made once, and by the indexes: the same plan serves tables
   * that were empty when it was made, and planning takes longer than reading a few events.
   */
  static Transaction settings(Transaction transaction) {
    return transaction
        .withSetting("plan_cache_mode", "force_generic_plan")
        .withSetting("enable_seqscan", "off")
        .withSetting("enable_bitmapscan", "off");
  }

  /** Where events of the aggregate wait. */
  int partition(Row.Aggregate aggregate) {
    return Publication.partition(Row.tenant(aggregate.tenantId()), aggregate.id(), partitions);
  }

  /** Partitions with work that nobody owned, in no order; owned by this transaction from now on. */
  Claim claim(Transaction transaction, int most) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(CLAIM)) {
            statement.setString(1, name);
            statement.setString(2, name);
            statement.setString(3, name);
            statement.setInt(4, partitions);
            statement.setString(5, name);
            statement.setInt(6, most);
            List<Integer> owned = new ArrayList<>();
            boolean failures = false;
            boolean due = false;
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                owned.add(row.getInt("p"));
                due |= row.getBoolean("due");
                failures |= !row.wasNull();
              }
            }
            return new Claim(owned, failures, due);
          }
        });
  }

  /** The first events of the partitions, with those of blocked aggregates. */
  List<Row> ready(Transaction transaction, List<Integer> owned, int limit) {
    return edge(transaction, READY, owned, limit);
  }

  /** The same, removed; nothing where something of the queue has failed. */
  List<Row> take(Transaction transaction, List<Integer> owned, int limit) {
    List<Row> rows = edge(transaction, TAKE, owned, limit, name);
    rows.sort(Comparator.comparingLong(Row::sequence));
    return rows;
  }

  private List<Row> edge(
      Transaction transaction, String sql, List<Integer> owned, int limit, String... queues) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("integer", owned.toArray()));
            statement.setString(2, name);
            statement.setInt(3, Math.max(1, limit / owned.size()));
            statement.setInt(4, MOST_BYTES);
            for (int i = 0; i < queues.length; i++) {
              statement.setString(5 + i, queues[i]);
            }
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

  /** Removes events; gives those that nobody else had removed. */
  List<Row> delete(Transaction transaction, List<Row> rows) {
    Set<Long> deleted = changed(transaction, DELETE, rows);
    return deleted.size() == rows.size()
        ? rows
        : rows.stream().filter(row -> deleted.contains(row.sequence())).toList();
  }

  void park(Transaction transaction, List<Row> rows) {
    changed(transaction, PARK, rows);
  }

  private static Set<Long> changed(Transaction transaction, String sql, List<Row> rows) {
    Set<Long> changed = new HashSet<>();
    if (rows.isEmpty()) {
      return changed;
    }
    Object[] places = rows.stream().map(Row::place).toArray();
    Object[] sequences = rows.stream().map(Row::sequence).toArray();
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("tid", places));
            statement.setArray(2, connection.createArrayOf("bigint", sequences));
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                changed.add(row.getLong(1));
              }
            }
            return changed;
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
