package dev.tenon.testkit.servers.internal.process;

import dev.tenon.testkit.servers.internal.bundle.Bundle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs a program of the bundle to its end. */
public final class Commands {
  private Commands() {}

  /**
   * Runs {@code command} as the user of {@code directory}.
   *
   * @throws IOException if it fails; the message carries what it printed
   */
  public static void run(
      Bundle bundle, RunDirectory directory, List<String> command, Map<String, String> environment)
      throws IOException {
    List<String> whole = new ArrayList<>(directory.user().prefix(bundle));
    whole.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(whole);
    builder.directory(directory.path().getRoot().toFile()).redirectErrorStream(true);
    String path = builder.environment().getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
    builder.environment().clear();
    builder.environment().putAll(Map.of("PATH", path, "LC_ALL", "C.UTF-8"));
    builder.environment().put("HOME", directory.path().toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      int status = process.waitFor();
      if (status != 0) {
        throw new IOException(
            command.get(0) + " ended with status " + status + ":\n" + output.strip());
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while running " + command.get(0), e);
    }
  }
}
