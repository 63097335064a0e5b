package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.Codec;
import dev.tenon.cache.ephemeral.TaskQueue.State;
import dev.tenon.cache.ephemeral.TaskQueue.Worker;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Errors of handlers, workers that end, and parts of a queue that Redis lost. */
@TenonTest
class TaskFaultTest {

  private static final TaskPolicy PATIENT = TaskQueueTest.policy(Duration.ofMinutes(1));
  private static final TaskPolicy SHORT = TaskQueueTest.policy(Duration.ofMillis(300));
  private static final TaskPolicy FORGETFUL = PATIENT.withRetention(Duration.ofMillis(400));
  private static final Duration LATER = Duration.ofMinutes(1);

  private final List<Worker> workers = new ArrayList<>();
  private Processes processes;
  private Ephemeral own;

  @BeforeEach
  void opens(TestRedis redis) {
    processes = new Processes(redis);
    own = processes.process();
  }

  @AfterEach
  void leaves_no_key_that_stays() {
    processes.assertThatEveryKeyExpires();
    workers.forEach(Worker::close);
    processes.close();
  }

  @Test
  void a_worker_whose_owners_cannot_be_told_once_asks_again() {
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    workers.add(
        queue(PATIENT)
            .work(
                () -> {
                  if (asked.incrementAndGet() == 1) {
                    throw new StackOverflowError();
                  }
                  return List.of(ACME);
                },
                1,
                task -> done.incrementAndGet()));
    queue(PATIENT).enqueue(ACME, "task");
    Processes.until("it is done", () -> done.get() == 1);
  }

  @Test
  void an_error_of_any_kind_ends_the_attempt_at_once_and_is_kept() {
    workers.add(
        queue(PATIENT)
            .work(
                () -> List.of(ACME),
                1,
                task -> {
                  throw new OutOfMemoryError("no heap");
                }));
    UUID id = queue(PATIENT).enqueue(ACME, "task");
    Processes.until("it is dead", () -> state(id) == State.DEAD);
    assertThat(error(id)).contains("OutOfMemoryError").contains("no heap");
  }

  @Test
  void an_error_that_cannot_say_what_it_is_is_kept_by_its_name() {
    workers.add(
        queue(PATIENT)
            .work(
                () -> List.of(ACME),
                1,
                task -> {
                  throw new Speechless();
                }));
    UUID id = queue(PATIENT).enqueue(ACME, "task");
    Processes.until("it is dead", () -> state(id) == State.DEAD);
    assertThat(error(id)).contains("Speechless");
  }

