package dev.tenon.cache;

import dev.tenon.cache.CacheFinding.Check;
import dev.tenon.cache.internal.RedisAccess;
import dev.tenon.cache.internal.RedisAccess.Need;
import dev.tenon.cache.internal.RedisFutures;
import dev.tenon.cache.internal.RedisLink;
import dev.tenon.cache.internal.RedisLink.Told;
import dev.tenon.cache.internal.RedisScript;
import dev.tenon.core.Problem;
import dev.tenon.core.TenonException;
import dev.tenon.core.health.HealthFinding.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Looks at the settings of every server that holds keys. */
final class RedisChecks {

  /** Writes a key that nobody reads, as everything here does. KEYS: it. */
  private static final RedisScript PROBE =
      RedisScript.of(
          "PROBE",
          """
          redis.call('set', KEYS[1], '1', 'px', 1000)
          return {1}
          """);

  private static final int LEAST_VERSION = 7;
  private static final long LEAST_HARD = 32L << 20;
  private static final long LEAST_SOFT = 8L << 20;
  private static final String BUFFER_LIMIT = "client-output-buffer-limit";

  private final RedisAccess access;
  private final BooleanSupplier hearsInvalidations;
  private final Supplier<@Nullable Throwable> busFailure;
  private final BooleanSupplier hasEntities;

  RedisChecks(
      RedisAccess access,
      BooleanSupplier hearsInvalidations,
      Supplier<@Nullable Throwable> busFailure,
      BooleanSupplier hasEntities) {
    this.access = access;
    this.hearsInvalidations = hearsInvalidations;
    this.busFailure = busFailure;
    this.hasEntities = hasEntities;
  }

  /** The most urgent first. */
  List<CacheFinding> run() {
    RedisLink link = access.link();
    if (!link.isConnected()) {
      return List.of(
          new CacheFinding(
              Check.CONNECTION,
              Severity.CRITICAL,
              access.topology().name(),
              "Redis cannot be asked",
              cause(link.failure()),
              "look at the URL, the password, the certificates and the network"));
    }
    List<CacheFinding> findings = new ArrayList<>();
    if (!hearsInvalidations.getAsBoolean()) {
      findings.add(
          new CacheFinding(
              Check.BUS,
              Severity.WARNING,
              "SUBSCRIBE",
              "invalidations of other processes do not arrive, so memory answers nothing",
              cause(busFailure.get()),
              "grant the user the channels &" + access.service() + ":*"));
    }
    for (Told<String> info :
        link.askMasters((redis, end) -> RedisFutures.within(redis.info(), end))) {
      if (info.answer() == null) {
        findings.add(unchecked(info, "INFO", "version, role, eviction and persistence", "+info"));
      } else {
        findings.addAll(judge(info.server(), info.answer()));
      }
    }
    for (Told<Map<String, String>> setting :
        link.askMasters((redis, end) -> RedisFutures.within(redis.configGet(BUFFER_LIMIT), end))) {
      if (setting.answer() == null) {
        findings.add(unchecked(setting, "CONFIG GET", "the buffers of subscribers", "+config|get"));
      } else {
        judgeBuffers(findings, setting.server(), setting.answer().getOrDefault(BUFFER_LIMIT, ""));
      }
    }
    probe(findings);
    findings.sort(Comparator.comparing(CacheFinding::severity));
    return List.copyOf(findings);
  }

  /** Comes last, because a connection to a replica is given up by it. */
  private void probe(List<CacheFinding> findings) {
    try {
      Object unused =
          access
              .link()
              .require("Cache.findings", PROBE, new String[] {"{" + access.service() + "}:probe"});
    } catch (TenonException refused) {
      findings.add(
          new CacheFinding(
              Check.SCRIPTS,
              Severity.CRITICAL,
              "EVALSHA",
              "Redis does not run a script that writes a key",
              cause(refused.getCause()),
              "free memory, or grant the user the rights that the guide names"));
    }
  }

