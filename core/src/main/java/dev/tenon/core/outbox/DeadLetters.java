package dev.tenon.core.outbox;

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

  /** At the end of their queue, where they are delivered after what was published since. */
  private static final String REPLAY =
      """
      with back as (
        delete from tenon.outbox_dead_letter d
         where d.queue = ? and (?::uuid is null or d.id = ?)
        returning d.queue, d.partition, d.tenant_id, d.id, d.type, d.aggregate_id, d.version,
                  d.body, d.headers, d.created_at, d.dead_at)
      insert into tenon.outbox_event
        (queue, partition, tenant_id, id, type, aggregate_id, version, body, headers, created_at)
      select b.queue, b.partition, b.tenant_id, b.id, b.type, b.aggregate_id, b.version, b.body,
             b.headers, b.created_at
        from back b
       order by b.dead_at, b.id
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

  /** One, or all of the queue. */
  static int replay(Session session, String queue, @Nullable UUID event) {
    return session.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(REPLAY)) {
            statement.setString(1, queue);
            statement.setObject(2, event);
            statement.setObject(3, event);
            return statement.executeUpdate();
          }
        });
  }
}
