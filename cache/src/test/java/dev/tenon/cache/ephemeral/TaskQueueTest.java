package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static dev.tenon.cache.ephemeral.Processes.GLOBEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.Cache;
import dev.tenon.cache.Codec;
import dev.tenon.cache.ephemeral.TaskQueue.DeadLetter;
import dev.tenon.cache.ephemeral.TaskQueue.State;
import dev.tenon.cache.ephemeral.TaskQueue.Worker;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.RetryableException;
import dev.tenon.core.TenantId;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TenonTest
class TaskQueueTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final TaskPolicy PATIENT = policy(MINUTE);
  private static final TaskPolicy SHORT = policy(Duration.ofSeconds(1));

  private final List<Worker> workers = new ArrayList<>();
  private Processes processes;

  @BeforeEach
  void opens(TestRedis redis) {
    processes = new Processes(redis);
  }

  @AfterEach
  void leaves_no_key_that_stays() {
    processes.assertThatEveryKeyExpires();
    workers.forEach(Worker::close);
    processes.close();
  }

  @Test
  void no_task_is_handled_by_two_workers_and_every_one_is_done() {
    int tasks = 400;
    Map<UUID, String> running = new ConcurrentHashMap<>();
    Map<UUID, AtomicInteger> done = new ConcurrentHashMap<>();
    AtomicInteger twice = new AtomicInteger();
    for (int process = 0; process < 3; process++) {
      work(
          queue(PATIENT),
          4,
          task -> {
            if (running.putIfAbsent(task.id(), task.task()) != null) {
              twice.incrementAndGet();
            }
            LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(2_000_000));
            done.computeIfAbsent(task.id(), id -> new AtomicInteger()).incrementAndGet();
            running.remove(task.id());
          });
    }
    TaskQueue<String> queue = queue(PATIENT);
    for (int i = 0; i < tasks; i++) {
      queue.enqueue(i % 3 == 0 ? GLOBEX : ACME, "task-" + i);
    }
    Processes.until("all are done", () -> done.size() == tasks);
    assertThat(twice).hasValue(0);
    assertThat(done.values()).allSatisfy(times -> assertThat(times).hasValue(1));
    Processes.until("nothing is left", () -> isEmpty(queue, ACME) && isEmpty(queue, GLOBEX));
    assertThat(processes.keys()).noneMatch(key -> key.endsWith(":bodies"));
  }

  @Test
  void a_task_whose_worker_says_nothing_comes_again_and_its_first_worker_is_not_heard() {
    CountDownLatch silence = new CountDownLatch(1);
    ConcurrentLinkedQueue<Boolean> heard = new ConcurrentLinkedQueue<>();
    work(
        queue(SHORT),
        1,
        task -> {
          silence.await();
          heard.add(task.progress("late"));
          throw new IllegalStateException("late");
        });
    TaskQueue<String> queue = queue(SHORT);
    UUID id = queue.enqueue(ACME, "task");
    Worker first = workers.get(0);
    Processes.until("it is begun", () -> first.running() == 1);
    ConcurrentLinkedQueue<Integer> attempts = new ConcurrentLinkedQueue<>();
    work(
        queue(SHORT),
        1,
        task -> {
          attempts.add(task.attempt());
          silence.countDown();
          while (first.running() > 0) {
            assertThat(task.progress("mine")).isTrue();
          }
          assertThat(queue.status(ACME, id).orElseThrow())
              .isEqualTo(new TaskQueue.Status(State.DUE, 2, "mine", ""));
        });
    Processes.until("the second has done it", () -> queue.status(ACME, id).isEmpty());
    assertThat(heard).containsExactly(false);
    assertThat(attempts).containsExactly(2);
    assertThat(queue.length(ACME)).isEqualTo(new TaskQueue.Length(0, 0, 0));
  }

  @Test
  void a_worker_that_tells_its_progress_keeps_its_task() {
    AtomicInteger begun = new AtomicInteger();
    TaskQueue<String> queue = queue(policy(Duration.ofSeconds(2)));
    for (int process = 0; process < 2; process++) {
      work(
          queue(policy(Duration.ofSeconds(2))),
          1,
          task -> {
            begun.incrementAndGet();
            for (int i = 1; i <= 12; i++) {
              LockSupport.parkNanos(Duration.ofMillis(250).toNanos());
              assertThat(task.progress(i + " of 12")).isTrue();
            }
          });
    }
    UUID id = queue.enqueue(ACME, "long");
    Processes.until(
        "it is half done",
        () -> queue.status(ACME, id).filter(now -> now.progress().equals("6 of 12")).isPresent());
    Processes.until("it is done", () -> queue.status(ACME, id).isEmpty());
    assertThat(begun).hasValue(1);
  }

  @Test
  void a_task_that_always_fails_becomes_a_dead_letter_and_blocks_nobody() {
    AtomicInteger done = new AtomicInteger();
    ConcurrentLinkedQueue<Instant> attempts = new ConcurrentLinkedQueue<>();
    TaskQueue<String> queue = queue(PATIENT);
    UUID poison = queue.enqueue(ACME, "poison");
    for (int i = 0; i < 50; i++) {
      queue.enqueue(ACME, "good");
    }
    work(
        queue(PATIENT),
        1,
        task -> {
          if (task.task().equals("poison")) {
            attempts.add(Instant.now());
            throw new IllegalArgumentException("not this one");
          }
          done.incrementAndGet();
        });
    Processes.until("the others are done", () -> done.get() == 50);
    Processes.until("it is dead", () -> state(queue, poison) == State.DEAD);
    assertThat(attempts).hasSize(3);
    List<Instant> times = List.copyOf(attempts);
    assertThat(Duration.between(times.get(0), times.get(1))).isGreaterThan(Duration.ofMillis(70));
    assertThat(Duration.between(times.get(1), times.get(2))).isGreaterThan(Duration.ofMillis(140));
    DeadLetter<String> letter = queue.deadLetters(ACME, 10).get(0);
    assertThat(letter.id()).isEqualTo(poison);
    assertThat(letter.task()).contains("poison");
    assertThat(letter.attempts()).isEqualTo(3);
    assertThat(letter.error()).contains("not this one");
    assertThat(letter.diedAt()).isBetween(times.get(2).minusSeconds(1), Instant.now());

    assertThat(queue.retry(GLOBEX, poison)).isFalse();
    assertThat(queue.retry(ACME, poison)).isTrue();
    Processes.until("it was tried again", () -> attempts.size() == 6);
    Processes.until("it is dead again", () -> state(queue, poison) == State.DEAD);
    assertThat(queue.drop(ACME, poison)).isTrue();
    assertThat(queue.drop(ACME, poison)).isFalse();
    assertThat(queue.deadLetters(ACME, 10)).isEmpty();
    assertThat(queue.status(ACME, poison)).isEmpty();
  }

  @Test
  void a_task_that_ends_every_worker_becomes_a_dead_letter_too() {
    CountDownLatch silence = new CountDownLatch(1);
    TaskQueue<String> queue = queue(SHORT);
    UUID poison = queue.enqueue(ACME, "poison");
    work(queue(SHORT), 4, task -> silence.await());
    Processes.until("it is dead", () -> state(queue, poison) == State.DEAD);
    assertThat(queue.deadLetters(ACME, 1).get(0).error()).contains("no worker said");
    silence.countDown();
  }

  @Test
  void a_task_that_the_codec_cannot_read_is_a_dead_letter_at_once() {
    UUID id = queue(PATIENT).enqueue(ACME, "text");
    TaskQueue<Integer> others =
        processes.process().taskQueue("mail", Codec.json(Integer.class), PATIENT);
    workers.add(others.work(() -> List.of(ACME), 1, task -> {}));
    Processes.until("it is dead", () -> !others.deadLetters(ACME, 1).isEmpty());
    assertThat(others.deadLetters(ACME, 1).get(0).task()).isEmpty();
    assertThat(queue(PATIENT).deadLetters(ACME, 1).get(0).id()).isEqualTo(id);
  }

  @Test
  void a_delayed_task_is_begun_at_its_time_and_not_before() {
    ConcurrentLinkedQueue<Long> begun = new ConcurrentLinkedQueue<>();
    TaskQueue<String> queue = queue(PATIENT);
    work(queue(PATIENT), 1, task -> begun.add(System.nanoTime()));
    long begin = System.nanoTime();
    UUID late = UUID.randomUUID();
    assertThat(queue.enqueue(ACME, late, "late", Duration.ofSeconds(2))).isTrue();
    assertThat(state(queue, late)).isEqualTo(State.DELAYED);
    assertThat(queue.length(ACME)).isEqualTo(new TaskQueue.Length(0, 1, 0));
    Processes.until("it is begun", () -> !begun.isEmpty());
    assertThat(Duration.ofNanos(begun.element() - begin)).isGreaterThan(Duration.ofMillis(1_995));
    Processes.until("it is done", () -> isEmpty(queue, ACME));
    UUID dropped = UUID.randomUUID();
    queue.enqueue(ACME, dropped, "dropped", MINUTE);
    assertThat(queue.drop(ACME, dropped)).isTrue();
    assertThat(queue.length(ACME)).isEqualTo(new TaskQueue.Length(0, 0, 0));
  }

  @Test
  void a_task_is_there_once_however_often_it_is_enqueued() {
    TaskQueue<String> queue = queue(PATIENT);
    UUID id = UUID.randomUUID();
    assertThat(queue.enqueue(ACME, id, "task", Duration.ZERO)).isTrue();
    assertThat(queue.enqueue(ACME, id, "task", Duration.ZERO)).isFalse();
    assertThat(queue.length(ACME).due()).isEqualTo(1);
    assertThat(queue.enqueue(GLOBEX, id, "task", Duration.ZERO)).isTrue();
  }

  @Test
  void a_full_queue_refuses_and_changes_nothing() {
    TaskQueue<String> queue = queue(PATIENT.withCapacity(2));
    queue.enqueue(ACME, "one");
    queue.enqueue(ACME, UUID.randomUUID(), "two", MINUTE);
    assertThatThrownBy(() -> queue.enqueue(ACME, "three"))
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("the queue is full");
    assertThat(queue.length(ACME)).isEqualTo(new TaskQueue.Length(1, 1, 0));
    queue.enqueue(GLOBEX, "three");
  }

  @Test
  void a_worker_that_is_closed_ends_what_it_has_and_takes_no_more() {
    CountDownLatch begun = new CountDownLatch(2);
    AtomicInteger ended = new AtomicInteger();
    TaskQueue<String> queue = queue(PATIENT);
    for (int i = 0; i < 5; i++) {
      queue.enqueue(ACME, "task");
    }
    Worker worker =
        queue(PATIENT)
            .work(
                () -> List.of(ACME),
                2,
                task -> {
                  begun.countDown();
                  TimeUnit.SECONDS.sleep(1);
                  ended.incrementAndGet();
                });
    Processes.until("two are begun", () -> begun.getCount() == 0);
    worker.close();
    assertThat(ended.get()).isBetween(2, 3);
    assertThat(worker.running()).isZero();
    assertThat(queue.length(ACME).due()).isEqualTo(5 - ended.get());
  }

  @Test
  void a_worker_sees_the_tasks_of_its_owners_only_and_a_tenant_can_be_forgotten() {
    ConcurrentLinkedQueue<Owner> seen = new ConcurrentLinkedQueue<>();
    Cache cache = processes.cache();
    TaskQueue<String> queue =
        Ephemeral.on(cache).taskQueue("mail", Codec.json(String.class), PATIENT);
    queue.enqueue(GLOBEX, "theirs");
    queue.enqueue(ACME, "ours");
    work(queue(PATIENT), 2, List.of(ACME), task -> seen.add(task.owner()));
    Processes.until("ours is done", () -> isEmpty(queue, ACME));
    assertThat(seen).containsExactly(ACME);
    assertThat(queue.length(GLOBEX).due()).isEqualTo(1);
    cache.forget(TenantId.parse(GLOBEX.toString()));
    assertThat(queue.length(GLOBEX).due()).isZero();
    assertThat(processes.keys()).noneMatch(key -> key.contains(GLOBEX.toString()));
  }

  @Test
  void what_cannot_be_kept_is_refused_at_the_call() {
    TaskQueue<String> queue = queue(PATIENT);
    assertThatThrownBy(() -> policy(Duration.ZERO)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> PATIENT.withMostAttempts(0)).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> PATIENT.withPauses(MINUTE, Duration.ofSeconds(1)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("longestPause");
    assertThatThrownBy(() -> queue.enqueue(ACME, "x".repeat(1 << 20)))
        .isInstanceOf(InvalidDataException.class);
    assertThatThrownBy(() -> queue.work(() -> List.of(ACME), 0, task -> {}))
        .isInstanceOf(UsageException.class);
    assertThat(processes.keys()).isEmpty();
  }

  @Test
  void an_outage_is_told_in_time_and_outlived(TestRedis redis) {
    processes.assertThatItOutlivesAnOutage(
        redis,
        ephemeral ->
            ephemeral.taskQueue("mail", Codec.json(String.class), PATIENT).enqueue(ACME, "task"),
        () -> assertThat(queue(PATIENT).length(ACME).due()).isGreaterThanOrEqualTo(2));
  }

  private TaskQueue<String> queue(TaskPolicy policy) {
    return processes.process().taskQueue("mail", Codec.json(String.class), policy);
  }

  private void work(TaskQueue<String> queue, int threads, TaskQueue.Handler<String> handler) {
    work(queue, threads, List.of(ACME, GLOBEX), handler);
  }

  private void work(
      TaskQueue<String> queue, int threads, List<Owner> owners, TaskQueue.Handler<String> handler) {
    workers.add(queue.work(() -> owners, threads, handler));
  }

  static TaskPolicy policy(Duration visibilityTimeout) {
    return TaskPolicy.visibilityTimeout(visibilityTimeout)
        .withMostAttempts(3)
        .withPauses(Duration.ofMillis(100), Duration.ofSeconds(10))
        .withPolling(Duration.ofMillis(10));
  }

  private static State state(TaskQueue<String> queue, UUID id) {
    return queue.status(ACME, id).orElseThrow().state();
  }

  static boolean isEmpty(TaskQueue<String> queue, Owner owner) {
    return queue.length(owner).equals(new TaskQueue.Length(0, 0, 0));
  }
}
