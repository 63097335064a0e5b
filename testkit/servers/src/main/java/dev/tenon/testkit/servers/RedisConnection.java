package dev.tenon.testkit.servers;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Just enough of Redis' protocol to claim, empty and release a database.
 *
 * <p>A client library would bring its own threads and version into every test that wants another.
 */
final class RedisConnection implements AutoCloseable {

  /** As long as a server may take to start: one that all tests of a busy machine share is slow. */
  private static final int PATIENCE_MILLIS = 30_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private RedisConnection(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    this.out = new BufferedOutputStream(socket.getOutputStream());
  }

  static RedisConnection open(String host, int port, Credentials credentials) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      RedisConnection connection = new RedisConnection(socket);
      if (!credentials.password().isEmpty() && credentials.user().isEmpty()) {
        connection.call("AUTH", credentials.password());
      } else if (!credentials.password().isEmpty()) {
        connection.call("AUTH", credentials.user(), credentials.password());
      }
      return connection;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * The reply as text; the empty text for null, the last element for an array.
   *
   * @throws IOException also if the server answers with an error
   */
  String call(String... words) throws IOException {
    out.write(("*" + words.length + "\r\n").getBytes(StandardCharsets.UTF_8));
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
      out.write(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.UTF_8));
      out.write(bytes);
      out.write('\r');
      out.write('\n');
    }
    out.flush();
    return reply(words[0]);
  }

  private String reply(String command) throws IOException {
    String line = line();
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+', ':' -> rest;
      case '-' -> throw new IOException("Redis refused " + command + ": " + rest);
      case '$' -> bulk(Integer.parseInt(rest));
      case '*' -> {
        String last = "";
        for (int element = Integer.parseInt(rest); element > 0; element--) {
          last = reply(command);
        }
        yield last;
      }
      default -> throw new IOException("not a reply of Redis: " + line);
    };
  }

  private String bulk(int length) throws IOException {
    if (length < 0) {
      return "";
    }
    byte[] bytes = in.readNBytes(length + 2);
    if (bytes.length < length + 2) {
      throw new EOFException("Redis closed the connection");
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\r'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("Redis closed the connection");
      }
      line.append((char) next);
    }
    if (in.read() != '\n' || line.isEmpty()) {
      throw new IOException("not a reply of Redis: " + line);
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
