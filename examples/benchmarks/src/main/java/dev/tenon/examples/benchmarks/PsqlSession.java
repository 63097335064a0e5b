package dev.tenon.examples.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A psql that stays open, so that its start is not part of what is measured. */
final class PsqlSession implements AutoCloseable {

  private static final String DONE = "tenon-done";

  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;

  private PsqlSession(Process process) {
    this.process = process;
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * @param line what starts psql in a shell
   */
  static PsqlSession open(String line) throws IOException {
    return new PsqlSession(
        new ProcessBuilder("sh", "-c", line + " -X -v ON_ERROR_STOP=1 2>&1").start());
  }

  /** Runs a command of one line and returns what psql printed. */
  String run(String command) throws IOException {
    commands.write(command + "\n\\echo " + DONE + "\n");
    commands.flush();
    StringBuilder printed = new StringBuilder();
    for (String line = answers.readLine(); !DONE.equals(line); line = answers.readLine()) {
      if (line == null) {
        throw new IOException("psql ended: " + printed);
      }
      printed.append(line);
    }
    return printed.toString();
  }

  /** What it has used of the processors, the shell that started it included. */
  Duration processorTime() {
    return ProcessorTime.ofTree(process.pid());
  }

  @Override
  public void close() {
    try {
      commands.close();
      process.waitFor();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } catch (InterruptedException interrupted) {
      process.destroy();
      Thread.currentThread().interrupt();
    }
  }
}
