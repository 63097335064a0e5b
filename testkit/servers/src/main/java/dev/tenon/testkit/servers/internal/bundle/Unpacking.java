package dev.tenon.testkit.servers.internal.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks the archive beside its place and moves it there whole; what a killed JVM left is removed.
 */
final class Unpacking {
  private static final Set<PosixFilePermission> PROGRAM =
      PosixFilePermissions.fromString("rwxr-xr-x");
  private static final Set<PosixFilePermission> DATA = PosixFilePermissions.fromString("rw-r--r--");

  private final String digest;
  private final Path root;
  private final Path draft;

  Unpacking(String digest, Path root) {
    this.digest = digest;
    this.root = root;
    this.draft = root.resolveSibling(root.getFileName() + ".draft");
  }

  Path run() throws IOException {
    FileTrees.remove(draft);
    FileTrees.createDirectory(draft);
    MessageDigest seen = sha256();
    try (InputStream raw = Bundle.resource(BundleFormat.ARCHIVE);
        DigestInputStream checked = new DigestInputStream(raw, seen)) {
      ZipInputStream zip = new ZipInputStream(checked);
      unpack(zip);
      checked.transferTo(OutputStream.nullOutputStream());
    }
    if (!HexFormat.of().formatHex(seen.digest()).equals(digest)) {
      FileTrees.remove(draft);
      throw new IOException(
          "the archive of native servers on the class path is damaged: its SHA-256 is not "
              + digest);
    }
    return Files.move(draft, root, StandardCopyOption.ATOMIC_MOVE);
  }

  private void unpack(ZipInputStream zip) throws IOException {
    ZipEntry index = zip.getNextEntry();
    if (index == null || !index.getName().equals(BundleFormat.INDEX)) {
      throw new IOException("the archive of native servers has no index");
    }
    Set<String> programs = new HashSet<>();
    Set<Path> directories = new HashSet<>();
    String text = new String(zip.readAllBytes(), StandardCharsets.UTF_8);
    for (String line : text.lines().toList()) {
      String[] fields = line.split("\t", -1);
      if (fields[0].equals("l")) {
        Files.createSymbolicLink(member(fields[1], directories), Path.of(fields[2]));
      } else {
        programs.add(fields[1]);
      }
    }
    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
      Path file = member(entry.getName(), directories);
      Files.copy(zip, file);
      Files.setPosixFilePermissions(file, programs.contains(entry.getName()) ? PROGRAM : DATA);
    }
  }

  private Path member(String name, Set<Path> directories) throws IOException {
    Path file = draft.resolve(name).normalize();
    if (!file.startsWith(draft)) {
      throw new IOException("the archive of native servers names a file outside of it: " + name);
    }
    makeDirectories(file.getParent(), directories);
    return file;
  }

  private void makeDirectories(@Nullable Path directory, Set<Path> made) throws IOException {
    if (directory == null || directory.equals(draft) || !made.add(directory)) {
      return;
    }
    makeDirectories(directory.getParent(), made);
    FileTrees.createDirectory(directory);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
