package dev.tenon.cache;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network in front of Redis that loses some of the messages of subscriptions, and nothing else.
 */
final class LossyBus implements AutoCloseable {

  private final String host;
  private final int port;
  private final double loss;
  private final ServerSocket door;
  private final List<Socket> open = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger lost = new AtomicInteger();
  private volatile boolean isLossy = true;

  LossyBus(String host, int port, double loss) {
    this.host = host;
    this.port = port;
    this.loss = loss;
    try {
      this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    daemon(this::accept);
  }

  int port() {
    return door.getLocalPort();
  }

  int lost() {
    return lost.get();
  }

  void heal() {
    isLossy = false;
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        Socket server = new Socket(host, port);
        server.setTcpNoDelay(true);
        client.setTcpNoDelay(true);
        open.add(client);
        open.add(server);
        daemon(() -> pass(client, server, false));
        daemon(() -> pass(server, client, true));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void pass(Socket from, Socket to, boolean isAnswer) {
    Random random = new Random(from.getPort());
    try (from;
        to) {
      InputStream in = new BufferedInputStream(from.getInputStream());
      OutputStream out = to.getOutputStream();
      while (true) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        readFrame(in, frame);
        boolean isMessage =
            isAnswer && frame.toString(StandardCharsets.ISO_8859_1).contains("\r\nmessage\r\n");
        if (isMessage && isLossy && random.nextDouble() < loss) {
          lost.incrementAndGet();
        } else {
          frame.writeTo(out);
          out.flush();
        }
      }
    } catch (IOException ended) {
      // The other direction ends with it.
    }
  }

  /** One value of Redis' protocol, whatever is in it. */
  private static void readFrame(InputStream in, ByteArrayOutputStream frame) throws IOException {
    String head = line(in, frame);
    char type = head.charAt(0);
    if ("$=!".indexOf(type) >= 0) {
      int length = Integer.parseInt(head.substring(1));
      if (length >= 0) {
        byte[] bytes = in.readNBytes(length + 2);
        frame.write(bytes);
      }
    } else if ("*>~%|".indexOf(type) >= 0) {
      int count = Integer.parseInt(head.substring(1));
      for (int i = 0; i < (type == '%' || type == '|' ? 2 * count : count); i++) {
        readFrame(in, frame);
      }
    }
  }

  private static String line(InputStream in, ByteArrayOutputStream frame) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < 2 || line.charAt(line.length() - 1) != '\n') {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      frame.write(next);
      line.append((char) next);
    }
    return line.substring(0, line.length() - 2);
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "lossy-bus");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      door.close();
      for (Socket socket : List.copyOf(open)) {
        socket.close();
      }
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
