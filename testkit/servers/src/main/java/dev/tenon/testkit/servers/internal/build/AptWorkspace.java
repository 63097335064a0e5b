package dev.tenon.testkit.servers.internal.build;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An apt of its own: private lists, cache and status, so that it needs no root and changes nothing.
 */
final class AptWorkspace {
  private static final String STATUS =
      """
      Package: %s
      Status: install ok installed
      Architecture: amd64
      Multi-Arch: foreign
      Version: 9999:0
      Maintainer: nobody
      Description: left out of the bundle

      """;

  private final Path directory;
  private final Consumer<String> progress;

  private AptWorkspace(Path directory, Consumer<String> progress) {
    this.directory = directory;
    this.progress = progress;
  }

  static AptWorkspace create(
      Path directory, String sources, List<String> without, Consumer<String> progress)
      throws IOException {
    for (String name : List.of("state/lists/partial", "cache/archives/partial", "none")) {
      Files.createDirectories(directory.resolve(name));
    }
    Files.writeString(directory.resolve("tenon.sources"), sources);
    Files.writeString(
        directory.resolve("status"),
        without.stream().map(STATUS::formatted).collect(Collectors.joining()));
    Files.writeString(directory.resolve("apt.conf"), configuration(directory));
    return new AptWorkspace(directory, progress);
  }

  private static String configuration(Path directory) {
    return """
    #clear APT::Update::Pre-Invoke;
    #clear APT::Update::Post-Invoke;
    #clear APT::Update::Post-Invoke-Success;
    #clear DPkg::Pre-Invoke;
    #clear DPkg::Post-Invoke;
    #clear DPkg::Pre-Install-Pkgs;
    Dir::State "@/state";
    Dir::State::status "@/status";
    Dir::Cache "@/cache";
    Dir::Cache::archives "@/cache/archives";
    Dir::Etc::sourcelist "@/tenon.sources";
    Dir::Etc::sourceparts "@/none";
    Dir::Etc::preferences "/dev/null";
    Dir::Etc::preferencesparts "@/none";
    Debug::NoLocking "true";
    APT::Architecture "amd64";
    #clear APT::Architectures;
    APT::Architectures { "amd64"; };
    APT::Install-Recommends "false";
    APT::Install-Suggests "false";
    APT::Get::AllowUnauthenticated "false";
    APT::Sandbox::User "";
    Acquire::AllowInsecureRepositories "false";
    Acquire::Languages "none";
    Acquire::Retries "3";
    """
        .replace("@", directory.toString());
  }

  /** The package files of {@code packages} and of all they need, fetched and verified by apt. */
  List<Path> download(List<String> packages) throws IOException {
    progress.accept("reading the package lists");
    apt(List.of("update"), line -> {});
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-o", "APT::Status-Fd=1", "--download-only", "--yes", "install"));
    arguments.addAll(packages);
    apt(arguments, new DownloadProgress(progress));
    try (Stream<Path> listing = Files.list(directory.resolve("cache/archives"))) {
      return listing.filter(file -> file.toString().endsWith(".deb")).sorted().toList();
    }
  }

  private void apt(List<String> arguments, Consumer<String> lines) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("apt-get", "-c", directory.resolve("apt.conf").toString()));
    command.addAll(arguments);
    Commands.run(command, directory, lines);
  }

  /** Turns apt's status lines into one progress line per tenth. */
  private static final class DownloadProgress implements Consumer<String> {
    private final Consumer<String> progress;
    private int tenth = -1;

    DownloadProgress(Consumer<String> progress) {
      this.progress = progress;
    }

    @Override
    public void accept(String line) {
      String[] fields = line.split(":", 4);
      if (fields.length < 4 || !fields[0].equals("dlstatus")) {
        return;
      }
      int now = (int) (Double.parseDouble(fields[2]) / 10);
      if (now > tenth) {
        tenth = now;
        progress.accept("downloading packages: " + now * 10 + " %");
      }
    }
  }

  /** Runs a program and fails with what it printed last. */
  static final class Commands {
    private Commands() {}

    static void run(List<String> command, Path directory, Consumer<String> lines)
        throws IOException {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.directory(directory.toFile()).redirectErrorStream(true);
      builder.environment().put("LC_ALL", "C");
      Process process = builder.start();
      process.getOutputStream().close();
      Deque<String> tail = new ArrayDeque<>();
      try (BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          lines.accept(line);
          tail.addLast(line);
          if (tail.size() > 20) {
            tail.removeFirst();
          }
        }
      }
      int status;
      try {
        status = process.waitFor();
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while running " + command.get(0), e);
      }
      if (status != 0) {
        throw new IOException(
            String.join(" ", command)
                + " ended with status "
                + status
                + ":\n"
                + String.join("\n", tail));
      }
    }
  }
}
