package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.CpuQuery.Question;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A server with what a fleet measured and its rollups, and both ways to ask for it. */
final class QueryRace implements AutoCloseable {

  static final int CHANGED_HOURS = 10;

  private final CpuServer server;
  private final CpuFleet fleet;
  private final TenonQueries tenon;
  private final JdbcQueries jdbc;
  private int changes;

  /** A way to ask. */
  enum Side {
    JDBC("JDBC, rows"),
    ROWS("Tenon, rows"),
    STRICT("rollup, strict"),
    STRICT_CHANGED("strict, 10 changed"),
    ROLLUP_ONLY("rollup only");

    private final String label;

    Side(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }

    /** Whether it reads a rollup. */
    boolean isOfRollup() {
      return this != JDBC && this != ROWS;
    }

    boolean canAsk(CpuQuery query) {
      return query.isHourly() || !isOfRollup();
    }
  }

  QueryRace(CpuFleet fleet) throws SQLException {
    this.fleet = fleet;
    this.server = new CpuServer(List.of(CpuTable.ASKED));
    this.tenon = new TenonQueries(server.session());
    this.jdbc = new JdbcQueries(server.unbound());
    try {
      CpuTable.ASKED.append(server.session(), fleet.stream());
      refresh();
      server.execute("vacuum analyze");
    } catch (SQLException | RuntimeException error) {
      server.close();
      throw error;
    }
  }

  CpuFleet fleet() {
    return fleet;
  }

  /** Values for the query: within the hours that change, or anywhere. */
  Question question(CpuQuery query, Side side, Random random) {
    return side == Side.STRICT_CHANGED
        ? query.from(firstChanged(), fleet, random)
        : query.anywhere(fleet, random);
  }

  List<? extends Record> ask(Question question, Side side) throws SQLException {
    return switch (side) {
      case JDBC -> jdbc.ask(question);
      case ROWS -> tenon.ask(question, TenonQueries.From.ROWS);
      case STRICT, STRICT_CHANGED -> tenon.ask(question, TenonQueries.From.ROLLUP_STRICT);
      case ROLLUP_ONLY -> tenon.ask(question, TenonQueries.From.ROLLUP_ONLY);
    };
  }

  private Instant firstChanged() {
    long days = Duration.between(CpuFleet.START, fleet.end()).toDays();
    return CpuFleet.START.plus(Duration.ofDays(days / 2));
  }

  /** A late row in each of ten hours. */
  void change() {
    changes++;
    CpuTable.ASKED.append(
        server.session(),
        IntStream.range(0, CHANGED_HOURS)
            .mapToObj(hour -> late(firstChanged().plus(Duration.ofHours(hour)))));
  }

  private CpuUsage late(Instant hour) {
    return new CpuUsage(
        hour.plusSeconds(changes), fleet.hosts().get(1), 99.5, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  void refresh() {
    CpuTable.ASKED.refresh(server.session()).run();
  }

  static Stream<CpuQuery> hourly() {
    return Stream.of(CpuQuery.values()).filter(CpuQuery::isHourly);
  }

  @Override
  public void close() {
    server.close();
  }
}
