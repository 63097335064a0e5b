package dev.tenon.core.outbox;

import dev.tenon.core.Session;
import dev.tenon.core.Transaction;
import dev.tenon.core.internal.MissingMigrations;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.impl.DSL;

/** What one consumer has handled. */
record Inbox(String queue) {

  /** Waits for another transaction that handles the same event, until that one ends. */
  private static final String CLAIM =
      """
      insert into tenon.outbox_inbox (queue, event_id)
      select ?, e.id from unnest(?::uuid[]) as e (id) order by e.id
          on conflict do nothing
      returning event_id
      """;

  private static final MissingMigrations CLAIMING =
      new MissingMigrations("the inbox of a relay", "Outbox.migrations()");

  /** Records the events as handled by this transaction; gives those that no other handled. */
  List<Row> claim(Transaction transaction, List<Row> rows) {
    Object[] ids = rows.stream().map(row -> row.event().id()).toArray();
    Set<UUID> claimed =
        CLAIMING.explained(() -> transaction.jdbc(connection -> claimed(connection, ids)));
    return claimed.size() == rows.size()
        ? rows
        : rows.stream().filter(row -> claimed.contains(row.event().id())).toList();
  }

  private Set<UUID> claimed(Connection connection, Object[] ids) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CLAIM)) {
      statement.setString(1, queue);
      statement.setArray(2, connection.createArrayOf("uuid", ids));
      Set<UUID> mine = new HashSet<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          mine.add(row.getObject(1, UUID.class));
        }
      }
      return mine;
    }
  }

  int purge(Session session, Duration olderThan) {
    return session
        .sql()
        .execute(
            """
            delete from tenon.outbox_inbox
             where queue = {0} and handled_at < now() - {1} * interval '1 millisecond'
            """,
            DSL.val(queue), DSL.val(olderThan.toMillis()));
  }
}
