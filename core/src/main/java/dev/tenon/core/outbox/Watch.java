package dev.tenon.core.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jooq.impl.DSL;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for publications while nothing is to be done, on a connection of its own.
 *
 * <p>It sleeps only with the watch in its hands, a session's advisory lock that publishers share
 * until they have committed: whoever publishes then finds it taken and notifies. What was committed
 * before is found by one more look. With several relays one has the watch and all hear its
 * notification. Whatever goes wrong here costs the poll interval and nothing else.
 */
final class Watch implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
  private static final int SLICE = 100;
  private static final int FIRST_WAIT = 10;
  private static final int TEST_WAIT = 2_000;

  private final RelayPlan plan;
  private final Wake wake;
  private final Counters counters;
  private final BooleanSupplier stopping;

  Watch(RelayPlan plan, Wake wake, Counters counters, BooleanSupplier stopping) {
    this.plan = plan;
    this.wake = wake;
    this.counters = counters;
    this.stopping = stopping;
  }

  @Override
  public void run() {
    long calls = wake.calls();
    while (!stopping.getAsBoolean()) {
      try (Connection connection = plan.database().unwrap(DataSource.class).getConnection()) {
        if (!listen(connection)) {
          LOG.info("notifications do not arrive, as behind a transaction pooler; the relay polls");
          return;
        }
      } catch (Throwable error) {
        LOG.debug("the relay listens no more and polls until it can again", error);
      }
      try {
        wake.await(calls, plan.pollInterval());
        calls = wake.calls();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Until the relay stops; false if notifications do not arrive. */
  private boolean listen(Connection connection) throws SQLException {
    PGConnection driver = connection.unwrap(PGConnection.class);
    run(connection, "listen " + Publication.CHANNEL);
    try {
      if (!isHeard(driver)) {
        return false;
      }
      watch(connection, driver);
      return true;
    } finally {
      if (!connection.isClosed()) {
        run(connection, "select pg_advisory_unlock_all()");
        run(connection, "unlisten *");
      }
    }
  }

  /** A pooler hands the notification to whoever has the server's connection then. */
  private boolean isHeard(PGConnection driver) throws SQLException {
    String token = UUID.randomUUID().toString();
    plan.database()
        .sql()
        .fetch("select pg_notify({0}, {1})", DSL.val(Publication.CHANNEL), DSL.val(token));
    long end = System.nanoTime() + TEST_WAIT * 1_000_000L;
    while (System.nanoTime() < end && !stopping.getAsBoolean()) {
      for (PGNotification each : driver.getNotifications(SLICE)) {
        if (each.getParameter().equals(token)) {
          return true;
        }
      }
    }
    return stopping.getAsBoolean();
  }

  private void watch(Connection connection, PGConnection driver) throws SQLException {
    boolean watching = false;
    int wait = FIRST_WAIT;
    while (!stopping.getAsBoolean()) {
      boolean called = driver.getNotifications(watching ? SLICE : wait).length > 0;
      if (called) {
        if (watching) {
          ask(connection, "select pg_advisory_unlock(?)");
          watching = false;
        }
        wait = FIRST_WAIT;
        counters.wokenUp();
        wake.call();
      } else if (!watching && wake.isQuiet()) {
        watching = ask(connection, "select pg_try_advisory_lock(?)");
        wait = Math.min(wait * 2, SLICE);
        if (watching) {
          wake.call();
        }
      }
    }
  }

  private static boolean ask(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, Publication.WATCH);
      try (ResultSet answer = statement.executeQuery()) {
        return answer.next() && answer.getBoolean(1);
      }
    }
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
