package dev.tenon.testkit.servers.internal.bundle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A numeric user of this machine. */
public record User(int id) {
  /** The user of this process; read from {@code /proc}, as Java has no call for it. */
  public static User current() throws IOException {
    return new User((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
  }

  public boolean isRoot() {
    return id == 0;
  }
}
