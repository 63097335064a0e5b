package dev.tenon.core.outbox;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.Session;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Events that were given up. */
final class DeadLetters {

  private static final String LIST =
      """
      select e.queue, e.attempts, e.error, e.dead_at, %s
        from tenon.outbox_dead_letter e
       where e.queue = any (?)
       order by e.dead_at, e.id
       limit ?
      """
          .formatted(Row.COLUMNS);

  /** Whose letters there are; where they wait is reckoned here, and not in SQL. */
  private static final String AGGREGATES =
      """
      select distinct d.tenant_id, d.aggregate_id
        from tenon.outbox_dead_letter d
       where d.queue = ? and (?::uuid is null or d.id = ?)
      """;

  /**
   * At the end of their queue, where they are delivered after what was published since. Those whose
   * version waits already stay. The number of partitions may have changed since they were given up,
   * so that no relay might look into their old ones, or the aggregate wait in two.
   */
  private static final String REPLAY =
      """
      with due as (
        select d.*, p.partition as place
          from tenon.outbox_dead_letter d
          join unnest(?::uuid[], ?::text[], ?::integer[]) as p (tenant_id, aggregate_id, partition)
            on p.tenant_id = d.tenant_id and p.aggregate_id = d.aggregate_id
         where d.queue = ? and (?::uuid is null or d.id = ?)
         order by d.dead_at, d.id
           for update of d),
      back as (
        insert into tenon.outbox_event
          (queue, partition, tenant_id, id, type, aggregate_id, version, body, headers, created_at)
        select e.queue, e.place, e.tenant_id, e.id, e.type, e.aggregate_id, e.version, e.body,
               e.headers, e.created_at
          from due e
         order by e.dead_at, e.id
        on conflict on constraint outbox_event_version do nothing
        returning tenant_id, id),
      replayed as (
        delete from tenon.outbox_dead_letter d
         using back b
         where d.queue = ? and d.tenant_id = b.tenant_id and d.id = b.id
        returning d.id)
      select (select count(*) from replayed), e.version, e.aggregate_id
        from (select 1) as one
        left join due e
          on not exists (select from back b where b.tenant_id = e.tenant_id and b.id = e.id)
       order by e.dead_at, e.id
       limit 1
      """;

  private DeadLetters() {}

  static List<Outbox.DeadLetter> list(Session session, List<String> queues, int limit) {
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            statement.setArray(1, connection.createArrayOf("text", queues.toArray()));
            statement.setInt(2, limit);
            List<Outbox.DeadLetter> letters = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                letters.add(
                    new Outbox.DeadLetter(
                        Outbox.consumerOf(row.getString("queue")),
                        Row.event(row),
                        row.getInt("attempts"),
                        row.getString("error"),
                        row.getObject("dead_at", OffsetDateTime.class).toInstant()));
              }
            }
            return letters;
          }
        });
  }

  /**
   * One event, which several tenants may have, or all of the queue.
   *
   * @throws InvalidDataException if the one has to stay
   */
  static int replay(Session session, Queue queue, @Nullable UUID event) {
    List<Row.Aggregate> aggregates = aggregates(session, queue, event);
    return aggregates.isEmpty() ? 0 : replay(session, queue, event, aggregates);
  }

  private static List<Row.Aggregate> aggregates(
      Session session, Queue queue, @Nullable UUID event) {
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(AGGREGATES)) {
            statement.setString(1, queue.name());
            statement.setObject(2, event);
            statement.setObject(3, event);
            List<Row.Aggregate> aggregates = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                aggregates.add(new Row.Aggregate(row.getObject(1, UUID.class), row.getString(2)));
              }
            }
            return aggregates;
          }
        });
  }

  private static int replay(
      Session session, Queue queue, @Nullable UUID event, List<Row.Aggregate> aggregates) {
    Object[] tenants = aggregates.stream().map(Row.Aggregate::tenantId).toArray();
    Object[] ids = aggregates.stream().map(Row.Aggregate::id).toArray();
    Object[] partitions = aggregates.stream().map(queue::partition).toArray();
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(REPLAY)) {
            statement.setArray(1, connection.createArrayOf("uuid", tenants));
            statement.setArray(2, connection.createArrayOf("text", ids));
            statement.setArray(3, connection.createArrayOf("integer", partitions));
            statement.setString(4, queue.name());
            statement.setObject(5, event);
            statement.setObject(6, event);
            statement.setString(7, queue.name());
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              int replayed = row.getInt(1);
              if (event != null && replayed == 0 && row.getString(3) != null) {
                throw publishedAgain(row.getLong(2), row.getString(3));
              }
              return replayed;
            }
          }
        });
  }

  private static InvalidDataException publishedAgain(long version, String aggregate) {
    return new InvalidDataException(
        Problem.what(
                "version "
                    + version
                    + " of the aggregate '"
                    + Problem.excerpt(aggregate)
                    + "' has an event already")
            .where("Outbox.replay")
            .why("it was published once more since the dead letter was given up, and waits")
            .fix("replay it once that event is delivered, or leave it"));
  }
}
