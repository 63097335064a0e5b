package dev.tenon.cache;

import dev.tenon.testkit.servers.TestRedis;
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
import java.util.concurrent.locks.LockSupport;

/**
 * A network in front of Redis that loses some of the messages of subscriptions, and that can be cut
 * for subscriptions, for commands, or for both.
 */
final class LossyBus implements AutoCloseable {

  private final String host;
  private final int port;
  private final double loss;
  private final ServerSocket door;
  private final List<Line> lines = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger lost = new AtomicInteger();
  private volatile boolean isLossy = true;
  private volatile boolean isBusCut;
  private volatile boolean isDataCut;
  private volatile boolean isSilent;

  private LossyBus(String host, int port, double loss) {
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

  /** Before a server, losing so much. */
  static LossyBus before(TestRedis redis, double loss) {
    String url = redis.uri().toString();
    return new LossyBus(Nodes.host(url), Nodes.port(url), loss);
  }

  /** The URL of the server, by this network. */
  String reroute(String url) {
    return url.replace(":" + port, ":" + door.getLocalPort());
  }

  int lost() {
    return lost.get();
  }

  void heal() {
    isLossy = false;
  }

  /** Closes connections and refuses them, or keeps them and passes nothing on. */
  void cut(boolean bus, boolean data, boolean silently) {
    isSilent = silently;
    isBusCut = bus;
    isDataCut = data;
    for (Line line : List.copyOf(lines)) {
      if (!silently && line.isCut()) {
        line.close();
      }
    }
  }

  void restore() {
    isBusCut = false;
    isDataCut = false;
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        Socket server = new Socket(host, port);
        server.setTcpNoDelay(true);
        client.setTcpNoDelay(true);
        Line line = new Line(client, server);
        lines.add(line);
        daemon(() -> pass(line, client, server, false));
        daemon(() -> pass(line, server, client, true));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void pass(Line line, Socket from, Socket to, boolean isAnswer) {
    Random random = new Random(from.getPort());
    try (from;
        to) {
      InputStream in = new BufferedInputStream(from.getInputStream());
      OutputStream out = to.getOutputStream();
      while (true) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        readFrame(in, frame);
        String text = frame.toString(StandardCharsets.ISO_8859_1);
        boolean isMessage = isAnswer && text.contains("\r\nmessage\r\n");
        if (!isAnswer) {
          line.learn(text);
        }
        while (line.isCut() && isSilent) {
          LockSupport.parkNanos(1_000_000);
        }
        if (line.isCut()) {
          return;
        }
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

  /** A connection of a client; what it is for shows in what it asks. */
  private final class Line {

    private final Socket client;
    private final Socket server;
    private volatile boolean isBus;
    private volatile boolean isData;

    Line(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void learn(String asked) {
      isBus = isBus || asked.contains("\r\nSUBSCRIBE\r\n");
      isData = isData || asked.contains("\r\nEVAL") || asked.contains("\r\nPUBLISH\r\n");
    }

    boolean isCut() {
      return (isBus && isBusCut) || (isData && isDataCut);
    }

    void close() {
      try {
        client.close();
        server.close();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
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
      isSilent = false;
      List.copyOf(lines).forEach(Line::close);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
