package dev.tenon.examples.benchmarks;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Where a benchmark finds the servers and the rows that the main program prepared.
 *
 * <p>They travel to the benchmarks in a file that only their user can read, because they hold
 * passwords.
 */
record Coordinates(Map<String, String> values) {

  private static final String PROPERTY = "benchmarks.coordinates";

  Coordinates {
    values = Map.copyOf(values);
  }

  /** What the main program published. */
  static Coordinates ofThisRun() throws IOException {
    Properties properties = new Properties();
    try (Reader file = Files.newBufferedReader(Path.of(System.getProperty(PROPERTY, "")))) {
      properties.load(file);
    }
    return new Coordinates(
        properties.stringPropertyNames().stream()
            .collect(Collectors.toMap(name -> name, properties::getProperty)));
  }

  /** Writes them for this JVM, and for forks that are started with the {@link #option}. */
  void publish(Path file) throws IOException {
    Properties properties = new Properties();
    properties.putAll(values);
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    System.setProperty(PROPERTY, file.toString());
  }

  static String option(Path file) {
    return "-D" + PROPERTY + "=" + file;
  }

  String get(String name) {
    return find(name)
        .orElseThrow(() -> new IllegalArgumentException("the coordinates have no " + name));
  }

  Optional<String> find(String name) {
    return Optional.ofNullable(values.get(name));
  }

  Coordinates with(String name, String value) {
    Map<String, String> changed = new HashMap<>(values);
    changed.put(name, value);
    return new Coordinates(changed);
  }
}
