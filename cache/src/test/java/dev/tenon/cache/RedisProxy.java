package dev.tenon.cache;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A network between a cache and Redis that can be cut, or go silent. */
final class RedisProxy implements AutoCloseable {

  private final URI target;
  private final ServerSocket door;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile boolean refusing;
  private volatile CountDownLatch silence = new CountDownLatch(0);

  RedisProxy(URI target) {
    this.target = target;
    try {
      this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    threads.execute(this::accept);
  }

  /** The URI of Redis, through this proxy. */
  String url() {
    return target.toString().replace(":" + target.getPort(), ":" + door.getLocalPort());
  }

  /** Closes all connections and refuses new ones. */
  void cut() {
    refusing = true;
    sockets.forEach(RedisProxy::closeQuietly);
  }

  /** Keeps the connections and forwards nothing. */
  void silence() {
    silence = new CountDownLatch(1);
  }

  void restore() {
    refusing = false;
    silence.countDown();
  }

  @Override
  public void close() {
    cut();
    silence.countDown();
    closeQuietly(door);
    threads.shutdownNow();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        sockets.add(client);
        if (refusing) {
          closeQuietly(client);
          continue;
        }
        Socket server = new Socket(target.getHost(), target.getPort());
        sockets.add(server);
        threads.execute(() -> forward(client, server));
        threads.execute(() -> forward(server, client));
      } catch (IOException closed) {
        refusing |= door.isClosed();
      }
    }
  }

  private void forward(Socket from, Socket to) {
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      byte[] buffer = new byte[8192];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        silence.await();
        out.write(buffer, 0, count);
      }
    } catch (IOException | InterruptedException closed) {
      sockets.remove(from);
    }
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception alreadyGone) {
      // Closed is what was wanted.
    }
  }
}
