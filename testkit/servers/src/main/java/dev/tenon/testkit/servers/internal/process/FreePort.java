package dev.tenon.testkit.servers.internal.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Picks a port of 127.0.0.1 that nobody listens on at this moment. */
public final class FreePort {
  private FreePort() {}

  public static int pick() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
