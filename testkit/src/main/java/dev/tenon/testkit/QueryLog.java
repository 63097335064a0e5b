package dev.tenon.testkit;

import dev.tenon.testkit.servers.FaultProxy;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.api.AssertProvider;

/**
 * What clients ask the server, as it is sent: statements by kind, their shapes, round trips.
 *
 * <p>It listens on a {@link FaultProxy}, not on a data source as the library datasource-proxy does:
 * only there are the begin and the commit that the driver adds, COPY, and what one round trip
 * carries, and nothing stands between the pool and its user. A test that asks {@link TenonTest} for
 * one begins with an empty log; {@code assertThat(queries)} of AssertJ gives a {@link
 * QueryLogAssert}. Safe for use by several threads.
 */
public final class QueryLog implements AssertProvider<QueryLogAssert> {

  /** What a statement does, by the word that it begins with; of WITH, by its main statement. */
  public enum Kind {
    SELECT,
    INSERT,
    UPDATE,
    DELETE,
    MERGE,
    COPY,
    /** Also START TRANSACTION. */
    BEGIN,
    COMMIT,
    ROLLBACK,
    /** SET, and the select that tells the server a session's tenant and settings. */
    SETTING,
    OTHER;

    /** Whether it is about rows, and not about how others run. */
    boolean isWork() {
      return switch (this) {
        case BEGIN, COMMIT, ROLLBACK, SETTING -> false;
        default -> true;
      };
    }
  }

  /**
   * One statement.
   *
   * @param kind what it does
   * @param sql as it was sent
   * @param roundTrip the number of the round trip that carried it; others of that number went with
   *     it
   */
  public record Query(Kind kind, String sql, int roundTrip) {

    /** The statement with every value, and every list of values, replaced by one question mark. */
    public String shape() {
      return StatementText.shape(sql);
    }
  }

  /** The driver says this once on every connection that a pool opens, in the background. */
  private static final String DRIVER_GREETING = "SET application_name = ";

  private final FaultProxy network;
  private final List<Query> queries = new ArrayList<>();
  private final Set<Integer> ofThePool = new LinkedHashSet<>();
  private int begin;

  private QueryLog(FaultProxy network) {
    this.network = network;
    this.begin = network.roundTrips();
  }

  /** Listens to all that clients send by way of a network, from now on. */
  public static QueryLog of(FaultProxy network) {
    QueryLog log = new QueryLog(network);
    network.onStatement(log::add);
    return log;
  }

  private synchronized void add(String sql, int roundTrip) {
    if (sql.isBlank() || sql.startsWith(DRIVER_GREETING)) {
      ofThePool.add(roundTrip);
    } else {
      queries.add(new Query(StatementText.kind(sql), sql.strip(), roundTrip));
    }
  }

  /** Forgets what was sent so far. */
  public synchronized void clear() {
    queries.clear();
    ofThePool.clear();
    begin = network.roundTrips();
  }

  /** What was sent, in order. */
  public synchronized List<Query> queries() {
    return List.copyOf(queries);
  }

  /** How many statements of a kind were sent. */
  public int count(Kind kind) {
    return (int) queries().stream().filter(query -> query.kind() == kind).count();
  }

  /**
   * How often a client waited for the server; the opening and probing of pooled connections left
   * out.
   */
  public synchronized int roundTrips() {
    return network.roundTrips() - begin - ofThePool.size();
  }

  /**
   * The shapes that went over the network in more than one round trip, with the number of them: the
   * mark of a query in a loop. A batch is one round trip.
   */
  public Map<String, Integer> repeatedShapes() {
    Map<String, Set<Integer>> trips = new LinkedHashMap<>();
    for (Query query : queries()) {
      if (query.kind().isWork()) {
        trips.computeIfAbsent(query.shape(), key -> new LinkedHashSet<>()).add(query.roundTrip());
      }
    }
    Map<String, Integer> repeated = new LinkedHashMap<>();
    trips.forEach(
        (shape, numbers) -> {
          if (numbers.size() > 1) {
            repeated.put(shape, numbers.size());
          }
        });
    return repeated;
  }

  @Override
  public QueryLogAssert assertThat() {
    return new QueryLogAssert(this);
  }

  /** The counts, then the statements, one line each. */
  @Override
  public String toString() {
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    List<Query> sent = queries();
    sent.forEach(query -> counts.merge(query.kind(), 1, Integer::sum));
    return counts
        + " in "
        + roundTrips()
        + " round trips"
        + sent.stream()
            .map(query -> "\n  " + query.roundTrip() + ": " + query.sql())
            .collect(Collectors.joining());
  }
}
