package dev.tenon.examples.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A temporary file that only its user can read, removed when closed. */
record PrivateFile(Path path) implements AutoCloseable {

  static PrivateFile create() throws IOException {
    return new PrivateFile(Files.createTempFile("tenon-benchmarks-", ""));
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(path);
  }
}
