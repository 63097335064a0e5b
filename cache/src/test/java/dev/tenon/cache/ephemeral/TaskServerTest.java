package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.cache.Cache;
import dev.tenon.cache.CacheFinding;
import dev.tenon.cache.Codec;
import dev.tenon.cache.ephemeral.TaskQueue.Worker;
import dev.tenon.core.RetryableException;
import dev.tenon.testkit.servers.RedisServer;
import dev.tenon.testkit.servers.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What tasks ask of a server, and what is left of them after a crash of it. */
class TaskServerTest {

  private static final TaskPolicy PATIENT = TaskQueueTest.policy(Duration.ofMinutes(1));

  /** Looks for tasks when it begins and when one has ended, and at no other time. */
  private static final TaskPolicy QUIET = PATIENT.withPolling(Duration.ofMinutes(1));

  @Test
  void enqueueing_and_ending_are_one_command_each() {
    try (RedisServer server = RedisServer.start();
        TestRedis redis = server.database();
        Processes alone = new Processes(redis)) {
      TaskQueue<String> queue =
          Ephemeral.on(alone.quiet(redis.uri().toString()))
              .taskQueue("mail", Codec.json(String.class), QUIET);
      queue.enqueue(ACME, "first");
      assertThat(scripts(alone, () -> queue.enqueue(ACME, "second"))).isEqualTo(1);
      CountDownLatch go = new CountDownLatch(1);
      Worker worker = queue.work(() -> List.of(ACME), 2, task -> go.await());
      Processes.until("both are begun", () -> worker.running() == 2);
      long ends =
          scripts(
              alone,
              () -> {
                go.countDown();
                worker.close();
              });
      assertThat(ends).as("two ends, and a look before it was closed").isBetween(2L, 4L);
    }
  }

  @Test
  void what_redis_confirmed_is_there_after_a_crash_with_appendonly_and_a_finding_asks_for_it() {
    for (String appendonly : List.of("yes", "no")) {
      try (RedisServer server =
              RedisServer.start(Map.of("appendonly", appendonly, "appendfsync", "always"));
          TestRedis redis = server.database();
          Processes alone = new Processes(redis)) {
        Cache cache = alone.cache();
        TaskQueue<String> queue =
            Ephemeral.on(cache).taskQueue("mail", Codec.json(String.class), PATIENT);
        for (int i = 0; i < 20; i++) {
          queue.enqueue(ACME, "task");
        }
        boolean isLasting = appendonly.equals("yes");
        assertThat(cache.findings())
            .filteredOn(finding -> finding.check() == CacheFinding.Check.PERSISTENCE)
            .hasSize(isLasting ? 0 : 1)
            .allSatisfy(finding -> assertThat(finding.what()).contains("tasks of 'mail'"));
        server.kill9();
        server.restart();
        Processes.until("it is connected again", () -> answers(queue));
        AtomicInteger done = new AtomicInteger();
        Worker worker = queue.work(() -> List.of(ACME), 2, task -> done.incrementAndGet());
        Processes.until("nothing is left", () -> TaskQueueTest.isEmpty(queue, ACME));
        worker.close();
        assertThat(done).hasValue(isLasting ? 20 : 0);
      }
    }
  }

  private static boolean answers(TaskQueue<String> queue) {
    try {
      return queue.length(ACME).due() >= 0;
    } catch (RetryableException unanswered) {
      return false;
    }
  }

  /** How many scripts the server of one test runs by their digest. */
  private static long scripts(Processes alone, Runnable work) {
    long before = scripts(alone);
    work.run();
    return scripts(alone) - before;
  }

  private static long scripts(Processes alone) {
    String keyword = "cmdstat_evalsha:calls=";
    return alone
        .redis()
        .info("commandstats")
        .lines()
        .filter(line -> line.startsWith(keyword))
        .mapToLong(line -> Long.parseLong(line.substring(keyword.length(), line.indexOf(','))))
        .sum();
  }
}
