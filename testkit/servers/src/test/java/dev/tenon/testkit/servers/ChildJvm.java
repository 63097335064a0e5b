package dev.tenon.testkit.servers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.postgresql.Driver;

/** Another JVM that runs {@link ChildMain} with the packed jar of this module, and little else. */
final class ChildJvm implements AutoCloseable {
  private static final List<String> TOOLS = List.of("sh", "cp", "mv", "rm", "ln", "sleep");

  private final Process process;
  private final BufferedReader output;
  private final List<String> lines = new ArrayList<>();

  private ChildJvm(Process process) {
    this.process = process;
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Where children run: a directory that every user can read, with the jars in it. */
  record Home(Path directory, String classPath) {
    static Home in(Path directory) throws IOException {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
      Path module = location(PostgresServer.class);
      Path jar = directory.resolve("servers.jar");
      Jars.pack(module, jar);
      Path tests = directory.resolve("tests.jar");
      Jars.pack(location(ChildMain.class), tests);
      Path driver = Files.copy(location(Driver.class), directory.resolve("driver.jar"));
      Path tools = Files.createDirectory(directory.resolve("tools"));
      for (String tool : TOOLS) {
        Path script = tools.resolve(tool);
        Files.writeString(script, "#!/bin/sh\nexec " + found(tool) + " \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
      for (Path readable : List.of(jar, tests, driver)) {
        Files.setPosixFilePermissions(readable, PosixFilePermissions.fromString("rw-r--r--"));
      }
      return new Home(directory, jar + ":" + tests + ":" + driver);
    }

    private static Path location(Class<?> type) {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    }

    private static Path found(String tool) {
      return Stream.of("/bin", "/usr/bin")
          .map(place -> Path.of(place, tool))
          .filter(Files::isExecutable)
          .findFirst()
          .orElseThrow();
    }

    Path newCache() throws IOException {
      Path cache = Files.createTempDirectory(directory, "a cache ");
      Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxr-xr-x"));
      return cache;
    }
  }

  /** Starts a JVM whose PATH holds a handful of tools, and neither apt nor any server. */
  static ChildJvm start(Home home, List<String> prefix, Map<String, String> extra, String... words)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    Map<String, String> environment = new TreeMap<>(extra);
    environment.keySet().removeIf(key -> key.startsWith("-D"));
    extra.forEach(
        (key, value) -> {
          if (key.startsWith("-D")) {
            command.add(key + "=" + value);
          }
        });
    command.addAll(List.of("-cp", home.classPath(), ChildMain.class.getName()));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", home.directory().resolve("tools").toString());
    builder.environment().putAll(environment);
    return new ChildJvm(builder.start());
  }

  /** The value of the first line {@code name=value}, waited for. */
  String value(String name) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      lines.add(line);
      if (line.startsWith(name + "=")) {
        return line.substring(name.length() + 1);
      }
    }
    throw new IOException(
        "no " + name + " in the output of the child:\n" + String.join("\n", lines));
  }

  /** All that it printed, once it has ended. */
  String ending() throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      lines.add(line);
    }
    return String.join("\n", lines);
  }

  /** By its handle, as the process itself would close the output that we still want to read. */
  void kill9() {
    process.toHandle().destroyForcibly();
    process.onExit().join();
  }

  /**
   * Lets it end, as its input does, and its servers, which need the tools that we are to remove.
   */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      process.onExit().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      kill9();
    } catch (InterruptedException e) {
      kill9();
      Thread.currentThread().interrupt();
    }
    ending();
    for (String line : lines) {
      if (line.startsWith("run=")) {
        Path run = Path.of(line.substring("run=".length()));
        awaitGone(run);
      }
    }
  }

  private static void awaitGone(Path run) throws IOException {
    try {
      Await.until(Duration.ofMinutes(1), () -> !Files.exists(run));
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }
}
