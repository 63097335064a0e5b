package dev.tenon.timeseries;

import dev.tenon.core.OutcomeUnknownException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.timeseries.SampleWriter.Metrics;
import dev.tenon.timeseries.SampleWriter.Options;
import dev.tenon.timeseries.SampleWriter.Report;
import dev.tenon.timeseries.SampleWriter.Result;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The records that wait for a writer, in batches; no more than its capacity. */
final class WriterQueue<T> {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Condition work = lock.newCondition();
  private final Queue<Batch<T>> sealed = new ArrayDeque<>();
  private final Options options;
  private final Clock clock;
  private final String where;
  private @Nullable Batch<T> gathering;
  private @Nullable Batch<T> underWay;
  private int count;
  private boolean closed;
  private volatile boolean abandoned;

  /** Records that are written together. */
  record Batch<T>(List<T> rows, BatchFuture future, Instant since) {}

  WriterQueue(Options options, Clock clock, String where) {
    this.options = options;
    this.clock = clock;
    this.where = where;
  }

  /** Adds a record once there is room; empty if there is none in time. */
  Optional<CompletableFuture<Result>> add(T row, Duration patience) throws InterruptedException {
    long left = nanos(patience);
    lock.lockInterruptibly();
    try {
      requireOpen();
      while (count == options.capacity()) {
        if (left <= 0) {
          return Optional.empty();
        }
        left = room.awaitNanos(left);
        requireOpen();
      }
      Batch<T> batch = gathering;
      if (batch == null) {
        batch = new Batch<>(new ArrayList<>(), new BatchFuture(), clock.instant());
        gathering = batch;
        work.signalAll();
      }
      batch.rows().add(row);
      count++;
      if (batch.rows().size() == options.batch()) {
        sealGathering();
      }
      return Optional.of(batch.future());
    } finally {
      lock.unlock();
    }
  }

  /** A length that no long holds is for ever. */
  static long nanos(Duration patience) {
    return patience.compareTo(Duration.ofDays(36_500)) > 0
        ? Long.MAX_VALUE
        : patience.isNegative() ? 0 : patience.toNanos();
  }

  private void requireOpen() {
    if (closed) {
      throw new UsageException(
          Problem.what("a record was handed to a writer that is closed")
              .where(where)
              .why("its thread has ended, or ends with what it had")
              .fix("make another writer, and close it when nobody appends any more"));
    }
  }

  private void sealGathering() {
    if (gathering != null) {
      sealed.add(gathering);
      gathering = null;
      work.signalAll();
    }
  }

  void seal() {
    lock.lock();
    try {
      sealGathering();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next batch that is full or old enough; null when the queue is closed and empty, or was
   * abandoned. An interrupt by somebody else ends nothing.
   */
  @Nullable Batch<T> take() {
    lock.lock();
    try {
      while (sealed.isEmpty() && !closed) {
        long left = nanosToGather();
        if (left <= 0) {
          sealGathering();
        } else {
          awaitWork(left);
        }
      }
      if (sealed.isEmpty() || abandoned) {
        return null;
      }
      underWay = sealed.remove();
      return underWay;
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // the one caller is a loop
  private void awaitWork(long nanos) {
    try {
      long unused = work.awaitNanos(nanos);
    } catch (InterruptedException ignored) {
      // The loop looks whether there is anything to do.
    }
  }

  /** How long the batch that is gathered may wait for more. */
  private long nanosToGather() {
    return gathering == null
        ? Long.MAX_VALUE
        : nanos(options.longestWait())
            - nanos(Duration.between(gathering.since(), clock.instant()));
  }

  /** Makes room for as many records as the batch had. */
  void done(Batch<T> batch) {
    lock.lock();
    try {
      count -= batch.rows().size();
      underWay = null;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more records. */
  void close() {
    lock.lock();
    try {
      closed = true;
      sealGathering();
      room.signalAll();
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Has no other batch be taken, and the one that is under way not be tried again. */
  void abandon() {
    lock.lock();
    try {
      abandoned = true;
    } finally {
      lock.unlock();
    }
  }

  boolean isAbandoned() {
    return abandoned;
  }

  Metrics metrics(BatchWrite<T> write) {
    lock.lock();
    try {
      long active = underWay == null ? 0 : underWay.rows().size();
      Batch<T> first = underWay != null ? underWay : sealed.isEmpty() ? gathering : sealed.peek();
      return new Metrics(
          count - active,
          active,
          first == null ? Duration.ZERO : Duration.between(first.since(), clock.instant()),
          write.stored(),
          write.dead(),
          write.retries());
    } finally {
      lock.unlock();
    }
  }

  Report<T> report(BatchWrite<T> write) {
    lock.lock();
    try {
      List<T> unwritten = new ArrayList<>();
      for (Batch<T> batch : sealed) {
        unwritten.addAll(batch.rows());
        fail(
            batch,
            new RetryableException(
                Problem.what("the writer was closed before this batch was written")
                    .where(where)
                    .why("the database took nothing until the deadline")
                    .fix("append the records again")));
      }
      List<T> uncertain = List.of();
      if (underWay != null) {
        uncertain = underWay.rows();
        fail(
            underWay,
            new OutcomeUnknownException(
                Problem.what("the writer was closed while this batch was under way")
                    .where(where)
                    .why("the database did not answer until the deadline")
                    .fix("look for the records before they are appended again")));
      }
      return new Report<>(write.stored(), write.dead(), unwritten, uncertain);
    } finally {
      lock.unlock();
    }
  }

  private static void fail(Batch<?> batch, TenonException error) {
    batch.future().fail(error);
  }
}
