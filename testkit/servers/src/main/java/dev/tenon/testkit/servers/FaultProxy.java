package dev.tenon.testkit.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A network between clients and a server on this machine: it counts round trips and messages, takes
 * its time, and fails, at once or at a {@link Moment} of the conversation.
 *
 * <p>Connect to {@link #reroute rerouted} URLs. Faults are named as in Toxiproxy. By default there
 * are none and no delay. The server may be any; moments exist in unencrypted conversations with
 * PostgreSQL only, and what cannot be read is passed on unread. Safe for use by several threads; a
 * delay is exact for one request at a time, because a piece that arrives while another waits is
 * delayed by both.
 */
public final class FaultProxy implements AutoCloseable {

  private final InetSocketAddress server;
  private final ServerSocket door;
  private final AtomicInteger roundTrips = new AtomicInteger();
  private final AtomicInteger messages = new AtomicInteger();
  private final ArmedFaults armed = new ArmedFaults();
  private final List<ObjIntConsumer<String>> listeners = new CopyOnWriteArrayList<>();
  private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "tenon-testkit-network");
            thread.setDaemon(true);
            return thread;
          });
  private volatile long oneWay;
  private volatile boolean refusing;
  private volatile boolean silent;

  private FaultProxy(InetSocketAddress server) {
    this.server = server;
    try {
      this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    threads.execute(this::accept);
  }

  /** A network before this server. */
  public static FaultProxy to(PostgresServer server) {
    return to(server.host(), server.port());
  }

  /** A network before this host and port. */
  public static FaultProxy to(String host, int port) {
    return new FaultProxy(new InetSocketAddress(host, port));
  }

  /** The port of 127.0.0.1 that clients connect to. */
  public int port() {
    return door.getLocalPort();
  }

  /** The same URL by way of this network. */
  public String reroute(String url) {
    return url.replace(server.getHostString() + ":" + server.getPort(), "127.0.0.1:" + port());
  }

  /** How often clients spoke after the server did, so far; the opening of connections left out. */
  public int roundTrips() {
    return roundTrips.get();
  }

  /** How often clients spoke after the server did, while the work ran. */
  public int roundTripsDuring(Runnable work) {
    int before = roundTrips.get();
    work.run();
    return roundTrips.get() - before;
  }

  /** How many messages of PostgreSQL's protocol passed so far, in both directions. */
  public int messages() {
    return messages.get();
  }

  /**
   * Tells of each statement that a client sends, in the order in which the server gets them on one
   * connection, before it gets them.
   *
   * @param listener takes the SQL as it is sent, up to 64 KiB, and the number of the round trip
   *     that carries it; called on the network's threads
   */
  public void onStatement(ObjIntConsumer<String> listener) {
    listeners.add(listener);
  }

  /** Makes a round trip take this long from now on, half of it each way. */
  public FaultProxy latency(Duration roundTrip) {
    oneWay = roundTrip.toNanos() / 2;
    return this;
  }

  /** Keeps the connections and passes nothing on, until {@link #enable}. */
  public void timeout() {
    silent = true;
    connections.forEach(ProxiedConnection::silence);
  }

  /** Ends all connections with a TCP reset; new ones may be opened. */
  public void resetPeer() {
    connections.forEach(ProxiedConnection::reset);
  }

  /** Closes all connections and refuses new ones, until {@link #enable}. */
  public void disable() {
    refusing = true;
    connections.forEach(ProxiedConnection::close);
  }

  /** Accepts and passes on again; faults that wait for their moment stay arranged. */
  public void enable() {
    refusing = false;
    silent = false;
    connections.forEach(ProxiedConnection::open);
  }

  /** Arranges a fault for a moment; it happens once. */
  public Arrangement on(Moment moment) {
    return new Arrangement(moment);
  }

  /** How many arranged faults have not happened yet. */
  public int pendingFaults() {
    return armed.count();
  }

  /** What is to happen at a moment. */
  public final class Arrangement {
    private final Moment moment;

    private Arrangement(Moment moment) {
      this.moment = moment;
    }

    /** The connection ends with a TCP reset on both sides. */
    public void resetPeer() {
      armed.add(moment, Fault.of(Fault.Kind.RESET_PEER));
    }

    /** The connection stays and carries nothing more, until {@link FaultProxy#enable}. */
    public void timeout() {
      armed.add(moment, Fault.of(Fault.Kind.TIMEOUT));
    }

    /** The whole network is {@link FaultProxy#disable disabled}. */
    public void disable() {
      armed.add(moment, Fault.of(Fault.Kind.DISABLE));
    }

    /** What comes next on the connection is late by this much. */
    public void latency(Duration delay) {
      armed.add(moment, new Fault(Fault.Kind.LATENCY, delay));
    }
  }

  @Override
  public void close() {
    disable();
    connections.forEach(ProxiedConnection::open);
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
    if (refusing) {
      closeQuietly(client);
      return;
    }
    Socket upstream;
    try {
      upstream = new Socket(server.getAddress(), server.getPort());
    } catch (IOException unreachable) {
      closeQuietly(client);
      throw unreachable;
    }
    ProxiedConnection connection = new ProxiedConnection(this, client, upstream);
    if (silent) {
      connection.silence();
    }
    connections.add(connection);
    connection.start(threads);
  }

  long oneWay() {
    return oneWay;
  }

  int countRoundTrip() {
    return roundTrips.incrementAndGet();
  }

  void countMessage() {
    messages.incrementAndGet();
  }

  void tell(String sql, int roundTrip) {
    listeners.forEach(listener -> listener.accept(sql, roundTrip));
  }

  @Nullable Fault due(Moment.Place place, String text) {
    return armed.due(place, text);
  }

  void forget(ProxiedConnection connection) {
    connections.remove(connection);
  }

  static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception alreadyGone) {
      // Closed is what was wanted.
    }
  }
}
