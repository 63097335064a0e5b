package dev.tenon.examples.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Holds back what passes between a client and a server on this machine, as a network would.
 *
 * <p>Each piece waits for half the round trip. The wait spins at its end, because a parked thread
 * wakes some 60 µs late. Meant for one request at a time: a piece that arrives while another waits
 * is delayed by both.
 */
final class Distance implements AutoCloseable {

  private static final long SPIN = Duration.ofNanos(100_000).toNanos();

  private final ServerSocket listener;
  private final long oneWay;

  private Distance(ServerSocket listener, long oneWay) {
    this.listener = listener;
    this.oneWay = oneWay;
  }

  static Distance of(Duration roundTrip) throws IOException {
    return new Distance(
        new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), roundTrip.toNanos() / 2);
  }

  /** Begins to relay to the server of this JDBC URL, and returns the URL to connect to instead. */
  String before(String jdbcUrl) {
    URI server = URI.create(jdbcUrl.substring("jdbc:".length()));
    background(() -> accept(server.getHost(), server.getPort()));
    return jdbcUrl.replace(
        server.getHost() + ":" + server.getPort(),
        listener.getInetAddress().getHostAddress() + ":" + listener.getLocalPort());
  }

  private void accept(String host, int port) throws IOException {
    while (!listener.isClosed()) {
      Socket client = listener.accept();
      Socket server = new Socket(host, port);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      background(() -> relay(client, server));
      background(() -> relay(server, client));
    }
  }

  private void relay(Socket from, Socket to) throws IOException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[65_536];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        waitUntil(System.nanoTime() + oneWay);
        out.write(buffer, 0, n);
      }
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

  private interface Work {
    void run() throws IOException;
  }

  private static void background(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException closed) {
                Thread.currentThread().interrupt();
              }
            },
            "distance");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
