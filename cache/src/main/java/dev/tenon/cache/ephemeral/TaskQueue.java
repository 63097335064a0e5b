package dev.tenon.cache.ephemeral;

import dev.tenon.cache.Codec;
import dev.tenon.cache.internal.Faults;
import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import dev.tenon.core.RetryableException;
import dev.tenon.core.ServerException;
import dev.tenon.core.UuidV7;
import dev.tenon.core.internal.Required;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that some worker does later, at least once.
 *
 * <p>A task whose worker ended, or needs longer than the visibility timeout, is given to another:
 * so it may be done twice, and its handler must stand that. Tasks are begun in the order in which
 * they became due and end in any. What Redis confirmed is as lasting as Redis: without {@code
 * appendonly} a crash of Redis loses tasks, and {@link dev.tenon.cache.Cache#findings} says so.
 * What must not be lost, or must happen exactly if a transaction commits, belongs into the outbox.
 *
 * <p>All tasks of one owner are in one slot of a Redis Cluster. Each method is one round trip, and
 * throws a {@link RetryableException} where Redis did not answer and a {@link ServerException}
 * where it refused. Safe for use by many threads.
 *
 * @param <T> the tasks
 */
public final class TaskQueue<T> {

  private static final int MOST_LISTED = 10_000;
  private static final int LONGEST_ERROR = 1_000;

  private final Space space;
  private final Codec<T> codec;
  private final TaskPolicy policy;

  TaskQueue(Space space, Codec<T> codec, TaskPolicy policy) {
    this.space = space;
    this.codec = codec;
    this.policy = policy;
  }

  /**
   * A task in the hands of a worker.
   *
   * @param <T> the tasks
   */
  public interface Running<T> {
    UUID id();

    Owner owner();

    T task();

    /** Which attempt this is; the first is 1. */
    int attempt();

    /**
     * Tells how far it is, and begins the visibility timeout anew.
     *
     * @param text at most 512 characters
     * @return false if the time was over and another worker has it; then what is done here is done
     *     twice
     */
    boolean progress(String text);
  }

  /**
   * Does tasks. What it throws is kept as the error of the attempt.
   *
   * @param <T> the tasks
   */
  @FunctionalInterface
  public interface Handler<T> {
    void handle(Running<T> running) throws Exception;
  }

  /** What does tasks until it is closed. Safe for use by many threads. */
  public interface Worker extends AutoCloseable {

    /** How many tasks it does now. */
    int running();

    /**
     * Takes no more tasks, and waits for those that run, at most for the visibility timeout; what
     * runs then is interrupted, and comes again.
     */
    @Override
    void close();
  }

  /** Where a task is. */
  public enum State {
    /** A worker has it, or the next that is free gets it. */
    DUE,
    /** Its time is to come. */
    DELAYED,
    /** It was tried in vain. */
    DEAD
  }

  /**
   * How a task is doing.
   *
   * @param attempts how often it was begun
   * @param progress what its worker told last; empty before
   * @param error what ended the last attempt that failed; empty before
   */
  public record Status(State state, int attempts, String progress, String error) {}

  /**
   * How many tasks there are.
   *
   * @param due those that a worker has included
   */
  public record Length(long due, long delayed, long dead) {}

  /**
   * A task that was tried in vain.
   *
   * @param task empty where the codec cannot read it
   * @param <T> the tasks
   */
  public record DeadLetter<T>(
      UUID id, Instant diedAt, int attempts, String error, Optional<T> task) {}

  /**
   * Adds a task that is due now.
   *
   * @return by what it is asked for
   * @throws RetryableException if Redis did not answer, and then it may be there or not; or if
   *     there is no room
   * @throws InvalidDataException if it cannot be encoded or has more than 1 MiB
   */
  public UUID enqueue(Owner owner, T task) {
    UUID id = UuidV7.next();
    boolean unused = enqueue(owner, id, task, Duration.ZERO);
    return id;
  }

  /**
   * Adds a task, unless it is there: so it can be called again with the same identifier where Redis
   * did not answer.
   *
   * @param delay until it is due: 0 to 10 years
   * @return whether it was not there
   */
  public boolean enqueue(Owner owner, UUID id, T task, Duration delay) {
    String operation = "TaskQueue.enqueue";
    String where = space.where(operation);
    long due =
        Required.require(delay, "delay", where).isZero()
            ? 0
            : Arguments.duration(where, "delay", delay).toMillis();
    byte[] bytes = Arguments.encoded(where, codec, task);
    long answer =
        ask(
                operation,
                TaskScripts.ENQUEUE,
                owner,
                identifier(where, id),
                bytes,
                Arguments.number(due),
                Arguments.number(policy.capacity()),
                kept())
            .number(0);
    if (answer == 2) {
      throw new RetryableException(
          Problem.what("the queue is full")
              .where(where)
              .why(owner + " has " + policy.capacity() + " tasks in it, dead letters included")
              .fix("add workers, drop dead letters, or raise the capacity"));
    }
    return answer == 1;
  }

  /** How a task is doing; empty once it was done, dropped or never there. */
  public Optional<Status> status(Owner owner, UUID id) {
    String operation = "TaskQueue.status";
    Answer answer =
        ask(operation, TaskScripts.STATUS, owner, identifier(space.where(operation), id));
    return answer.number(0) == 0
        ? Optional.empty()
        : Optional.of(
            new Status(
                State.values()[(int) answer.number(0) - 1],
                (int) answer.number(1),
                answer.text(2),
                answer.text(3)));
  }

  public Length length(Owner owner) {
    Answer answer = ask("TaskQueue.length", TaskScripts.LENGTH, owner);
    return new Length(answer.number(0), answer.number(1), answer.number(2));
  }

  /**
   * The dead letters of an owner, the oldest first.
   *
   * @param most 1 to 10,000
   */
  public List<DeadLetter<T>> deadLetters(Owner owner, int most) {
    String operation = "TaskQueue.deadLetters";
    Arguments.between(space.where(operation), "most", most, 1, MOST_LISTED);
    List<DeadLetter<T>> letters = new ArrayList<>();
    for (Object part : ask(operation, TaskScripts.DEAD, owner, Arguments.number(most)).parts()) {
      Answer letter = new Answer((List<?>) part);
      letters.add(
          new DeadLetter<>(
              UUID.fromString(letter.text(0)),
              Instant.ofEpochMilli(letter.number(1)),
              (int) letter.number(2),
              letter.text(3),
              Optional.ofNullable(decoded(letter.bytes(4)))));
    }
    return letters;
  }

  /** Makes a dead letter due again, as if it had never been tried; whether it was one. */
  public boolean retry(Owner owner, UUID id) {
    String operation = "TaskQueue.retry";
    return ask(operation, TaskScripts.RETRY, owner, identifier(space.where(operation), id), kept())
            .number(0)
        == 1;
  }

  /** Removes a dead letter or a task whose time is to come; whether it was one. */
  public boolean drop(Owner owner, UUID id) {
    String operation = "TaskQueue.drop";
    return ask(operation, TaskScripts.DROP, owner, identifier(space.where(operation), id)).number(0)
        == 1;
  }

  /**
   * Starts to do tasks, until the worker or the cache is closed.
   *
   * @param owners whose; asked again at each look, which takes one script for each owner, as many
   *     at a time as there are threads free. No owner waits for another one's tasks to be done
   * @param threads how many tasks this process does at a time: 1 to 1,000
   */
  public Worker work(
      Supplier<? extends Collection<Owner>> owners, int threads, Handler<T> handler) {
    String where = space.where("TaskQueue.work");
    Required.require(owners, "owners", where);
    Required.require(handler, "handler", where);
    Arguments.between(where, "threads", threads, 1, 1_000);
    TaskWorker<T> worker = new TaskWorker<>(this, owners, threads, handler);
    worker.start();
    return worker;
  }

  Space space() {
    return space;
  }

  TaskPolicy policy() {
    return policy;
  }

  byte[] kept() {
    return Arguments.millis(policy.retention());
  }

  /** Null where the codec cannot read it. */
  @Nullable T decoded(byte[] bytes) {
    try {
      return Arguments.decoded(space.where("TaskQueue"), codec, bytes);
    } catch (InvalidDataException unreadable) {
      return null;
    }
  }

  /** What is kept of an error. */
  static byte[] error(Throwable error) {
    String text = Faults.text(error);
    return text.substring(0, Math.min(text.length(), LONGEST_ERROR))
        .getBytes(StandardCharsets.UTF_8);
  }

  /** The keys of an owner's tasks, as {@link TaskScripts} takes them. */
  String[] keys(String operation, Owner owner) {
    String tag = space.tag(operation, owner, "tasks");
    return new String[] {
      tag + "stream",
      tag + "delayed",
      tag + "bodies",
      tag + "attempts",
      tag + "dead",
      tag + "errors",
      tag + "progress"
    };
  }

  Answer ask(String operation, RedisScript script, Owner owner, byte[]... arguments) {
    return space.ask(operation, script, keys(operation, owner), arguments);
  }

  private static byte[] identifier(String where, UUID id) {
    return Arguments.ascii(Required.require(id, "identifier", where).toString());
  }

  @Override
  public String toString() {
    return "TaskQueue[" + space.name() + "]";
  }
}
