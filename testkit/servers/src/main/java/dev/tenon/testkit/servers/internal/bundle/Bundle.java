package dev.tenon.testkit.servers.internal.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * The native servers of this module, unpacked.
 *
 * @param root where the tree lies
 * @param digest SHA-256 of the archive that it came from
 */
public record Bundle(Path root, String digest) {

  /** Why the bundle cannot run here, or empty. */
  public static Optional<String> objection() {
    String system = System.getProperty("os.name", "?");
    String processor = System.getProperty("os.arch", "?").toLowerCase(Locale.ROOT);
    if (!system.equals("Linux") || !(processor.equals("amd64") || processor.equals("x86_64"))) {
      return Optional.of(
          "it is built for Linux on x86-64, and this is " + system + " on " + processor);
    }
    if (!Files.isExecutable(Path.of("/bin/sh"))) {
      return Optional.of("it needs /bin/sh, which is not there");
    }
    if (Bundle.class.getResource("/" + BundleFormat.FOLDER + BundleFormat.DIGEST) == null) {
      return Optional.of("the jar was built without it (-Dtenon.bundle=skip)");
    }
    return Optional.empty();
  }

  /** Unpacks the bundle into {@code cache}, or finds it there. */
  public static Bundle unpackedIn(Path cache) throws IOException {
    String digest = digestOnClassPath();
    Path bundles = cache.resolve("bundles");
    Path root = bundles.resolve(digest.substring(0, 16));
    if (!Files.isDirectory(root)) {
      FileTrees.createDirectories(bundles);
      FileMutex.holding(
          bundles.resolve(root.getFileName() + ".lock"),
          () -> Files.isDirectory(root) ? root : new Unpacking(digest, root).run());
    }
    return new Bundle(root, digest);
  }

  /** A program of the bundle, startable from anywhere. */
  public Path program(String name) {
    return root.resolve("bin").resolve(name);
  }

  private static String digestOnClassPath() throws IOException {
    try (InputStream in = resource(BundleFormat.DIGEST)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }

  static InputStream resource(String name) throws IOException {
    InputStream in = Bundle.class.getResourceAsStream("/" + BundleFormat.FOLDER + name);
    if (in == null) {
      throw new IOException(name + " is not on the class path");
    }
    return in;
  }
}
