package dev.tenon.testkit.servers.internal.process;

import dev.tenon.testkit.servers.internal.bundle.Bundle;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A native server under a small shell process that stops it, and removes its directory, as soon as
 * this JVM is gone, however it went.
 */
public final class SupervisedServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Launch launch;
  private final Process supervisor;
  private final BufferedReader reports;
  private final Writer orders;
  private long server;

  private SupervisedServer(Launch launch, Process supervisor) {
    this.launch = launch;
    this.supervisor = supervisor;
    this.reports = supervisor.inputReader(StandardCharsets.UTF_8);
    this.orders = supervisor.outputWriter(StandardCharsets.UTF_8);
  }

  /**
   * What to start.
   *
   * @param directory holds {@code prepare.sh}, which runs first
   * @param stopSignal for example {@code QUIT}
   * @param keepsDirectory whether the directory outlives the server
   * @param ready whether the server accepts connections
   */
  public record Launch(
      Bundle bundle,
      RunDirectory directory,
      List<String> command,
      Map<String, String> environment,
      String stopSignal,
      boolean keepsDirectory,
      Readiness ready) {}

  /** Asks whether the server with this process number accepts connections by now. */
  @FunctionalInterface
  public interface Readiness {
    boolean reached(long processId) throws IOException;
  }

  /**
   * Starts a server and waits until it is ready.
   *
   * @throws IOException if it ends or is not ready within 30 s; the message carries the end of its
   *     log, and nothing is left behind
   */
  public static SupervisedServer start(Launch launch) throws IOException {
    List<String> command = new ArrayList<>(launch.directory().user().prefix(launch.bundle()));
    command.addAll(List.of("/bin/sh", "-c", script(), "tenon-supervisor"));
    command.add(launch.directory().path().toString());
    command.add(launch.keepsDirectory() ? "no" : "yes");
    command.add(launch.stopSignal());
    command.addAll(launch.command());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(Path.of("/").toFile()).redirectErrorStream(true);
    String path = builder.environment().getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
    builder.environment().clear();
    builder.environment().putAll(Map.of("PATH", path, "LC_ALL", "C.UTF-8"));
    builder.environment().put("HOME", launch.directory().path().toString());
    builder.environment().putAll(launch.environment());
    SupervisedServer started = new SupervisedServer(launch, builder.start());
    try {
      started.awaitReady();
      return started;
    } catch (IOException | RuntimeException e) {
      started.close();
      throw e;
    }
  }

  private static String script() throws IOException {
    try (InputStream in = SupervisedServer.class.getResourceAsStream("supervise.sh")) {
      if (in == null) {
        throw new IOException("supervise.sh is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void awaitReady() throws IOException {
    String report = reports.readLine();
    if (report == null || !report.startsWith("started ")) {
      throw new IOException(failure(report == null ? "its supervisor ended" : report));
    }
    server = Long.parseLong(report.substring("started ".length()));
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!launch.ready().reached(server)) {
      if (!running(server)) {
        throw new IOException(failure("it ended while starting"));
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(failure("it was not ready after " + PATIENCE.toSeconds() + " s"));
      }
      LockSupport.parkNanos(4_000_000);
    }
  }

  private String failure(String reason) throws IOException {
    List<String> lines = launch.directory().log().lines().toList();
    return launch.command().get(0)
        + " did not start: "
        + reason
        + "; the end of its log:\n"
        + String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
  }

  /** Kills the server and every process of it at once, as a crash of the machine would. */
  public void kill9() {
    Optional<ProcessHandle> handle = ProcessHandle.of(server);
    if (handle.isEmpty()) {
      return;
    }
    List<ProcessHandle> processes = new ArrayList<>(List.of(handle.get()));
    processes.addAll(handle.get().descendants().toList());
    processes.forEach(ProcessHandle::destroyForcibly);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (processes.stream().anyMatch(process -> running(process.pid()))
        && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Starts the server again on the same data; one that still runs is killed first. */
  public void restart() throws IOException {
    kill9();
    orders.write("again\n");
    orders.flush();
    awaitReady();
  }

  /** The number of the server's first process. */
  public long processId() {
    return server;
  }

  public RunDirectory directory() {
    return launch.directory();
  }

  /** Stops the server and removes its directory unless it is kept; waits until that is done. */
  @Override
  public void close() throws IOException {
    orders.close();
    try {
      if (!supervisor.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        supervisor.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A process that nobody has waited for still has a number, so its state decides. */
  private static boolean running(long process) {
    try {
      String status = Files.readString(Path.of("/proc", Long.toString(process), "stat"));
      return status.charAt(status.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }
}
