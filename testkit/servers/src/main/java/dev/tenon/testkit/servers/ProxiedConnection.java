package dev.tenon.testkit.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One client's connection by way of a {@link FaultProxy}: a relay for each direction. */
final class ProxiedConnection {

  /** A parked thread wakes some 60 µs late, so the end of a wait spins. */
  private static final long SPIN = Duration.ofNanos(100_000).toNanos();

  private final FaultProxy network;
  private final Socket client;
  private final Socket server;
  private final AtomicBoolean asking = new AtomicBoolean();
  private int roundTrip;
  private volatile boolean letterExpected;
  private volatile boolean opened;
  private volatile boolean blind;
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile CountDownLatch clientGate = new CountDownLatch(0);

  ProxiedConnection(FaultProxy network, Socket client, Socket server) {
    this.network = network;
    this.client = client;
    this.server = server;
  }

  void start(Executor threads) throws SocketException {
    client.setTcpNoDelay(true);
    server.setTcpNoDelay(true);
    threads.execute(() -> relay(client, server, new ClientReader(this), true));
    threads.execute(() -> relay(server, client, new ServerReader(this), false));
  }

  private void relay(Socket from, Socket to, MessageReader reader, boolean fromClient) {
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      byte[] piece = new byte[65_536];
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        long due = System.nanoTime() + network.oneWay();
        if (asking.getAndSet(fromClient) != fromClient && fromClient && (opened || blind)) {
          roundTrip = network.countRoundTrip();
        }
        for (int at = 0; at < count || reader.hasPassed(); ) {
          at = reader.read(piece, at, count);
          await(due, fromClient);
          reader.drainTo(out);
          Fault fault = reader.takeFault();
          if (fault != null) {
            perform(fault);
            reader.release();
          }
        }
      }
    } catch (IOException | InterruptedException closed) {
      // The other direction ends as well, because its sockets are closed.
    } finally {
      network.forget(this);
    }
  }

  private void await(long due, boolean fromClient) throws InterruptedException {
    if (fromClient) {
      clientGate.await();
    }
    gate.await();
    waitUntil(due);
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

  private void perform(Fault fault) {
    switch (fault.kind()) {
      case LATENCY -> waitUntil(System.nanoTime() + fault.delay().toNanos());
      case TIMEOUT -> silence();
      case RESET_PEER -> reset();
      case DISABLE -> network.disable();
    }
    clientGate.countDown();
  }

  /** Passes nothing on, until {@link #open}. */
  void silence() {
    gate = new CountDownLatch(1);
  }

  void open() {
    gate.countDown();
    clientGate.countDown();
  }

  /** Lets no more of the client through until the fault that is due has happened. */
  void holdClient() {
    clientGate = new CountDownLatch(1);
  }

  /** Ends both connections as a crashed machine's successor would, with a TCP reset. */
  void reset() {
    for (Socket socket : new Socket[] {client, server}) {
      try {
        socket.setSoLinger(true, 0);
      } catch (SocketException alreadyClosed) {
        continue;
      }
      FaultProxy.closeQuietly(socket);
    }
  }

  void close() {
    FaultProxy.closeQuietly(client);
    FaultProxy.closeQuietly(server);
  }

  @Nullable Fault statement(String sql) {
    network.tell(sql, roundTrip);
    return network.due(Moment.Place.STATEMENT, sql);
  }

  @Nullable Fault reply(Moment.Place place, String tag) {
    return network.due(place, tag);
  }

  void countMessage() {
    network.countMessage();
  }

  /** The client asked for encryption, which the server answers with one letter. */
  void expectLetter() {
    letterExpected = true;
  }

  boolean expectsLetter() {
    return letterExpected;
  }

  void letter(byte answer) {
    letterExpected = false;
    if (answer == 'S' || answer == 'G') {
      goBlind();
    }
  }

  /** The server takes statements from here on. */
  void opened() {
    opened = true;
  }

  /** From here on the conversation is encrypted, or was none of PostgreSQL's. */
  void goBlind() {
    blind = true;
  }

  boolean isBlind() {
    return blind;
  }
}
