package dev.tenon.vector;

import dev.tenon.testkit.servers.PostgresServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A proxy that counts how often the client speaks after the server did: the round trips. */
final class RoundTrips implements AutoCloseable {

  private final ServerSocket listener;
  private final PostgresServer server;
  private final AtomicInteger turns = new AtomicInteger();

  private RoundTrips(ServerSocket listener, PostgresServer server) {
    this.listener = listener;
    this.server = server;
  }

  static RoundTrips to(PostgresServer server) {
    try {
      ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      RoundTrips proxy = new RoundTrips(listener, server);
      background(proxy::accept);
      return proxy;
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /** The same URL by way of this proxy. */
  String reroute(String url) {
    return url.replace(server.host() + ":" + server.port(), "127.0.0.1:" + listener.getLocalPort());
  }

  int during(Runnable work) {
    int before = turns.get();
    work.run();
    return turns.get() - before;
  }

  private void accept() throws IOException {
    while (!listener.isClosed()) {
      Socket client = listener.accept();
      Socket upstream = new Socket(server.host(), server.port());
      client.setTcpNoDelay(true);
      upstream.setTcpNoDelay(true);
      AtomicBoolean asking = new AtomicBoolean();
      background(() -> pump(client.getInputStream(), upstream.getOutputStream(), asking, true));
      background(() -> pump(upstream.getInputStream(), client.getOutputStream(), asking, false));
    }
  }

  private void pump(InputStream from, OutputStream to, AtomicBoolean asking, boolean fromClient)
      throws IOException {
    byte[] buffer = new byte[65_536];
    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
      if (asking.getAndSet(fromClient) != fromClient && fromClient) {
        turns.incrementAndGet();
      }
      to.write(buffer, 0, n);
      to.flush();
    }
  }

  @FunctionalInterface
  private interface Pumping {
    void run() throws IOException;
  }

  private static void background(Pumping work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException closed) {
                Thread.currentThread().interrupt();
              }
            },
            "round-trips");
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
