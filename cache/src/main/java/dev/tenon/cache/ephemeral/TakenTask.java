package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.Faults;
import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenonException;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An attempt: it is this process's until the visibility timeout is over. */
final class TakenTask<T> implements TaskQueue.Running<T> {

  private static final Logger LOG = LoggerFactory.getLogger(TakenTask.class);
  private static final long NEVER = -1;

  private final TaskQueue<T> queue;
  private final Owner owner;
  private final UUID id;
  private final byte[] entry;
  private final int attempt;
  private @Nullable T task;
  private volatile long since = System.nanoTime();

  TakenTask(TaskQueue<T> queue, Owner owner, UUID id, byte[] entry, int attempt) {
    this.queue = queue;
    this.owner = owner;
    this.id = id;
    this.entry = entry;
    this.attempt = attempt;
  }

  @Override
  public UUID id() {
    return id;
  }

  @Override
  public Owner owner() {
    return owner;
  }

  @Override
  public T task() {
    return Objects.requireNonNull(task);
  }

  @Override
  public int attempt() {
    return attempt;
  }

  @Override
  public boolean progress(String text) {
    String operation = "TaskQueue.progress";
    long asked = System.nanoTime();
    byte[] bytes = Arguments.text(queue.space().where(operation), "progress", text);
    boolean isOwn = ask(operation, TaskScripts.PROGRESS, bytes);
    if (isOwn) {
      since = asked;
    }
    return isOwn;
  }

  /** Lets the handler do it, and tells Redis how it ended. */
  void run(byte[] bytes, TaskQueue.Handler<T> handler) {
    task = queue.decoded(bytes);
    if (task == null) {
      fail(NEVER, "the codec cannot read it".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      return;
    }
    try {
      handler.handle(this);
    } catch (Throwable error) {
      LOG.debug("attempt {} of task {} failed: {}", attempt, id, Faults.text(error));
      TaskPolicy policy = queue.policy();
      fail(
          attempt >= policy.mostAttempts()
              ? NEVER
              : policy.pauseMillis(attempt, ThreadLocalRandom.current().nextDouble()),
          TaskQueue.error(error));
      return;
    }
    tell(() -> ask("TaskQueue.end", TaskScripts.END));
  }

  private void fail(long pauseMillis, byte[] error) {
    tell(() -> ask("TaskQueue.fail", TaskScripts.FAIL, Arguments.number(pauseMillis), error));
  }

  /** A word to Redis; whether this is still whose attempt it is. */
  @FunctionalInterface
  private interface Word {
    boolean isHeard();
  }

  /** Says it until Redis answers or the time is over; then the task comes again. */
  private void tell(Word word) {
    long deadline = since + queue.policy().visibilityTimeout().toNanos();
    boolean isInterrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          if (!word.isHeard()) {
            LOG.warn("task {} took too long, and another worker got it", id);
          }
          return;
        } catch (RetryableException unanswered) {
          if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
            LOG.warn("Redis did not hear how task {} ended; it comes again", id, unanswered);
            return;
          }
          LockSupport.parkNanos(this, queue.policy().polling().toNanos());
        } catch (TenonException refused) {
          LOG.warn("Redis refused to hear how task {} ended; it comes again", id, refused);
          return;
        }
      }
    } finally {
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private boolean ask(String operation, RedisScript script, byte[]... more) {
    byte[][] arguments = new byte[4 + more.length][];
    arguments[0] = Arguments.ascii(id.toString());
    arguments[1] = entry;
    arguments[2] = Arguments.number(attempt);
    arguments[3] = queue.kept();
    System.arraycopy(more, 0, arguments, 4, more.length);
    return queue.ask(operation, script, owner, arguments).number(0) == 1;
  }
}
