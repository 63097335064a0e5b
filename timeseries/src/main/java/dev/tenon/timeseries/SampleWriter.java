package dev.tenon.timeseries;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.Session;
import dev.tenon.core.TenonException;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the records of one tenant into batches, and appends these one after the other on a thread
 * of its own.
 *
 * <p>The queue is bounded: who appends faster than the database stores waits. A batch is one
 * transaction under a key of its own, so a commit whose reply is lost is asked for again and stored
 * once; it is tried again after a conflict, a lost connection or a full disk, with growing pauses,
 * for as long as the writer is open. A batch with a record that the table refuses is halved until
 * that record is alone; it goes to the dead letters and the others are stored. Where no record is
 * to blame and no other try mends it, as where a right is missing, all of the batch go there.
 *
 * <p>Needs {@link dev.tenon.core.Operations#migrations()}. Safe for use by many threads; close it.
 *
 * @param <T> the record type
 */
public final class SampleWriter<T> implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final WriterQueue<T> queue;
  private final BatchWrite<T> write;
  private final Thread thread;
  private final String where;
  private @Nullable Report<T> report;

  /**
   * How a writer gathers.
   *
   * @param batch how many records make a batch that is sent at once; 10,000 by default
   * @param longestWait how long a record waits for others; 200 ms by default
   * @param capacity how many records wait or are under way at most; 100,000 by default
   * @param longestPause up to where the pause before another try grows; 5 s by default
   * @param threads makes the writer's thread; a daemon by default
   * @param upsert whether a record replaces the row of its series and time; false by default, and
   *     such a record is a dead letter
   */
  public record Options(
      int batch,
      Duration longestWait,
      int capacity,
      Duration longestPause,
      ThreadFactory threads,
      boolean upsert) {

    private static final Options DEFAULTS =
        new Options(
            10_000,
            Duration.ofMillis(200),
            100_000,
            Duration.ofSeconds(5),
            work -> {
              Thread thread = new Thread(work, "tenon-sample-writer");
              thread.setDaemon(true);
              return thread;
            },
            false);

    public Options {
      if (batch < 1 || batch > capacity) {
        throw new UsageException(
            Problem.what("the batch is " + batch + " and the capacity " + capacity)
                .where("SampleWriter.Options")
                .why("a batch is gathered in the queue")
                .fix("choose a batch of one or more, and a capacity that holds it"));
      }
      requirePositive("longestWait", longestWait);
      requirePositive("longestPause", longestPause);
    }

    private static void requirePositive(String name, Duration value) {
      if (value.isNegative() || value.isZero()) {
        throw new UsageException(
            Problem.what(name + " is " + value)
                .where("SampleWriter.Options")
                .why("it is a length of time")
                .fix("pass more than none"));
      }
    }

    public static Options defaults() {
      return DEFAULTS;
    }

    public Options withBatch(int records) {
      return new Options(records, longestWait, capacity, longestPause, threads, upsert);
    }

    public Options withLongestWait(Duration wait) {
      return new Options(batch, wait, capacity, longestPause, threads, upsert);
    }

    public Options withCapacity(int records) {
      return new Options(batch, longestWait, records, longestPause, threads, upsert);
    }

    public Options withLongestPause(Duration pause) {
      return new Options(batch, longestWait, capacity, pause, threads, upsert);
    }

    /** Replaces rows of the same series and time; see {@link HypertableRepository#upsert}. */
    public Options withUpsert() {
      return new Options(batch, longestWait, capacity, longestPause, threads, true);
    }

    public Options withThreads(ThreadFactory factory) {
      return new Options(batch, longestWait, capacity, longestPause, factory, upsert);
    }
  }

  /**
   * A record that the table refuses.
   *
   * @param reason why, with the SQLSTATE where the server refused it
   */
  public record DeadLetter<T>(T row, TenonException reason) {}

  /** What became of the records of a batch. */
  public record Result(long stored, long dead) {}

  /**
   * What a writer has done and has to do.
   *
   * @param waiting records that are gathered or wait for their turn
   * @param underWay records of the batch that is being written
   * @param oldest how long the oldest of them has waited
   * @param retries how often a batch was tried again
   */
  public record Metrics(
      long waiting, long underWay, Duration oldest, long stored, long dead, long retries) {}

  /**
   * What became of all records when a writer was closed.
   *
   * @param unwritten those that were not sent
   * @param uncertain those of the batch that was under way at the deadline; it may be stored
   */
  public record Report<T>(long stored, long dead, List<T> unwritten, List<T> uncertain) {

    public Report {
      unwritten = List.copyOf(unwritten);
      uncertain = List.copyOf(uncertain);
    }
  }

  SampleWriter(
      HypertableRepository<T> repository,
      Session session,
      Options options,
      Consumer<DeadLetter<T>> deadLetters,
      Clock clock) {
    this.where = "SampleWriter of " + repository.qualifiedName();
    if (session instanceof Transaction) {
      throw new UsageException(
          Problem.what("a transaction was given")
              .where(where)
              .why("each batch is a transaction of its own, on another thread")
              .fix("pass the tenant's session"));
    }
    this.queue = new WriterQueue<>(options, clock, where);
    this.write = new BatchWrite<>(repository, session, options, deadLetters, queue::isAbandoned);
    this.thread = options.threads().newThread(this::run);
    thread.start();
  }

  private void run() {
    while (true) {
      WriterQueue.Batch<T> batch = queue.take();
      if (batch == null) {
        return;
      }
      try {
        Result result = write.write(batch.rows());
        queue.done(batch);
        batch.future().succeed(result);
      } catch (BatchWrite.AbandonedException closed) {
        return;
      } catch (Throwable unexpected) {
        queue.done(batch);
        batch.future().fail(unexpected);
      }
    }
  }

  /**
   * Hands a record over, and waits while the queue is full.
   *
   * @return completes with its batch; exceptionally with what the receiver of dead letters threw,
   *     or where the writer was closed before. It is that of all records of the batch, so {@code
   *     cancel} and {@code complete} do nothing; what {@code orTimeout} gives is the caller's own
   * @throws UsageException if the writer is closed; or full, and called from its own thread, by the
   *     receiver of dead letters
   */
  public CompletableFuture<Result> append(T row) throws InterruptedException {
    return offer(row, Duration.ofNanos(Long.MAX_VALUE)).orElseThrow();
  }

  /**
   * Hands a record over if there is room within a time.
   *
   * @return as {@link #append}; empty if there was none
   */
  public Optional<CompletableFuture<Result>> offer(T row, Duration patience)
      throws InterruptedException {
    if (row == null) {
      throw new InvalidDataException(
          Problem.what("a record is null").where(where).fix("append records only"));
    }
    if (Thread.currentThread() != thread) {
      return queue.add(row, patience);
    }
    Optional<CompletableFuture<Result>> added = queue.add(row, Duration.ZERO);
    if (added.isEmpty() && patience.compareTo(Duration.ZERO) > 0) {
      throw new UsageException(
          Problem.what("the receiver of dead letters appends to its own writer, which is full")
              .where(where)
              .why("it runs on the writer's thread, which alone makes room")
              .fix("hand the record to another thread, or offer it without patience"));
    }
    return added;
  }

  /** Has what is gathered so far written without waiting for more. */
  public void flush() {
    queue.seal();
  }

  /** What it has done and has to do. */
  public Metrics metrics() {
    return queue.metrics(write);
  }

  /**
   * Closes it as {@link #close(Duration)} does with 30 seconds.
   *
   * @throws RetryableException if anything was not written by then; {@link #close(Duration)} tells
   *     what
   */
  @Override
  public void close() {
    Report<T> told = close(PATIENCE);
    if (!told.unwritten().isEmpty() || !told.uncertain().isEmpty()) {
      throw new RetryableException(
          Problem.what(
                  told.unwritten().size()
                      + " records were not written, and "
                      + told.uncertain().size()
                      + " may not be")
              .where(where)
              .why("the database did not take them within " + PATIENCE)
              .fix("call close(Duration), which gives them back, and append them again"));
    }
  }

  /**
   * Takes no more records and writes those that wait, until a deadline; a second call gives the
   * same.
   *
   * @throws UsageException if called from the writer's thread, by the receiver of dead letters
   */
  public synchronized Report<T> close(Duration patience) {
    if (report != null) {
      return report;
    }
    if (Thread.currentThread() == thread) {
      throw new UsageException(
          Problem.what("the receiver of dead letters closes its own writer")
              .where(where)
              .why("it runs on the writer's thread, whose end is waited for")
              .fix("have another thread close it"));
    }
    queue.close();
    boolean interrupted = !joined(patience);
    if (thread.isAlive()) {
      queue.abandon();
      thread.interrupt();
      interrupted |= !joined(Duration.ofSeconds(1));
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    report = queue.report(write);
    return report;
  }

  /** Says whether the caller was left in peace meanwhile. */
  private boolean joined(Duration patience) {
    try {
      thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(WriterQueue.nanos(patience))));
      return true;
    } catch (InterruptedException hurried) {
      return false;
    }
  }
}
