package dev.tenon.testkit.servers.internal.build;

import dev.tenon.testkit.servers.internal.bundle.BundleFormat;
import dev.tenon.testkit.servers.internal.bundle.CacheDirectory;
import dev.tenon.testkit.servers.internal.bundle.FileMutex;
import dev.tenon.testkit.servers.internal.bundle.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Assembles the native servers out of Debian's packages and puts them among a module's classes.
 *
 * <p>Run by the build. The archive is kept in the user's cache under the digest of the recipe, so
 * that it is made once per machine.
 */
public final class BundleBuilder {
  private static final List<String> PARTS =
      List.of(BundleFormat.ARCHIVE, BundleFormat.MANIFEST, BundleFormat.DIGEST);

  private final Recipe recipe;
  private final Path aptDirectory;
  private final Path cache;

  private BundleBuilder(Recipe recipe, Path aptDirectory, Path cache) {
    this.recipe = recipe;
    this.aptDirectory = aptDirectory;
    this.cache = cache;
  }

  /**
   * Provides the bundle.
   *
   * @param arguments the directory of classes, then {@code build} or {@code skip}
   */
  public static void main(String... arguments) throws IOException {
    Path classes = Path.of(arguments[0]);
    if (arguments.length > 1 && arguments[1].equals("skip")) {
      say("left out, as asked; tests will need TENON_TEST_JDBC_URL or Docker");
      return;
    }
    BundleBuilder builder =
        new BundleBuilder(Recipe.load(), Path.of("/etc/apt"), CacheDirectory.locate());
    try {
      builder.provide(classes.resolve(BundleFormat.FOLDER));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the bundle of native servers cannot be assembled: it needs a Debian machine with apt-get"
              + " and dpkg-deb, and its mirror (or a cache filled by an earlier build); build with"
              + " -Dtenon.bundle=skip to go without it. "
              + e.getMessage(),
          e);
    }
  }

  private void provide(Path target) throws IOException {
    Path made = cache.resolve("archives").resolve(recipe.fingerprint().substring(0, 16));
    Files.createDirectories(made);
    Files.createDirectories(target);
    FileMutex.holding(
        made.resolveSibling(made.getFileName() + ".lock"),
        () -> {
          if (!Files.exists(made.resolve(BundleFormat.DIGEST))) {
            assemble(made);
          }
          copy(made, target);
          return true;
        });
  }

  /** The digest goes last: where it stands, the other parts are whole. */
  private static void copy(Path made, Path target) throws IOException {
    String digest = Files.readString(made.resolve(BundleFormat.DIGEST));
    Path there = target.resolve(BundleFormat.DIGEST);
    if (Files.exists(there) && Files.readString(there).equals(digest)) {
      return;
    }
    Files.deleteIfExists(there);
    for (String part : PARTS) {
      Files.copy(made.resolve(part), target.resolve(part), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void assemble(Path made) throws IOException {
    long begin = System.nanoTime();
    Path work = Files.createTempDirectory("tenon-bundle-");
    try {
      AptSources sources = new AptSources(aptDirectory);
      AptWorkspace apt =
          AptWorkspace.create(
              Files.createDirectory(work.resolve("apt")),
              sources.forRelease(recipe.suite()),
              recipe.without(),
              BundleBuilder::say);
      List<Path> packages = apt.download(recipe.packages());
      say("unpacking " + packages.size() + " packages");
      Path unpacked = Files.createDirectory(work.resolve("root"));
      PackageManifest manifest = new PackageManifest(unpacked);
      for (Path file : packages) {
        manifest.unpack(file);
      }
      say("packing");
      Tree tree = Tree.select(recipe, unpacked);
      PackageManifest.Summary summary = manifest.of(tree.sources());
      summary.licences().forEach(tree::addText);
      tree.addText("manifest.tsv", summary.table());
      Path archive = work.resolve(BundleFormat.ARCHIVE);
      ArchiveWriter.write(tree, archive);
      Files.writeString(work.resolve(BundleFormat.MANIFEST), summary.table());
      Files.writeString(work.resolve(BundleFormat.DIGEST), Digests.sha256(archive));
      for (String part : PARTS) {
        Files.copy(work.resolve(part), made.resolve(part), StandardCopyOption.REPLACE_EXISTING);
      }
      say(
          "%d MB in %.1f s, kept in %s"
              .formatted(Files.size(archive) >> 20, (System.nanoTime() - begin) / 1e9, made));
    } finally {
      FileTrees.remove(work);
    }
  }

  @SuppressWarnings("SystemOut")
  private static void say(String text) {
    System.out.println("[tenon servers] " + text);
  }
}
