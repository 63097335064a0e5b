package dev.tenon.cache.ephemeral;

import static dev.tenon.cache.ephemeral.Processes.ACME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.Cache;
import dev.tenon.cache.Codec;
import dev.tenon.core.ServerException;
import dev.tenon.core.TenantId;
import dev.tenon.testkit.servers.RedisServer;
import dev.tenon.testkit.servers.TestRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Users of Redis who may do what the guide says for each feature, and nothing else. */
class EphemeralAccessTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Codec<String> TEXTS = Codec.json(String.class);
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ([a-z ]+) \\| (?:`(\\+[^`]*)`|nothing more) \\|$");
  private static final Pattern USER = Pattern.compile("user fleet on >secret ([^\n]*\n[^\n]*)\n\n");

  private static Map<String, Consumer<Ephemeral>> features(Processes processes) {
    Map<String, Consumer<Ephemeral>> features = new LinkedHashMap<>();
    features.put("rate limits", EphemeralAccessTest::limits);
    features.put("locks", ephemeral -> locks(ephemeral, processes));
    features.put("sessions", EphemeralAccessTest::sessions);
    features.put("idempotency keys", EphemeralAccessTest::once);
    features.put("leaderboards", EphemeralAccessTest::boards);
    features.put("distinct counters", EphemeralAccessTest::distinct);
    features.put("presence", EphemeralAccessTest::presence);
    features.put("topics", EphemeralAccessTest::topics);
    features.put("tasks", ephemeral -> tasks(ephemeral, processes));
    return features;
  }

  @Test
  void the_rights_that_the_guide_names_are_enough_for_each_feature_and_none_is_too_many() {
    Map<String, Set<String>> rights = rights();
    Set<String> base = commands(base());
    try (RedisServer server = RedisServer.start();
        TestRedis database = server.database();
        Processes processes = new Processes(database)) {
      Map<String, Consumer<Ephemeral>> features = features(processes);
      assertThat(rights.keySet()).isEqualTo(features.keySet());
      features.forEach(
          (feature, use) -> {
            Set<String> own = rights.getOrDefault(feature, Set.of());
            try (Cache cache = processes.cacheOf(user(processes, own))) {
              processes.redis().configResetstat();
              use.accept(Ephemeral.on(cache));
              assertThat(used(processes)).as(feature).containsAll(own);
              assertThat(own).as(feature).doesNotContainAnyElementsOf(base);
              cache.forget(TenantId.parse(ACME.toString()));
            }
          });
    }
  }

  @Test
  void a_right_that_is_missing_is_named() {
    try (RedisServer server = RedisServer.start();
        TestRedis database = server.database();
        Processes made = new Processes(database)) {
      Ephemeral ephemeral = Ephemeral.on(made.cacheOf(user(made, Set.of("get", "set", "time"))));
      assertThatThrownBy(() -> limits(ephemeral))
          .isInstanceOf(ServerException.class)
          .hasMessageContaining("its user may not run 'zremrangebyscore'");
    }
  }

  /** A user with the cache's rights and these, as the URL of its database. */
  private static String user(Processes processes, Set<String> more) {
    String name = "app" + UUID.randomUUID().toString().substring(0, 8);
    String rights =
        base().replace("fleet", processes.service())
            + more.stream().map(right -> " +" + right).collect(Collectors.joining());
    List<String> words = Arrays.asList(("on >secret " + rights).trim().split("\\s+"));
    processes.admin("acl", "setuser", name, words);
    return name + ":secret";
  }

  private static String guide(String page) {
    try {
      return Files.readString(Path.of("../docs/guide/" + page));
    } catch (IOException missing) {
      throw new IllegalStateException(missing);
    }
  }

  private static String base() {
    Matcher user = USER.matcher(guide("cache.md"));
    assertThat(user.find()).isTrue();
    return user.group(1);
  }

  private static Map<String, Set<String>> rights() {
    Map<String, Set<String>> rights = new LinkedHashMap<>();
    Matcher row = ROW.matcher(guide("ephemeral.md"));
    while (row.find()) {
      rights.put(row.group(1), row.group(2) == null ? Set.of() : commands(row.group(2)));
    }
    return rights;
  }

  private static Set<String> commands(String rights) {
    return Arrays.stream(rights.split("\\s+"))
        .filter(right -> right.startsWith("+") && !right.startsWith("+@"))
        .map(right -> right.substring(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> used(Processes processes) {
    return processes
        .redis()
        .info("commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_"))
        .map(line -> line.substring("cmdstat_".length(), line.indexOf(':')))
        .map(name -> name.toLowerCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }

  private static void limits(Ephemeral ephemeral) {
    RateLimit bucket = RateLimit.tokenBucket(10, 1, Duration.ofSeconds(1));
    ephemeral.rateLimiter("bucket", bucket).tryAcquire(ACME, "a");
    RateLimiter window = ephemeral.rateLimiter("window", RateLimit.slidingWindow(2, MINUTE));
    for (int i = 0; i < 3; i++) {
      window.tryAcquire(ACME, "a");
    }
  }

  private static void locks(Ephemeral ephemeral, Processes processes) {
    DistributedLock lock = ephemeral.lock("lock", Duration.ofSeconds(6));
    try (DistributedLock.Hold hold =
        lock.tryAcquire(ACME, "a", Duration.ofSeconds(20)).orElseThrow()) {
      processes.awaitRenewal("{" + processes.service() + ":lock-lock:" + ACME + ":a}:lock");
      assertThat(hold.isHeld()).isTrue();
    }
  }

  private static void sessions(Ephemeral ephemeral) {
    UserSession.Attribute<Integer> cart =
        new UserSession.Attribute<>("cart", Codec.json(Integer.class));
    UserSessions sessions = ephemeral.sessions("web", MINUTE, MINUTE);
    String id = sessions.create(ACME, "a").id();
    sessions.update(ACME, id, cart, old -> 1);
    sessions.remove(ACME, id, cart);
    id = sessions.renew(ACME, id).orElseThrow().id();
    assertThat(sessions.find(ACME, id)).isPresent();
    assertThat(sessions.revoke(ACME, id)).isTrue();
    sessions.create(ACME, "a");
    assertThat(sessions.revokeAll(ACME, "a")).isEqualTo(1);
  }

  private static void once(Ephemeral ephemeral) {
    IdempotencyKeys<String> keys = ephemeral.idempotencyKeys("once", TEXTS, MINUTE, MINUTE);
    IdempotencyKeys.Beginning<String> beginning = keys.begin(ACME, "abandoned");
    assertThat(keys.begin(ACME, "abandoned")).isInstanceOf(IdempotencyKeys.Running.class);
    ((IdempotencyKeys.First<String>) beginning).abandon();
    String key = UUID.randomUUID().toString();
    ((IdempotencyKeys.First<String>) keys.begin(ACME, key)).complete("done");
    assertThat(keys.begin(ACME, key)).isInstanceOf(IdempotencyKeys.Done.class);
  }

  private static void boards(Ephemeral ephemeral) {
    Leaderboard board = ephemeral.leaderboard("board", Leaderboard.Order.HIGHEST_FIRST, MINUTE);
    board.set(ACME, "b", "a", 1);
    board.add(ACME, "b", "a", 1);
    board.addAndFind(ACME, "b", "a", 1);
    assertThat(board.top(ACME, "b", 3)).hasSize(1);
    assertThat(board.around(ACME, "b", "a", 1)).hasSize(1);
    assertThat(board.find(ACME, "b", "a")).isPresent();
    assertThat(board.size(ACME, "b")).isEqualTo(1);
    board.remove(ACME, "b", "a");
  }

  private static void distinct(Ephemeral ephemeral) {
    DistinctCounter counter = ephemeral.distinctCounter("seen", MINUTE, MINUTE);
    counter.see(ACME, "page", "a");
    assertThat(counter.count(ACME, "page")).isBetween(0L, 1L);
  }

  private static void presence(Ephemeral ephemeral) {
    Presence presence = ephemeral.presence("online", MINUTE);
    presence.sign(ACME, "room", "a");
    assertThat(presence.members(ACME, "room", 9)).containsExactly("a");
    assertThat(presence.isOnline(ACME, "room", "a")).isTrue();
    assertThat(presence.count(ACME, "room")).isEqualTo(1);
    presence.leave(ACME, "room", "a");
  }

  private static void topics(Ephemeral ephemeral) {
    Set<String> heard = ConcurrentHashMap.newKeySet();
    Topic<String> topic = ephemeral.topic("news", TEXTS);
    try (Topic.Subscription subscription = topic.subscribe(ACME, heard::add, () -> {})) {
      topic.publish(ACME, "one");
      Processes.until("it is heard", () -> heard.contains("one"));
      assertThat(subscription.isActive()).isTrue();
    }
  }

  private static void tasks(Ephemeral ephemeral, Processes processes) {
    TaskQueue<String> queue =
        ephemeral.taskQueue("mail", TEXTS, TaskQueueTest.policy(Duration.ofMillis(200)));
    Set<Integer> attempts = ConcurrentHashMap.newKeySet();
    UUID later = UUID.randomUUID();
    queue.enqueue(ACME, later, "later", Duration.ofMillis(1));
    queue.enqueue(ACME, "silent");
    UUID poison = queue.enqueue(ACME, "poison");
    try (TaskQueue.Worker worker =
        queue.work(
            () -> List.of(ACME),
            2,
            running -> {
              running.progress("begun");
              if (running.task().equals("poison")) {
                throw new IllegalStateException("in vain");
              }
              if (running.task().equals("silent")
                  && attempts.add(running.attempt())
                  && running.attempt() == 1) {
                LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
              }
            })) {
      Processes.until("it is dead", () -> queue.deadLetters(ACME, 1).size() == 1);
      Processes.until("another got it", () -> attempts.contains(2));
      Processes.until("only that is left", () -> queue.length(ACME).due() == 0);
      assertThat(worker.running()).isBetween(0, 2);
    }
    assertThat(queue.retry(ACME, poison)).isTrue();
    processes.redis().del("{" + processes.service() + ":task-mail:" + ACME + ":tasks}:stream");
    assertThat(queue.status(ACME, poison)).isPresent();
    queue.enqueue(ACME, later, "later", MINUTE);
    assertThat(queue.drop(ACME, later)).isTrue();
  }
}
