package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.PassageStore.Wanted;
import dev.tenon.examples.benchmarks.SearchTurn.Reading;
import dev.tenon.examples.benchmarks.VectorRace.Answers;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What each library measured. In a round all take their turn, in the opposite order of the round
 * before; the first round does not count.
 *
 * @param binding the least number of candidates with which the index finds 0.95
 * @param loads passages a second, one for each round
 * @param bytes of a table with its indexes, as shipped
 * @param answers how good the answers are, which no round changes
 */
record VectorRounds(
    String label,
    int binding,
    Map<PassageLoad, List<Double>> loads,
    Map<PassageArm, Long> bytes,
    Map<SearchTurn, Answers> answers,
    Map<SearchTurn, List<Reading>> readings) {

  static final int MANY = 100;

  private static final double TARGET = 0.95;

  static VectorRounds measure(String label, VectorPlan plan) throws Exception {
    try (VectorRace race = new VectorRace(plan)) {
      Map<PassageLoad, List<Double>> loads = loads(race, plan);
      race.fill();
      Map<PassageArm, Long> bytes = new EnumMap<>(PassageArm.class);
      for (PassageArm arm : PassageArm.values()) {
        bytes.put(arm, race.bytes(arm));
      }
      VectorRounds rounds =
          new VectorRounds(label, 0, loads, bytes, new LinkedHashMap<>(), new LinkedHashMap<>());
      rounds.search(race, plan, asShipped(), List.of(1));
      race.configure();
      int binding = binding(race, plan);
      rounds.search(race, plan, configured(plan, binding), List.of(1));
      rounds.search(race, plan, List.of(top(binding)), plan.threads());
      return new VectorRounds(label, binding, loads, bytes, rounds.answers, rounds.readings);
    }
  }

  private static Map<PassageLoad, List<Double>> loads(VectorRace race, VectorPlan plan)
      throws SQLException {
    List<Passage> passages = plan.corpus().passages().limit(plan.loaded()).toList();
    Map<PassageLoad, List<Double>> rates = new EnumMap<>(PassageLoad.class);
    List<PassageLoad> ways = new ArrayList<>(List.of(PassageLoad.values()));
    for (int round = 0; round <= plan.rounds(); round++) {
      for (PassageLoad way : ways) {
        double rate = passages.size() / race.load(way, passages);
        if (round > 0) {
          rates.computeIfAbsent(way, any -> new ArrayList<>()).add(rate);
        }
      }
      Collections.reverse(ways);
    }
    return rates;
  }

  static Wanted top(int efSearch) {
    return new Wanted(Share.ALL, VectorRace.TOP, OptionalInt.of(efSearch));
  }

  private static List<Wanted> asShipped() {
    return Stream.concat(
            Stream.of(Share.values())
                .map(share -> new Wanted(share, VectorRace.TOP, OptionalInt.empty())),
            Stream.of(new Wanted(Share.ALL, MANY, OptionalInt.empty())))
        .toList();
  }

  /** The least number of candidates that finds enough, or the greatest there is. */
  private static int binding(VectorRace race, VectorPlan plan) throws SQLException {
    int last = 0;
    for (int efSearch : plan.efSearch()) {
      Wanted wanted = top(efSearch);
      race.search(wanted.efSearch());
      last = efSearch;
      if (race.answers(PassageArm.JDBC, wanted).recall() >= TARGET) {
        break;
      }
    }
    return last;
  }

  private static List<Wanted> configured(VectorPlan plan, int binding) {
    return Stream.concat(
            plan.efSearch().stream().map(VectorRounds::top),
            Share.filters()
                .map(share -> new Wanted(share, VectorRace.TOP, OptionalInt.of(binding))))
        .toList();
  }

  private void search(
      VectorRace race, VectorPlan plan, List<Wanted> searches, List<Integer> threads)
      throws Exception {
    List<PassageArm> arms = new ArrayList<>(List.of(PassageArm.values()));
    for (int round = 0; round <= plan.rounds(); round++) {
      for (Wanted wanted : searches) {
        race.search(wanted.efSearch());
        for (int asking : threads) {
          for (PassageArm arm : arms) {
            SearchTurn turn = new SearchTurn(arm, wanted, asking);
            if (round == 0) {
              answers.put(turn, race.answers(arm, wanted));
            }
            Reading reading = turn.measure(race, plan.turn());
            if (round > 0) {
              readings.computeIfAbsent(turn, any -> new ArrayList<>()).add(reading);
            }
          }
        }
      }
      Collections.reverse(arms);
    }
  }

  /** Of one turn, one for each round. */
  List<Double> rates(SearchTurn turn) {
    return readings(turn).stream().map(Reading::rate).toList();
  }

  List<Reading> readings(SearchTurn turn) {
    return readings.getOrDefault(turn, List.of());
  }

  Answers answers(SearchTurn turn) {
    Answers known = answers.get(turn);
    if (known == null) {
      throw new IllegalArgumentException("there was no " + turn);
    }
    return known;
  }

  /** What one thread measured without a filter, by rising candidates. */
  List<SearchTurn> curve(PassageArm arm) {
    return readings.keySet().stream()
        .filter(turn -> turn.arm() == arm && turn.threads() == 1 && !turn.isAsShipped())
        .filter(turn -> turn.wanted().share() == Share.ALL)
        .sorted(Comparator.comparingInt(turn -> turn.wanted().efSearch().orElseThrow()))
        .toList();
  }
}
