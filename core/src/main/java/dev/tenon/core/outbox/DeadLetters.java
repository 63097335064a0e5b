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

  /**
   * At the end of their queue, where they are delivered after what was published since. Those whose
   * version waits already stay.
   */
  private static final String REPLAY =
      """
      with due as (
        select d.*
          from tenon.outbox_dead_letter d
         where d.queue = ? and (?::uuid is null or d.id = ?)
         order by d.dead_at, d.id
           for update),
      back as (
        insert into tenon.outbox_event
          (queue, partition, tenant_id, id, type, aggregate_id, version, body, headers, created_at)
        select e.queue, e.partition, e.tenant_id, e.id, e.type, e.aggregate_id, e.version, e.body,
               e.headers, e.created_at
          from due e
         order by e.dead_at, e.id
        on conflict on constraint outbox_event_version do nothing
        returning id),
      replayed as (
        delete from tenon.outbox_dead_letter d
         using back b
         where d.queue = ? and d.id = b.id
        returning d.id)
      select (select count(*) from replayed), e.version, e.aggregate_id
        from (select 1) as one
        left join due e on not exists (select from back b where b.id = e.id)
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
   * One, or all of the queue.
   *
   * @throws InvalidDataException if the one has to stay
   */
  static int replay(Session session, String queue, @Nullable UUID event) {
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(REPLAY)) {
            statement.setString(1, queue);
            statement.setObject(2, event);
            statement.setObject(3, event);
            statement.setString(4, queue);
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              if (event != null && row.getString(3) != null) {
                throw publishedAgain(row.getLong(2), row.getString(3));
              }
              return row.getInt(1);
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
