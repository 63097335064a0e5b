package dev.tenon.cache.internal;

import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulConnection;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to Redis that is made in the background and replaced when it stops answering.
 *
 * <p>Lettuce itself reconnects where the socket was closed; a peer that vanished without a word is
 * found by a PING that is still unanswered two heartbeats later; one would also find a process that
 * was short of CPU.
 */
public final class KeptConnection<C extends StatefulConnection<String, byte[]>> {

  private static final Logger LOG = LoggerFactory.getLogger(KeptConnection.class);

  private static final int MOST_SILENT_BEATS = 2;

  private final String name;
  private final Supplier<? extends CompletionStage<? extends C>> connector;
  private final Consumer<C> onMade;
  private final Runnable onLost;
  private volatile @Nullable C connection;
  private volatile @Nullable Throwable failure;
  private @Nullable RedisFuture<String> ping;
  private int silentBeats;
  private boolean connecting;
  private boolean closed;

  /**
   * @param onMade is told of each new connection before it is used
   * @param onLost is told when a connection was given up
   */
  public KeptConnection(
      String name,
      Supplier<? extends CompletionStage<? extends C>> connector,
      Consumer<C> onMade,
      Runnable onLost) {
    this.name = name;
    this.connector = connector;
    this.onMade = onMade;
    this.onLost = onLost;
  }

  public @Nullable C current() {
    return connection;
  }

  /** Why there is none; null where there is one, or none was tried for. */
  public @Nullable Throwable failure() {
    return failure;
  }

  /** Called at each heartbeat. */
  public synchronized void check() {
    C present = connection;
    if (present == null) {
      connect();
      return;
    }
    RedisFuture<String> earlier = ping;
    if (earlier != null && isUnanswered(earlier)) {
      if (++silentBeats < MOST_SILENT_BEATS) {
        return;
      }
      LOG.warn("the {} connection to Redis does not answer; it is replaced", name);
      drop(present);
      connect();
      return;
    }
    silentBeats = 0;
    ping = RedisTopology.commands(present).ping();
  }

  /** Lettuce itself gives a command up after a time that may be shorter than two heartbeats. */
  private static boolean isUnanswered(RedisFuture<String> ping) {
    Throwable failure =
        ping.toCompletableFuture()
            .handle((pong, error) -> error)
            .getNow(new RedisCommandTimeoutException());
    return failure instanceof RedisCommandTimeoutException;
  }

  /** Gives the connection up; the client that made it closes it. */
  public synchronized void close() {
    closed = true;
    connection = null;
    onLost.run();
  }

  /**
   * Gives the connection up, which answers and yet does not do what it should, and makes another.
   */
  public synchronized void renew() {
    C present = connection;
    if (present != null) {
      drop(present);
    }
    connect();
  }

  /** Like {@link #renew}, unless this one was given up already. */
  public synchronized void renew(StatefulConnection<String, byte[]> unwanted) {
    if (connection == unwanted) {
      renew();
    }
  }

  private void drop(C present) {
    connection = null;
    ping = null;
    silentBeats = 0;
    onLost.run();
    closeLater(present);
  }

  private synchronized void connect() {
    if (connecting || closed) {
      return;
    }
    connecting = true;
    connector.get().whenComplete(this::connected);
  }

  private synchronized void connected(@Nullable C made, @Nullable Throwable error) {
    connecting = false;
    failure = error;
    if (made == null) {
      LOG.debug("the {} connection to Redis cannot be made", name, error);
    } else if (closed) {
      closeLater(made);
    } else {
      connection = made;
      onMade.accept(made);
    }
  }

  private void closeLater(C unwanted) {
    CompletionStage<Void> closing = unwanted.closeAsync();
    closing.whenComplete(
        (done, error) -> {
          if (error != null) {
            LOG.debug("the {} connection to Redis did not close cleanly", name, error);
          }
        });
  }
}
