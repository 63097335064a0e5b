package dev.tenon.examples.benchmarks;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Servers, tables and rows that a group of benchmarks runs on. Not safe for use by many threads.
 */
final class Stage implements AutoCloseable {

  private final Map<String, String> coordinates = new HashMap<>();
  private final Deque<Runnable> endings = new ArrayDeque<>();

  /** Makes a stage of about this many rows. */
  interface Builder {
    void build(Stage stage, int rows) throws Exception;
  }

  static Stage build(Builder builder, int rows) throws Exception {
    Stage stage = new Stage();
    try {
      builder.build(stage, rows);
      return stage;
    } catch (Exception error) {
      stage.close();
      throw error;
    }
  }

  /** Runs when the stage is closed; the last one first. */
  void onClose(Runnable ending) {
    endings.push(ending);
  }

  void put(String name, String value) {
    coordinates.put(name, value);
  }

  Coordinates coordinates() {
    return new Coordinates(coordinates);
  }

  @Override
  public void close() {
    while (!endings.isEmpty()) {
      endings.pop().run();
    }
  }
}
