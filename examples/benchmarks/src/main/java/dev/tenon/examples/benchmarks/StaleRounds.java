package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.StaleRace.Cut;
import dev.tenon.examples.benchmarks.StaleRace.Failure;
import dev.tenon.examples.benchmarks.StaleRace.HotKeys;
import dev.tenon.testkit.servers.TestRedis;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The old values that each library was left with: after races for hot keys, and after cuts. */
record StaleRounds(
    int keys,
    int cutKeys,
    Map<CacheLibrary, List<HotKeys>> hotKeys,
    Map<CacheLibrary, Cut> closed,
    Map<CacheLibrary, Cut> silent) {

  static final String LABEL = "cache-stale";

  static StaleRounds measure(StalePlan plan, List<CacheLibrary> libraries) throws Exception {
    Map<CacheLibrary, List<HotKeys>> hotKeys = new EnumMap<>(CacheLibrary.class);
    Map<CacheLibrary, Cut> closed = new EnumMap<>(CacheLibrary.class);
    Map<CacheLibrary, Cut> silent = new EnumMap<>(CacheLibrary.class);
    try (TestRedis redis = TestRedis.create()) {
      for (int round = 0; round < plan.rounds(); round++) {
        for (CacheLibrary library : libraries) {
          HotKeys left =
              new StaleRace(redis, library).hotKeys(plan.keys(), plan.writes(), plan.settle());
          hotKeys.computeIfAbsent(library, any -> new ArrayList<>()).add(left);
        }
      }
      for (CacheLibrary library : libraries) {
        StaleRace race = new StaleRace(redis, library);
        closed.put(library, race.cut(plan.cutKeys(), Failure.CLOSED, plan.closed(), plan.late()));
        silent.put(library, race.cut(plan.cutKeys(), Failure.SILENT, plan.silent(), plan.late()));
      }
    }
    return new StaleRounds(plan.keys(), plan.cutKeys(), hotKeys, closed, silent);
  }

  /** Each library in a line; for the hot keys one number for each round. */
  void print(PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%n%-28s%22s%22s%26s%22s%26s%26s%n",
        LABEL,
        "old of " + keys + ", writer",
        "on another process",
        "reads, thousands",
        "fills refused",
        "closed: cut, heal, late",
        "silent: cut, heal, late");
    hotKeys.forEach(
        (library, rounds) ->
            out.printf(
                "%-28s%22s%22s%26s%22s%26s%26s%n",
                library.label(),
                each(rounds, HotKeys::onWriter),
                each(rounds, HotKeys::onOthers),
                each(rounds, round -> (int) (round.reads() / 1_000)),
                each(rounds, round -> (int) round.refused()),
                text(closed.get(library)),
                text(silent.get(library))));
  }

  private static String each(List<HotKeys> rounds, ToIntFunction<HotKeys> number) {
    return rounds.stream()
        .map(round -> Integer.toString(number.applyAsInt(round)))
        .collect(Collectors.joining(" "));
  }

  private static String text(@Nullable Cut cut) {
    return cut == null
        ? ""
        : cut.during()
            + " "
            + cut.atHeal()
            + " "
            + cut.late()
            + (cut.errors() == 0 ? "" : ", " + cut.errors() + " errors");
  }
}
