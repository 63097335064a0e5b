package dev.tenon.examples.benchmarks;

import dev.tenon.core.Transaction;
import dev.tenon.examples.benchmarks.OutboxRace.Side;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/** What befalls the systems that deliver events. */
enum OutboxScenario {

  /** Events are handled while they are published; then, as many are published before that. */
  THROUGHPUT("outbox") {
    @Override
    Map<Measure, Double> run(OutboxRace race, Side side, OutboxPlan plan) throws Exception {
      Map<Measure, Double> figures = whilePublished(race, side, plan, Traffic::handled);
      Traffic backlog = new Traffic(plan.events());
      try (EventSystem system = race.open(side)) {
        backlog.publish(system);
        system.awaitDeliverable();
        system.start(backlog::handled);
        backlog.await(plan.events());
      }
      figures.put(Measure.DRAINED, backlog.handledPerSecond(false, any -> true));
      figures.merge(Measure.REPEATED, (double) backlog.repeated(), Double::sum);
      figures.merge(Measure.INVERTED, (double) backlog.inverted(), Double::sum);
      return figures;
    }
  },

  /** One in ten events fails the first time. The bare relay would stop for ever. */
  FAILURES("outbox-failures") {
    @Override
    Map<Measure, Double> run(OutboxRace race, Side side, OutboxPlan plan) throws Exception {
      Set<Integer> failed = ConcurrentHashMap.newKeySet();
      return whilePublished(
          race,
          side,
          plan,
          (traffic, aggregate, version) -> {
            int number = Traffic.number(aggregate, version);
            if (isUnlucky(number) && failed.add(number)) {
              throw new IllegalStateException("the first attempt of one in ten");
            }
            traffic.handled(aggregate, version);
          });
    }
  },

  /** The handler of one event takes long; the figures are those of all other aggregates. */
  SLOW("outbox-slow") {
    @Override
    Map<Measure, Double> run(OutboxRace race, Side side, OutboxPlan plan) throws Exception {
      Set<Integer> slept = ConcurrentHashMap.newKeySet();
      return whilePublished(
          race,
          side,
          plan,
          (traffic, aggregate, version) -> {
            if (aggregate.equals(SLOW_AGGREGATE) && version == 1 && slept.add(1)) {
              TimeUnit.NANOSECONDS.sleep(plan.slowHandler().toNanos());
            }
            traffic.handled(aggregate, version);
          },
          number -> !Traffic.aggregate(number).equals(SLOW_AGGREGATE));
    }
  },

  /** A snapshot is held while events are published, so that nothing deleted is vacuumed. */
  SNAPSHOT("outbox-snapshot") {
    @Override
    Map<Measure, Double> run(OutboxRace race, Side side, OutboxPlan plan) throws Exception {
      Traffic traffic = new Traffic(plan.mostInSnapshot());
      Map<Measure, Double> figures = new EnumMap<>(Measure.class);
      try (EventSystem system = race.open(side)) {
        system.start(traffic::handled);
        race.owner()
            .transaction(
                Transaction.Options.defaults()
                    .withIsolation(Transaction.Options.Isolation.REPEATABLE_READ),
                transaction -> {
                  transaction.sql().fetch("select count(*) from business");
                  long end = System.nanoTime() + plan.snapshot().toNanos();
                  figures.put(
                      Measure.PUBLISHED, traffic.publish(system, () -> System.nanoTime() > end));
                });
        figures.put(Measure.WAITING, (double) traffic.published() - traffic.handled());
        traffic.await(traffic.published());
      }
      figures.put(Measure.EARLY, traffic.handledPerSecond(0, 0.25));
      figures.put(Measure.LATE, traffic.handledPerSecond(0.75, 1));
      figures.put(Measure.LATENCY, traffic.meanMillis(any -> true));
      figures.put(Measure.REPEATED, (double) traffic.repeated());
      figures.put(Measure.INVERTED, (double) traffic.inverted());
      return figures;
    }
  };

  private static final String SLOW_AGGREGATE = Traffic.aggregate(0);

  /** One in ten, spread over the aggregates by Fibonacci hashing. */
  static boolean isUnlucky(int number) {
    return ((number * 0x9e3779b1) >>> 16) % 10 == 3;
  }

  /** What is measured, in the order of the columns. */
  enum Measure {
    PUBLISHED("published/s", true),
    DELIVERED("delivered/s", true),
    EARLY("first quarter/s", true),
    LATE("last quarter/s", true),
    LATENCY("mean ms", false),
    DRAINED("backlog/s", true),
    WAITING("left behind", false),
    REPEATED("twice", false),
    INVERTED("out of order", false);

    private final String label;
    private final boolean isRate;

    Measure(String label, boolean isRate) {
      this.label = label;
      this.isRate = isRate;
    }

    String label() {
      return label;
    }

    boolean isRate() {
      return isRate;
    }
  }

  /** A handler that tells the traffic what it has handled. */
  @FunctionalInterface
  private interface Work {
    void handle(Traffic traffic, String aggregate, long version) throws Exception;
  }

  private final String label;

  OutboxScenario(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  static Stream<String> labels() {
    return Stream.of(values()).map(OutboxScenario::label);
  }

  /** Those that are named, or all. */
  static List<OutboxScenario> named(List<String> names) {
    return Stream.of(values())
        .filter(
            scenario -> names.isEmpty() || names.contains("all") || names.contains(scenario.label))
        .toList();
  }

  /** Who can take part. */
  List<Side> sides() {
    return switch (this) {
      case THROUGHPUT -> List.of(Side.values());
      case FAILURES, SLOW -> List.of(Side.BATCH, Side.SINGLE, Side.GRUELBOX, Side.DB_SCHEDULER);
      case SNAPSHOT -> List.of(Side.BATCH, Side.BARE, Side.GRUELBOX, Side.DB_SCHEDULER);
    };
  }

  int rounds(OutboxPlan plan) {
    return this == SLOW || this == SNAPSHOT ? plan.longRounds() : plan.rounds();
  }

  abstract Map<Measure, Double> run(OutboxRace race, Side side, OutboxPlan plan) throws Exception;

  private static Map<Measure, Double> whilePublished(
      OutboxRace race, Side side, OutboxPlan plan, Work work) throws Exception {
    return whilePublished(race, side, plan, work, any -> true);
  }

  private static Map<Measure, Double> whilePublished(
      OutboxRace race, Side side, OutboxPlan plan, Work work, IntPredicate counted)
      throws Exception {
    Traffic traffic = new Traffic(plan.events());
    Map<Measure, Double> figures = new EnumMap<>(Measure.class);
    try (EventSystem system = race.open(side)) {
      system.start((aggregate, version) -> work.handle(traffic, aggregate, version));
      figures.put(Measure.PUBLISHED, traffic.publish(system));
      traffic.await(plan.events());
    }
    figures.put(Measure.DELIVERED, traffic.handledPerSecond(true, counted));
    figures.put(Measure.LATENCY, traffic.meanMillis(counted));
    figures.put(Measure.REPEATED, (double) traffic.repeated());
    figures.put(Measure.INVERTED, (double) traffic.inverted());
    return figures;
  }
}
