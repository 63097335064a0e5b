package dev.tenon.cache.ephemeral;

import dev.tenon.cache.internal.RedisAccess;
import dev.tenon.cache.internal.RedisFutures;
import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.TenonException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Renews the leases of all locks that this process holds, at heartbeats, in one pipeline. */
final class LockRenewals implements RedisAccess.Attachment {

  private static final Logger LOG = LoggerFactory.getLogger(LockRenewals.class);

  /**
   * KEYS: lock. ARGV: holder, milliseconds. Answers {@code {1}}, or {@code {0}} where it is lost.
   */
  private static final RedisScript RENEW =
      RedisScript.of(
          "RENEW",
          """
      if redis.call('get', KEYS[1]) ~= ARGV[1] then return {0} end
      redis.call('pexpire', KEYS[1], ARGV[2])
      return {1}
      """);

  /** KEYS: lock. ARGV: holder, milliseconds, which are not looked at. Answers {@code {1}}. */
  private static final RedisScript RELEASE =
      RedisScript.of(
          "RELEASE",
          """
      if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end
      return {1}
      """);

  private static final int MOST_TO_RELEASE = 10_000;

  private final RedisAccess access;
  private final Set<HeldLock> locks = ConcurrentHashMap.newKeySet();

  LockRenewals(RedisAccess access) {
    this.access = access;
  }

  void add(HeldLock lock) {
    locks.add(lock);
  }

  /** Releases later what may not be held at all; what does not fit is left to its lease. */
  void releaseLater(HeldLock lock) {
    if (locks.size() < MOST_TO_RELEASE) {
      locks.add(lock);
    }
  }

  /** At once, or where Redis does not answer at a later heartbeat. */
  void release(HeldLock lock) {
    Object answer =
        access.link().run(RELEASE, new String[] {lock.key()}, lock.holder(), new byte[0]);
    if (answer != null) {
      locks.remove(lock);
    }
  }

  @Override
  public void beat() {
    List<HeldLock> due = locks.stream().filter(HeldLock::isDue).toList();
    if (!due.isEmpty()) {
      try {
        var unused =
            access
                .link()
                .require(
                    "DistributedLock",
                    (commands, deadline) -> {
                      ask(commands, due, deadline);
                      return null;
                    });
      } catch (TenonException unanswered) {
        LOG.debug("{} leases were not renewed", due.size(), unanswered);
      }
    }
    List<HeldLock> over = locks.stream().filter(HeldLock::isOver).toList();
    over.forEach(HeldLock::lose);
    over.forEach(locks::remove);
  }

  /** What is held is left to its lease: whoever works under it may not be done. */
  @Override
  public void close() {
    locks.forEach(HeldLock::lose);
    locks.clear();
  }

  private void ask(
      RedisClusterAsyncCommands<String, byte[]> commands, List<HeldLock> due, long deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    long sent = System.nanoTime();
    Set<HeldLock> closing = due.stream().filter(HeldLock::isClosed).collect(Collectors.toSet());
    Map<HeldLock, RedisFuture<List<Object>>> asked = new LinkedHashMap<>();
    for (HeldLock lock : due) {
      RedisScript script = closing.contains(lock) ? RELEASE : RENEW;
      asked.put(
          lock,
          commands.eval(
              script.text(),
              ScriptOutputType.MULTI,
              new String[] {lock.key()},
              lock.holder(),
              Arguments.millis(lock.lease())));
    }
    for (Map.Entry<HeldLock, RedisFuture<List<Object>>> each : asked.entrySet()) {
      boolean isDone = RedisFutures.within(each.getValue(), deadline).contains(1L);
      HeldLock lock = each.getKey();
      if (!closing.contains(lock) && isDone) {
        lock.renewed(sent);
      } else {
        lock.lose();
        locks.remove(lock);
      }
    }
  }
}