  /** What one server says of itself. */
  List<CacheFinding> judge(String server, String info) {
    Map<String, String> fields =
        info.lines()
            .filter(line -> line.indexOf(':') > 0)
            .collect(
                Collectors.toMap(
                    line -> line.substring(0, line.indexOf(':')),
                    line -> line.substring(line.indexOf(':') + 1).trim(),
                    (first, second) -> first));
    List<CacheFinding> findings = new ArrayList<>();
    String version = fields.getOrDefault("redis_version", "");
    if (version.matches("\\d+\\..*")
        && Integer.parseInt(version.substring(0, version.indexOf('.'))) < LEAST_VERSION) {
      findings.add(
          new CacheFinding(
              Check.VERSION,
              Severity.WARNING,
              server,
              "Redis is " + version,
              "nothing is proved on versions before " + LEAST_VERSION,
              "update it"));
    }
    if (fields.getOrDefault("role", "").equals("slave")) {
      findings.add(
          new CacheFinding(
              Check.ROLE,
              Severity.CRITICAL,
              server,
              "it is a replica",
              "it refuses to write, and answers with what was true a moment ago",
              "connect to the master: by its own address, by sentinels, or as a cluster"));
    }
    judgeEviction(findings, server, fields);
    judgePersistence(findings, server, fields);
    return findings;
  }

  private void judgeEviction(
      List<CacheFinding> findings, String server, Map<String, String> fields) {
    String policy = fields.getOrDefault("maxmemory_policy", "noeviction");
    if (fields.getOrDefault("maxmemory", "0").equals("0")) {
      return;
    }
    String subject = "maxmemory-policy of " + server;
    Set<String> kept = access.needing(Need.KEPT);
    if (!policy.equals("noeviction") && !kept.isEmpty()) {
      findings.add(
          new CacheFinding(
              Check.EVICTION,
              Severity.WARNING,
              subject,
              policy + " is set, and Redis also keeps " + String.join(", ", kept),
              "a full Redis gives these up as it does cached values",
              "give them a Redis of their own, with noeviction"));
    }
    if (policy.equals("noeviction") && hasEntities.getAsBoolean()) {
      findings.add(
          new CacheFinding(
              Check.EVICTION,
              Severity.WARNING,
              subject,
              "noeviction is set, and maxmemory too",
              "a full Redis refuses every fill and every lease, and each read goes to its loader",
              kept.isEmpty()
                  ? "set allkeys-lfu"
                  : "give cached values a Redis of their own, with allkeys-lfu"));
    }
  }

  private void judgePersistence(
      List<CacheFinding> findings, String server, Map<String, String> fields) {
    Set<String> lasting = access.needing(Need.LASTING);
    if (!lasting.isEmpty() && fields.getOrDefault("aof_enabled", "").equals("0")) {
      findings.add(
          new CacheFinding(
              Check.PERSISTENCE,
              Severity.WARNING,
              "appendonly of " + server,
              "it is off, and Redis keeps " + String.join(", ", lasting),
              "what Redis confirmed is gone when it ends, up to its last snapshot",
              "set appendonly yes; with appendfsync everysec a crash of the machine takes the last second"));
    }
  }

  private static void judgeBuffers(List<CacheFinding> findings, String server, String limits) {
    String[] words = limits.split(" ", -1);
    for (int i = 0; i + 2 < words.length; i++) {
      if (words[i].equals("pubsub")
          && (isLess(words[i + 1], LEAST_HARD) || isLess(words[i + 2], LEAST_SOFT))) {
        findings.add(
            new CacheFinding(
                Check.BUFFERS,
                Severity.WARNING,
                BUFFER_LIMIT + " of " + server,
                "subscribers may be behind by " + words[i + 1] + " and " + words[i + 2] + " bytes",
                "a process that is slow for a moment loses its connection, and its memory empties",
                "set pubsub 32mb 8mb 60, which is the default, or more"));
      }
    }
  }

  private static boolean isLess(String bytes, long least) {
    long number = Long.parseLong(bytes);
    return number > 0 && number < least;
  }

  private static CacheFinding unchecked(Told<?> told, String command, String what, String right) {
    return new CacheFinding(
        Check.RIGHTS,
        Severity.ADVICE,
        command + " of " + told.server(),
        "not looked at: " + what,
        cause(told.failure()),
        "grant the user " + right + ", or look yourself");
  }

  /** The innermost cause: the others say that there is one. */
  private static String cause(@Nullable Throwable error) {
    if (error == null) {
      return "nothing has answered yet";
    }
    Throwable cause = error;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return Problem.excerpt(
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
  }
}
