package dev.tenon.examples.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The least that delivers in order: one thread that deletes a batch and hands it on, in one
 * transaction. No second consumer, no tenants, no retry, no dead letters; one event that fails
 * stops it for ever, and so it may not fail.
 */
final class BareEvents implements EventSystem {

  static final String TABLE =
      """
      create table bare_event (
        sequence bigint generated always as identity primary key,
        aggregate text not null,
        version bigint not null,
        body json not null
      )
      """;

  private static final String TAKE =
      """
      delete from bare_event
       where sequence in (select sequence from bare_event order by sequence limit 500)
      returning sequence, aggregate, version, body
      """;

  private static final long PAUSE = 1_000_000;

  private final DataSource publishers;
  private final DataSource relays;
  private volatile boolean stopping;
  private @Nullable Thread relay;

  BareEvents(DataSource publishers, DataSource relays) {
    this.publishers = publishers;
    this.relays = relays;
  }

  @Override
  public void publish(Traffic.Message message) throws SQLException {
    try (Connection connection = publishers.getConnection()) {
      connection.setAutoCommit(false);
      BusinessTable.insert(connection, message);
      try (PreparedStatement statement =
          connection.prepareStatement(
              "insert into bare_event (aggregate, version, body) values (?, ?, ?::json)")) {
        statement.setString(1, message.aggregate());
        statement.setLong(2, message.version());
        statement.setString(3, message.body());
        statement.executeUpdate();
      }
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  @Override
  public void start(Handler handler) {
    stopping = false;
    relay = new Thread(() -> run(handler), "bare-relay");
    relay.setDaemon(true);
    relay.start();
  }

  private void run(Handler handler) {
    try (Connection connection = relays.getConnection()) {
      connection.setAutoCommit(false);
      while (!stopping) {
        if (!deliver(connection, handler)) {
          LockSupport.parkNanos(PAUSE);
        }
      }
      connection.setAutoCommit(true);
    } catch (Exception failure) {
      throw new IllegalStateException("the bare relay ended", failure);
    }
  }

  private static boolean deliver(Connection connection, Handler handler) throws Exception {
    List<Taken> batch = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(TAKE);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        batch.add(new Taken(row.getLong(1), row.getString(2), row.getLong(3), row.getString(4)));
      }
    }
    batch.sort(Comparator.comparingLong(Taken::sequence));
    for (Taken event : batch) {
      handler.handle(event.aggregate(), event.version());
    }
    connection.commit();
    return !batch.isEmpty();
  }

  @Override
  public void stop() {
    stopping = true;
    Threads.join(relay);
    relay = null;
  }

  private record Taken(long sequence, String aggregate, long version, String body) {}
}
