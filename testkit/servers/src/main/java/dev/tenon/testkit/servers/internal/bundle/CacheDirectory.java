package dev.tenon.testkit.servers.internal.bundle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the directory that keeps what is costly to make again, shared by all JVMs of one user. */
public final class CacheDirectory {
  private static final Set<PosixFilePermission> OPEN = PosixFilePermissions.fromString("rwxr-xr-x");

  private final Map<String, String> environment;
  private final Properties properties;
  private final boolean root;

  public CacheDirectory(Map<String, String> environment, Properties properties, boolean root) {
    this.environment = environment;
    this.properties = properties;
    this.root = root;
  }

  /** The directory for this process, made if it is not there. */
  public static Path locate() throws IOException {
    return new CacheDirectory(System.getenv(), System.getProperties(), User.current().isRoot())
        .find();
  }

  /**
   * Tries in this order: system property {@code tenon.cache}, variable {@code TENON_CACHE}, {@code
   * XDG_CACHE_HOME/tenon}, {@code ~/.cache/tenon}, for root {@code /var/cache/tenon}, and a
   * directory of this user among the temporary files.
   *
   * @throws IOException if the one that was asked for, or all of the others, cannot be used
   */
  public Path find() throws IOException {
    String named = properties.getProperty("tenon.cache", environment.get("TENON_CACHE"));
    if (named != null && !named.isBlank()) {
      Path directory = Path.of(named).toAbsolutePath();
      String objection = objection(directory);
      if (objection != null) {
        throw new IOException("the cache directory " + directory + " cannot be used: " + objection);
      }
      return directory.toRealPath();
    }
    List<String> refused = new ArrayList<>();
    for (Path directory : candidates()) {
      String objection = objection(directory);
      if (objection == null) {
        return directory.toRealPath();
      }
      refused.add(directory + ": " + objection);
    }
    throw new IOException(
        "no cache directory can be used (set TENON_CACHE): "
            + refused.stream().collect(Collectors.joining("; ")));
  }

  private List<Path> candidates() {
    List<Path> candidates = new ArrayList<>();
    String xdg = environment.get("XDG_CACHE_HOME");
    if (xdg != null && xdg.startsWith("/")) {
      candidates.add(Path.of(xdg, "tenon"));
    }
    String home = properties.getProperty("user.home", "?");
    if (home.startsWith("/") && !home.equals("/")) {
      candidates.add(Path.of(home, ".cache", "tenon"));
    }
    if (root) {
      candidates.add(Path.of("/var/cache/tenon"));
    }
    candidates.add(
        Path.of(
            properties.getProperty("java.io.tmpdir", "/tmp"),
            "tenon-cache-" + properties.getProperty("user.name", "user")));
    return candidates;
  }

  private @Nullable String objection(Path directory) {
    String path = directory.toString();
    if (path.contains(":") || path.contains(";") || path.contains("$")) {
      return "the loader of the servers cannot read a path with ':', ';' or '$'";
    }
    try {
      FileTrees.createDirectories(directory);
      if (!Files.isWritable(directory)) {
        return "not writable";
      }
      if (!Files.getOwner(directory).equals(Files.getOwner(Path.of("/proc/self")))) {
        return "it belongs to another user";
      }
      if (root) {
        Files.setPosixFilePermissions(directory, OPEN);
        return closedParent(directory.toRealPath());
      }
      return null;
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** A server that root starts runs as another user, who must be able to walk to its programs. */
  private static @Nullable String closedParent(Path directory) throws IOException {
    for (Path at = directory; at != null; at = at.getParent()) {
      if (!Files.getPosixFilePermissions(at).contains(PosixFilePermission.OTHERS_EXECUTE)) {
        return "other users cannot pass " + at;
      }
    }
    return null;
  }
}
