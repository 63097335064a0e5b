package dev.tenon.testkit.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A network between a client and a server on this machine: it counts round trips, takes its time,
 * and can be cut or go silent.
 *
 * <p>Connect to {@link #reroute rerouted} URLs. Safe for use by several threads; a delay is exact
 * for one request at a time, because a piece that arrives while another waits is delayed by both.
 */
public final class NetworkProxy implements AutoCloseable {

  /** A parked thread wakes some 60 µs late, so the end of a wait spins. */
  private static final long SPIN = Duration.ofNanos(100_000).toNanos();

  private final InetSocketAddress server;
  private final long oneWay;
  private final ServerSocket door;
  private final AtomicInteger requests = new AtomicInteger();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "tenon-testkit-network");
            thread.setDaemon(true);
            return thread;
          });
  private volatile boolean refusing;
  private volatile CountDownLatch silence = new CountDownLatch(0);

  private NetworkProxy(InetSocketAddress server, Duration roundTrip) {
    this.server = server;
    this.oneWay = roundTrip.toNanos() / 2;
    try {
      this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    threads.execute(this::accept);
  }

  /** A network without a delay before this host and port. */
  public static NetworkProxy to(String host, int port) {
    return to(host, port, Duration.ZERO);
  }

  /** A network whose round trip takes this long, half of it each way. */
  public static NetworkProxy to(String host, int port, Duration roundTrip) {
    return new NetworkProxy(new InetSocketAddress(host, port), roundTrip);
  }

  /** The same URL by way of this network. */
  public String reroute(String url) {
    return url.replace(
        server.getHostString() + ":" + server.getPort(), "127.0.0.1:" + door.getLocalPort());
  }

  /** How often the client spoke after the server did, while the work ran. */
  public int roundTripsDuring(Runnable work) {
    int before = requests.get();
    work.run();
    return requests.get() - before;
  }

  /** Closes all connections and refuses new ones, until {@link #restore}. */
  public void cut() {
    refusing = true;
    sockets.forEach(NetworkProxy::closeQuietly);
  }

  /** Keeps the connections and forwards nothing, until {@link #restore}. */
  public void silence() {
    silence = new CountDownLatch(1);
  }

  /** Accepts and forwards again. */
  public void restore() {
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
        connect(door.accept());
      } catch (IOException unreachable) {
        refusing |= door.isClosed();
      }
    }
  }

  private void connect(Socket client) throws IOException {
    sockets.add(client);
    if (refusing) {
      closeQuietly(client);
      return;
    }
    Socket upstream = new Socket(server.getAddress(), server.getPort());
    sockets.add(upstream);
    client.setTcpNoDelay(true);
    upstream.setTcpNoDelay(true);
    AtomicBoolean asking = new AtomicBoolean();
    threads.execute(() -> relay(client, upstream, asking, true));
    threads.execute(() -> relay(upstream, client, asking, false));
  }

  private void relay(Socket from, Socket to, AtomicBoolean asking, boolean fromClient) {
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      byte[] buffer = new byte[65_536];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        long due = System.nanoTime() + oneWay;
        if (asking.getAndSet(fromClient) != fromClient && fromClient) {
          requests.incrementAndGet();
        }
        silence.await();
        waitUntil(due);
        out.write(buffer, 0, count);
      }
    } catch (IOException | InterruptedException closed) {
      sockets.remove(to);
    } finally {
      sockets.remove(from);
    }
  }

  private static void waitUntil(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      if (left > SPIN) {
        LockSupport.parkNanos(left - SPIN);
      } else {
        Thread.onSpinWait();
      }
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
