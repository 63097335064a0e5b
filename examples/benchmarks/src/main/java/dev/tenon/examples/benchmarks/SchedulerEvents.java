package dev.tenon.examples.benchmarks;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.FailureHandler;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** db-scheduler with a task for each event, four workers, and lock-and-fetch every 20 ms. */
final class SchedulerEvents implements EventSystem {

  static final String TABLE =
      """
      create table scheduled_tasks (
        task_name text not null,
        task_instance text not null,
        task_data bytea,
        execution_time timestamptz not null,
        picked boolean not null,
        picked_by text,
        last_success timestamptz,
        last_failure timestamptz,
        consecutive_failures int,
        last_heartbeat timestamptz,
        version bigint not null,
        priority smallint,
        primary key (task_name, task_instance)
      );
      create index on scheduled_tasks (execution_time);
      create index on scheduled_tasks (last_heartbeat);
      """;

  private static final ThreadLocal<Connection> PUBLISHING = new ThreadLocal<>();

  private final DataSource publishers;
  private final DataSource relays;
  private final OneTimeTask<String> task =
      Tasks.oneTime("event", String.class)
          .onFailure(new FailureHandler.OnFailureRetryLater<>(OutboxRace.PAUSE))
          .execute((instance, context) -> deliver(instance.getId()));
  private final SchedulerClient client;
  private volatile @Nullable Handler handler;
  private @Nullable Scheduler scheduler;

  SchedulerEvents(DataSource publishers, DataSource relays) {
    this.publishers = publishers;
    this.relays = relays;
    this.client =
        SchedulerClient.Builder.create(proxy(DataSource.class, this::borrowed), task).build();
  }

  /** Its client takes the connection of the transaction that publishes, and may not close it. */
  private Object borrowed(Object proxy, java.lang.reflect.Method method, Object @Nullable [] given)
      throws SQLException {
    Connection current = PUBLISHING.get();
    if (current == null) {
      return publishers.getConnection();
    }
    return proxy(
        Connection.class,
        (connection, called, arguments) -> {
          if (called.getName().equals("close")) {
            return null;
          }
          try {
            return called.invoke(current, arguments);
          } catch (InvocationTargetException failure) {
            throw failure.getCause();
          }
        });
  }

  private static <T> T proxy(Class<T> type, java.lang.reflect.InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private void deliver(String instance) {
    int colon = instance.indexOf(':');
    try {
      Objects.requireNonNull(handler)
          .handle(instance.substring(0, colon), Long.parseLong(instance.substring(colon + 1)));
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void publish(Traffic.Message message) throws SQLException {
    try (Connection connection = publishers.getConnection()) {
      connection.setAutoCommit(false);
      PUBLISHING.set(connection);
      try {
        BusinessTable.insert(connection, message);
        client.scheduleIfNotExists(
            task.instance(message.aggregate() + ":" + message.version(), message.body()),
            Instant.now());
      } finally {
        PUBLISHING.remove();
      }
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  @Override
  public void start(Handler delivered) {
    handler = delivered;
    scheduler =
        Scheduler.create(relays, task)
            .threads(OutboxRace.WORKERS)
            .pollUsingLockAndFetch(1.0, 10.0)
            .pollingInterval(Duration.ofMillis(20))
            .build();
    scheduler.start();
  }

  @Override
  public void stop() {
    if (scheduler != null) {
      scheduler.stop();
      scheduler = null;
    }
  }
}