  private static final class Speechless extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new IllegalStateException("no words");
    }
  }

  @Test
  void the_task_of_a_worker_that_ended_is_taken_behind_many_that_run_long() {
    int longOnes = 25;
    CountDownLatch end = new CountDownLatch(1);
    Set<String> running = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < longOnes; i++) {
      queue(SHORT).enqueue(ACME, "long");
    }
    workers.add(
        queue(SHORT)
            .work(
                () -> List.of(ACME),
                longOnes,
                task -> {
                  running.add(task.id().toString());
                  while (end.getCount() > 0) {
                    task.progress("on");
                    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
                  }
                }));
    Processes.until("all of the long ones run", () -> running.size() == longOnes);
    UUID id = queue(SHORT).enqueue(ACME, "of the dead");
    AtomicInteger attempt = new AtomicInteger();
    TaskQueue.Handler<String> handler =
        task -> {
          // Where the machine lets a long one wait, it is taken for dead as well.
          if (!task.id().equals(id)) {
            return;
          }
          if (attempt.compareAndSet(0, task.attempt())) {
            end.await();
          } else {
            attempt.set(task.attempt());
          }
        };
    workers.add(queue(SHORT).work(() -> List.of(ACME), 1, handler));
    Processes.until("one has it, and is silent", () -> attempt.get() == 1);
    workers.add(queue(SHORT).work(() -> List.of(ACME), 1, handler));
    Processes.until("another has done it", () -> queue(SHORT).status(ACME, id).isEmpty());
    assertThat(attempt).hasValue(2);
    end.countDown();
  }

  @Test
  void all_parts_of_a_queue_are_kept_as_long_as_the_longest() {
    TaskQueue<String> queue = queue(FORGETFUL);
    queue.enqueue(ACME, UUID.randomUUID(), "later", LATER);
    queue.enqueue(ACME, "now");
    assertThat(processes.keys())
        .hasSizeGreaterThanOrEqualTo(3)
        .allSatisfy(
            key ->
                assertThat(processes.redis().pttl(key))
                    .as(key)
                    .isGreaterThan(LATER.toMillis() / 2));
  }

  @Test
  void a_task_that_became_due_while_no_worker_was_there_is_done_later() {
    AtomicInteger done = new AtomicInteger();
    TaskQueue<String> queue = queue(FORGETFUL);
    queue.enqueue(ACME, UUID.randomUUID(), "later", LATER);
    UUID now = queue.enqueue(ACME, "now");
    long end = System.nanoTime() + 2 * FORGETFUL.retention().toNanos();
    Processes.until("its retention is over", () -> System.nanoTime() > end);
    workers.add(queue(FORGETFUL).work(() -> List.of(ACME), 1, task -> done.incrementAndGet()));
    Processes.until("it is done", () -> done.get() == 1);
    Processes.until("it has ended", () -> queue.status(ACME, now).isEmpty());
  }

  @Test
  void a_task_whose_place_redis_lost_is_due_again() {
    for (String lost : List.of("stream", "delayed", "dead")) {
      AtomicInteger done = new AtomicInteger();
      TaskQueue<String> queue = queue(PATIENT);
      UUID dead = enqueueADeadOne();
      UUID due = queue.enqueue(ACME, "due");
      UUID later = UUID.randomUUID();
      queue.enqueue(ACME, later, "later", LATER);
      UUID other = queue.enqueue(ACME, "other");
      processes.redis().del(key(lost));
      UUID id = lost.equals("stream") ? due : lost.equals("dead") ? dead : later;
      assertThat(queue.status(ACME, id).orElseThrow().state()).isEqualTo(State.DUE);
      assertThat(queue.enqueue(ACME, id, "again", Duration.ZERO)).isFalse();
      Set<UUID> begun = ConcurrentHashMap.newKeySet();
      Worker worker =
          queue.work(
              () -> List.of(ACME),
              1,
              task -> {
                begun.add(task.id());
                done.incrementAndGet();
              });
      int expected = lost.equals("delayed") ? 3 : 2;
      Processes.until("those due are done", () -> queue.length(ACME).due() == 0);
      worker.close();
      assertThat(done).as(lost).hasValue(expected);
      assertThat(begun).contains(due, other);
      assertThat(state(dead)).isEqualTo(State.DEAD);
      processes.keys().forEach(key -> processes.redis().del(key));
    }
  }

  @Test
  void a_worker_finds_by_itself_the_tasks_whose_place_redis_lost() {
    AtomicInteger done = new AtomicInteger();
    TaskQueue<String> queue = queue(PATIENT);
    queue.enqueue(ACME, "task");
    processes.redis().del(key("stream"));
    workers.add(queue.work(() -> List.of(ACME), 1, task -> done.incrementAndGet()));
    Processes.until("it is done", () -> done.get() == 1);
  }

  private UUID enqueueADeadOne() {
    TaskQueue<String> queue = queue(PATIENT);
    UUID id = queue.enqueue(ACME, "dead");
    try (Worker worker =
        queue.work(
            () -> List.of(ACME),
            1,
            task -> {
              throw new IllegalStateException("in vain");
            })) {
      Processes.until("it is dead", () -> state(id) == State.DEAD);
      assertThat(worker.running()).isBetween(0, 1);
    }
    return id;
  }

  private String key(String part) {
    return "{" + processes.service() + ":task-mail:" + ACME + ":tasks}:" + part;
  }

  private State state(UUID id) {
    return queue(PATIENT).status(ACME, id).orElseThrow().state();
  }

  private String error(UUID id) {
    return queue(PATIENT).status(ACME, id).orElseThrow().error();
  }

  private TaskQueue<String> queue(TaskPolicy policy) {
    return own.taskQueue("mail", Codec.json(String.class), policy);
  }
}
