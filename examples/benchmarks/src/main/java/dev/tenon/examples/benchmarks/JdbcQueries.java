package dev.tenon.examples.benchmarks;

import dev.tenon.examples.benchmarks.CpuQuery.Question;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** The same queries as statements written by hand, on the same rows, without tenancy. */
record JdbcQueries(DataSource pool) {

  private static final UUID TENANT = UUID.fromString(CpuTable.TENANT);
  private static final String ROW = CpuTable.COLUMNS.substring(CpuTable.COLUMNS.indexOf(' ') + 1);
  private static final String MINUTE = "date_bin('1 minute', time, '2000-01-03 00:00:00+00')";
  private static final String HOUR = "date_bin('1 hour', time, '2000-01-03 00:00:00+00')";

  private static final String LATEST_MINUTES =
      """
      select %s as minute, max(usage_user) from cpu
       where tenant_id = ? and time >= ? and time < ? group by minute order by minute desc limit 5
      """
          .formatted(MINUTE);

  private static final String LAST_OF_HOST =
      """
      select latest.* from unnest(?) as host (name)
       cross join lateral (
         select %s from cpu where tenant_id = ? and hostname = host.name order by time desc limit 1
       ) as latest order by latest.hostname
      """
          .formatted(ROW);

  /** Reads the row that is current. */
  @FunctionalInterface
  private interface Reader {
    Record read(ResultSet row) throws SQLException;
  }

  /** Sets the parameters. */
  @FunctionalInterface
  private interface Binding {
    void bind(PreparedStatement statement) throws SQLException;
  }

  List<? extends Record> ask(Question question) throws SQLException {
    int metrics = question.metrics();
    return switch (question.shape()) {
      case GREATEST_BY_MINUTE ->
          window(question, buckets(MINUTE, "max", question), row -> CpuBuckets.read(row, metrics));
      case GREATEST_BY_HOUR ->
          window(question, buckets(HOUR, "max", question), row -> CpuBuckets.read(row, metrics));
      case MEAN_BY_HOUR_AND_HOST ->
          window(question, means(question), row -> CpuBuckets.readOfHost(row, metrics));
      case MEAN_AND_GREATEST_BY_HOUR ->
          window(question, month(question), JdbcQueries::meanAndGreatest);
      case HIGH ->
          window(
              question,
              "select " + ROW + where(question) + " and usage_user > 90",
              CpuBuckets::readUsage);
      case LAST_OF_HOST -> lastOfHost(question);
      case LATEST_MINUTES -> latestMinutes(question);
    };
  }

  private static String where(Question question) {
    return " from cpu where tenant_id = ? and time >= ? and time < ?"
        + (question.namesHosts() ? " and hostname = any (?)" : "");
  }

  private static String buckets(String bucket, String aggregate, Question question) {
    return "select "
        + bucket
        + " as bucket, "
        + aggregates(aggregate, question)
        + where(question)
        + " group by bucket order by bucket";
  }

  private static String means(Question question) {
    return "select "
        + HOUR
        + " as hour, hostname, "
        + aggregates("avg", question)
        + where(question)
        + " group by hour, hostname order by hour, hostname";
  }

  private static String month(Question question) {
    return "select "
        + HOUR
        + " as hour, avg(usage_user), max(usage_user)"
        + where(question)
        + " group by hour order by hour";
  }

  private static String aggregates(String function, Question question) {
    return CpuTable.METRICS.subList(0, question.metrics()).stream()
        .map(metric -> function + "(" + CpuTable.columnOf(metric) + ")")
        .collect(Collectors.joining(", "));
  }

  private static CpuBuckets.MeanAndGreatest meanAndGreatest(ResultSet row) throws SQLException {
    return new CpuBuckets.MeanAndGreatest(
        CpuBuckets.instant(row), row.getDouble(2), row.getDouble(3));
  }

  private List<Record> window(Question question, String sql, Reader reader) throws SQLException {
    return fetch(
        sql,
        statement -> {
          bindWindow(statement, question.from(), question.to());
          if (question.namesHosts()) {
            statement.setArray(4, hosts(statement, question));
          }
        },
        reader);
  }

  private static void bindWindow(PreparedStatement statement, Instant from, Instant to)
      throws SQLException {
    statement.setObject(1, TENANT);
    statement.setObject(2, from.atOffset(ZoneOffset.UTC));
    statement.setObject(3, to.atOffset(ZoneOffset.UTC));
  }

  private static java.sql.Array hosts(PreparedStatement statement, Question question)
      throws SQLException {
    return statement.getConnection().createArrayOf("text", question.hosts().toArray());
  }

  private List<Record> lastOfHost(Question question) throws SQLException {
    return fetch(
        LAST_OF_HOST,
        statement -> {
          statement.setArray(1, hosts(statement, question));
          statement.setObject(2, TENANT);
        },
        CpuBuckets::readUsage);
  }

  /** As far back as Tenon's side looks. */
  private List<Record> latestMinutes(Question question) throws SQLException {
    Duration look = TenonQueries.FIRST_LOOK;
    while (true) {
      Instant start = TenonQueries.start(question.to(), look);
      List<Record> minutes =
          fetch(
              LATEST_MINUTES,
              statement -> bindWindow(statement, start, question.to()),
              row -> CpuBuckets.read(row, 1));
      if (minutes.size() == TenonQueries.MINUTES || start.isBefore(CpuFleet.START)) {
        return minutes;
      }
      look = look.multipliedBy(2);
    }
  }

  private List<Record> fetch(String sql, Binding binding, Reader reader) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      binding.bind(statement);
      List<Record> rows = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          rows.add(reader.read(row));
        }
      }
      return rows;
    }
  }
}
