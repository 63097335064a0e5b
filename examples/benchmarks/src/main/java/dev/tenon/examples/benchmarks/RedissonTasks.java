package dev.tenon.examples.benchmarks;

import dev.tenon.cache.Codec;
import dev.tenon.examples.benchmarks.TaskWindow.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.redisson.api.RBatch;
import org.redisson.api.RStream;
import org.redisson.api.RStreamAsync;
import org.redisson.api.RedissonClient;
import org.redisson.api.stream.StreamAddArgs;
import org.redisson.api.stream.StreamCreateGroupArgs;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.api.stream.StreamReadGroupArgs;

/**
 * A stream of Redisson and a group of consumers. What is done is acknowledged and removed in one
 * round trip, or the stream would grow.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init")
public class RedissonTasks {

  private static final String STREAM = "benchmarks-redisson-tasks";
  private static final String GROUP = "workers";
  private static final String FIELD = "task";
  private static final int MOST_AT_A_TIME = 8;
  private static final Duration WAIT = Duration.ofMillis(100);

  private final TaskWindow window = new TaskWindow();
  private final Codec<Task> codec = Codec.json(Task.class);
  private RedissonClient client;
  private RStream<String, byte[]> stream;
  private ExecutorService workers;
  private volatile boolean isClosed;

  /** Made by JMH. */
  public RedissonTasks() {}

  @Setup
  public void open() throws IOException {
    open(Coordinates.ofThisRun());
  }

  void open(Coordinates coordinates) {
    isClosed = false;
    client = RedissonMaps.connect(coordinates.get("redis"));
    stream = client.getStream(STREAM, RedissonMaps.BYTES);
    stream.createGroup(StreamCreateGroupArgs.name(GROUP).makeStream());
    workers = Executors.newFixedThreadPool(TaskWindow.WORKERS);
    for (int i = 0; i < TaskWindow.WORKERS; i++) {
      String consumer = "worker-" + i;
      workers.execute(() -> work(consumer));
    }
  }

  @TearDown
  public void close() {
    window.drain();
    isClosed = true;
    workers.shutdown();
    try {
      if (!workers.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("workers do not end");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    boolean unused = stream.delete();
    RedissonMaps.close(client);
  }

  /** Adds a task for the workers; its number. */
  long give() throws IOException {
    Task task = window.next();
    StreamMessageId unused = stream.add(StreamAddArgs.entry(FIELD, codec.encode(task)));
    return task.number();
  }

  TaskWindow window() {
    return window;
  }

  private void work(String consumer) {
    StreamReadGroupArgs next =
        StreamReadGroupArgs.neverDelivered().count(MOST_AT_A_TIME).timeout(WAIT);
    while (!isClosed) {
      stream.readGroup(GROUP, consumer, next).forEach(this::run);
    }
  }

  private void run(StreamMessageId id, Map<String, byte[]> fields) {
    try {
      window.done(codec.decode(Objects.requireNonNull(fields.get(FIELD))));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    RBatch batch = client.createBatch();
    RStreamAsync<String, byte[]> entries = batch.getStream(STREAM, RedissonMaps.BYTES);
    var unusedAcknowledged = entries.ackAsync(GROUP, id);
    var unusedRemoved = entries.removeAsync(id);
    var unused = batch.execute();
  }
}
