package dev.tenon.testkit.servers.internal.process;

import dev.tenon.testkit.servers.internal.bundle.User;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Where one server keeps its data and log, readable by its user only.
 *
 * @param path the directory
 * @param user its owner
 * @param memory whether it lies in memory
 */
public record RunDirectory(Path path, ServerUser user, boolean memory) {
  private static final long LEAST_MEMORY = 1L << 30;

  /** A new directory in memory where there is a gigabyte of it, else among the temporary files. */
  public static RunDirectory create(ServerUser user, String name) throws IOException {
    List<String> refused = new ArrayList<>();
    for (Path parent :
        List.of(
            Path.of("/dev/shm"),
            Path.of(System.getProperty("java.io.tmpdir", "/tmp")),
            Path.of("/tmp"),
            Path.of("/var/tmp"))) {
      boolean memory = parent.equals(Path.of("/dev/shm"));
      if (!usable(parent, user) || (memory && !roomy(parent))) {
        refused.add(parent.toString());
        continue;
      }
      return new RunDirectory(own(Files.createTempDirectory(parent, name), user), user, memory);
    }
    throw new IOException("no directory for a server's data: tried " + String.join(", ", refused));
  }

  /** {@code path} itself, made if absent, for data that outlives the server. */
  public static RunDirectory at(Path path, ServerUser user) throws IOException {
    Files.createDirectories(path);
    return new RunDirectory(own(path.toRealPath(), user), user, false);
  }

  private static Path own(Path path, ServerUser user) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    user.own(path);
    return path;
  }

  private static boolean usable(Path parent, ServerUser user) throws IOException {
    if (!Files.isDirectory(parent) || !Files.isWritable(parent)) {
      return false;
    }
    if (user.dropped().isEmpty() || !User.current().isRoot()) {
      return true;
    }
    for (Path at = parent.toRealPath(); at != null; at = at.getParent()) {
      if (!Files.getPosixFilePermissions(at).contains(PosixFilePermission.OTHERS_EXECUTE)) {
        return false;
      }
    }
    return true;
  }

  private static boolean roomy(Path parent) throws IOException {
    FileStore store = Files.getFileStore(parent);
    return store.type().equals("tmpfs") && store.getUsableSpace() >= LEAST_MEMORY;
  }

  /** Writes a file that only the server's user may read. */
  public void write(String name, String content) throws IOException {
    Path file = path.resolve(name);
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, content);
    user.own(file);
  }

  /** What the server has printed so far. */
  public String log() throws IOException {
    Path log = path.resolve("server.log");
    return Files.exists(log) ? Files.readString(log) : "";
  }
}
