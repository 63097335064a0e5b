package dev.tenon.examples.benchmarks;

import dev.tenon.cache.Cache;
import dev.tenon.cache.Codec;
import dev.tenon.cache.ephemeral.Ephemeral;
import dev.tenon.cache.ephemeral.TaskPolicy;
import dev.tenon.cache.ephemeral.TaskQueue;
import dev.tenon.examples.benchmarks.TaskWindow.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A queue of Tenon and its workers, which ask again after a millisecond. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init")
public class TenonTasks {

  private static final TaskPolicy POLICY =
      TaskPolicy.visibilityTimeout(Duration.ofMinutes(1)).withPolling(Duration.ofMillis(1));

  private final TaskWindow window = new TaskWindow();
  private Cache cache;
  private TaskQueue<Task> queue;
  private TaskQueue.Worker worker;

  /** Made by JMH. */
  public TenonTasks() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  void open(Coordinates coordinates) {
    cache = TenonEphemeral.connect(coordinates);
    queue = Ephemeral.on(cache).taskQueue("work", Codec.json(Task.class), POLICY);
    worker =
        queue.work(
            () -> List.of(TenonEphemeral.OWNER),
            TaskWindow.WORKERS,
            running -> window.done(running.task()));
  }

  @TearDown
  public void close() {
    window.drain();
    worker.close();
    cache.close();
  }

  /** Adds a task for the workers; its number. */
  long give() {
    Task task = window.next();
    var unused = queue.enqueue(TenonEphemeral.OWNER, task);
    return task.number();
  }

  TaskWindow window() {
    return window;
  }
}
