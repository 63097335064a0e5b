package dev.tenon.testkit.servers;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How to start a server of one's own. Immutable.
 *
 * @param settings server settings that replace the default ones, such as {@code wal_level}
 * @param durable whether a commit survives {@link PostgresServer#kill9()} of the machine: {@code
 *     fsync}, {@code full_page_writes} and {@code synchronous_commit} on; off by default
 * @param backgroundJobs whether TimescaleDB's scheduler runs; off by default, as it disturbs
 *     cloning
 * @param directory where the data lives and stays after {@code close}; empty means a directory of
 *     its own that goes with the server
 */
public record PostgresOptions(
    Map<String, String> settings,
    boolean durable,
    boolean backgroundJobs,
    Optional<Path> directory) {

  public PostgresOptions {
    settings = Map.copyOf(settings);
    settings.keySet().forEach(PostgresOptions::requireName);
  }

  /** Fast, thrown away at the end, no background jobs. */
  public static PostgresOptions defaults() {
    return new PostgresOptions(Map.of(), false, false, Optional.empty());
  }

  /**
   * These options with one more server setting.
   *
   * @throws IllegalArgumentException if {@code name} is not the name of a setting
   */
  public PostgresOptions withSetting(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(settings);
    more.put(name, value);
    return new PostgresOptions(more, durable, backgroundJobs, directory);
  }

  /** These options with commits that survive a crash. */
  public PostgresOptions withDurability() {
    return new PostgresOptions(settings, true, backgroundJobs, directory);
  }

  /** These options with TimescaleDB's job scheduler. */
  public PostgresOptions withBackgroundJobs() {
    return new PostgresOptions(settings, durable, true, directory);
  }

  /** These options with data that lives, and stays, in {@code directory}. */
  public PostgresOptions withDirectory(Path directory) {
    return new PostgresOptions(settings, durable, backgroundJobs, Optional.of(directory));
  }

  private static void requireName(String name) {
    if (!name.matches("[A-Za-z_][A-Za-z0-9_.]*")) {
      throw new IllegalArgumentException("not the name of a server setting: " + name);
    }
  }
}
