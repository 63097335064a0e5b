package dev.tenon.testkit.servers.internal.process;

import dev.tenon.testkit.servers.internal.bundle.Bundle;
import dev.tenon.testkit.servers.internal.bundle.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * The user that servers run as: this one, unless it is root, which PostgreSQL refuses.
 *
 * @param dropped the number to change to, or empty
 */
public record ServerUser(OptionalInt dropped) {
  private static final int NOBODY = 65534;

  /** The user for this process; root's is named by {@code TENON_SERVER_UID}, else 65534. */
  public static ServerUser choose() throws IOException {
    if (!User.current().isRoot()) {
      return new ServerUser(OptionalInt.empty());
    }
    String named =
        System.getProperty(
            "tenon.server.uid", System.getenv().getOrDefault("TENON_SERVER_UID", ""));
    try {
      int number = named.isBlank() ? NOBODY : Integer.parseInt(named.strip());
      if (number <= 0) {
        throw new IOException("TENON_SERVER_UID must be a positive number, not " + named);
      }
      return new ServerUser(OptionalInt.of(number));
    } catch (NumberFormatException e) {
      throw new IOException("TENON_SERVER_UID must be a number, not " + named, e);
    }
  }

  /** What to put before a command so that it runs as this user, apart from the JVM's terminal. */
  List<String> prefix(Bundle bundle) {
    String session = bundle.program("setsid").toString();
    if (dropped.isEmpty()) {
      return List.of(session);
    }
    String number = Integer.toString(dropped.getAsInt());
    return List.of(
        bundle.program("setpriv").toString(),
        "--reuid=" + number,
        "--regid=" + number,
        "--clear-groups",
        "--",
        session);
  }

  /** Its number. */
  public int number() throws IOException {
    return dropped.isPresent() ? dropped.getAsInt() : User.current().id();
  }

  void own(Path path) throws IOException {
    if (dropped.isPresent()) {
      Files.setAttribute(path, "unix:uid", dropped.getAsInt());
      Files.setAttribute(path, "unix:gid", dropped.getAsInt());
    }
  }
}
