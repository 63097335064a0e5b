package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenon.core.TenantId;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.servers.TestRedis;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real processes that ask for one cold key at the same time: the test A6 of the note. */
@TenonTest
class StampedeProcessesTest {

  private static final TenantId TENANT = TenantId.parse("0191f6c0-0000-7000-8000-00000000000a");
  private static final int PROCESSES = 4;
  private static final int THREADS = 25;
  private static final Duration LEASE = Duration.ofSeconds(2);

  private final Nodes nodes = new Nodes();
  private final List<Child> children = new ArrayList<>();

  @AfterEach
  void ends_what_it_started() {
    children.forEach(Child::kill9);
    nodes.close();
  }

  @Test
  void a_hundred_threads_of_four_processes_are_one_load(TestRedis redis) {
    String url = redis.uri().toString();
    for (int i = 0; i < PROCESSES; i++) {
      // No holder of the lease dies here, so none is taken for dead that the machine lets wait.
      children.add(Child.start(nodes.service(), url, 100, Duration.ofMinutes(1)));
    }
    children.forEach(child -> child.awaitLine("ready"));
    children.forEach(child -> child.say("go"));
    long loads = 0;
    for (Child child : children) {
      loads += Long.parseLong(child.awaitLine("loads").substring("loads=".length()));
      assertThat(child.awaitLine("wrong")).isEqualTo("wrong=0");
    }
    System.out.printf("A6 %d processes of %d threads: %d loads%n", PROCESSES, THREADS, loads);
    assertThat(loads).isEqualTo(1);
  }

  @Test
  void a_holder_of_the_lease_that_is_killed_is_replaced_within_the_lease(TestRedis redis) {
    String url = redis.uri().toString();
    Child holder = Child.start(nodes.service(), url, 60_000, LEASE);
    children.add(holder);
    holder.awaitLine("ready");
    RedisCommands<String, byte[]> admin = nodes.redis(url);
    EntityCache<Integer, Host> other =
        nodes
            .node(nodes.config(url).lease(LEASE))
            .entity("hot", Integer.class, Host.class, Child.POLICY);
    holder.say("go");
    Await.until("it loads", () -> nodes.keys(admin).size() == 1);
    holder.kill9();
    try (Stalls stalls = Stalls.watch()) {
      long start = System.nanoTime();
      Host loaded = other.get(TENANT, 1, id -> Host.named("other"));
      long end = System.nanoTime();
      long millis = stalls.nanosWithout(start, end) / 1_000_000;
      System.out.printf(
          "A6 a killed holder of a lease of %d ms was replaced after %d ms, without stalls %d ms%n",
          LEASE.toMillis(), (end - start) / 1_000_000, millis);
      assertThat(loaded.name()).isEqualTo("other");
      assertThat(millis).isLessThan(LEASE.toMillis() + 1_000);
    }
  }

  /** One of the processes. */
  static final class Child {

    static final CachePolicy POLICY = CachePolicy.timeToLive(Duration.ofMinutes(1));

    private final Process process;
    private final BufferedReader output;

    private Child(Process process) {
      this.process = process;
      this.output =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static Child start(String service, String url, int loadMillis, Duration lease) {
      try {
        return new Child(
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx128m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Child.class.getName(),
                    service,
                    url,
                    Integer.toString(loadMillis),
                    lease.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }

    void say(String word) {
      try {
        process.getOutputStream().write((word + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    }

    String awaitLine(String beginning) {
      try {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
          if (line.startsWith(beginning)) {
            return line;
          }
        }
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
      throw new AssertionError("the child ended without " + beginning);
    }

    void kill9() {
      process.toHandle().destroyForcibly();
      process.onExit().join();
    }

    public static void main(String... words) throws Exception {
      try (Cache cache =
          Cache.open(
              CacheConfig.service(words[0], words[1])
                  .commandTimeout(Duration.ofSeconds(10))
                  .loadWait(Duration.ofMinutes(1))
                  .lease(Duration.parse(words[3]))
                  .build())) {
        Await.until("it is connected", cache::isConnected);
        EntityCache<Integer, Host> hot = cache.entity("hot", Integer.class, Host.class, POLICY);
        print("ready");
        int unused = System.in.read();
        run(hot, Integer.parseInt(words[2]));
      }
    }

    private static void run(EntityCache<Integer, Host> hot, int loadMillis) throws Exception {
      CountDownLatch ready = new CountDownLatch(THREADS);
      CountDownLatch done = new CountDownLatch(THREADS);
      AtomicInteger wrong = new AtomicInteger();
      for (int i = 0; i < THREADS; i++) {
        Thread thread =
            new Thread(
                () -> {
                  ready.countDown();
                  try {
                    ready.await();
                    Host host = hot.get(TENANT, 1, id -> slowly(loadMillis));
                    wrong.addAndGet(host.equals(Host.named("hot")) ? 0 : 1);
                  } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                  } finally {
                    done.countDown();
                  }
                });
        thread.setDaemon(true);
        thread.start();
      }
      boolean isDone = done.await(60, TimeUnit.SECONDS);
      print("loads=" + hot.statistics().loads());
      print("wrong=" + (isDone ? wrong.get() : THREADS));
    }

    private static Host slowly(int millis) {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
      return Host.named("hot");
    }

    private static void print(String line) {
      System.out.println(line);
      System.out.flush();
    }
  }
}
