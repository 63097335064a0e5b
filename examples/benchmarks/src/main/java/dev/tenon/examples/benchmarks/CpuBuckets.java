package dev.tenon.examples.benchmarks;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;

/** The records that answers of buckets come in, on both sides. */
final class CpuBuckets {

  /** One metric. */
  record One(Instant start, double first) {}

  /** Five metrics. */
  record Five(
      Instant start, double first, double second, double third, double fourth, double fifth) {}

  /** All metrics. */
  record Ten(
      Instant start,
      double first,
      double second,
      double third,
      double fourth,
      double fifth,
      double sixth,
      double seventh,
      double eighth,
      double ninth,
      double tenth) {}

  /** One metric of a host. */
  record OneOfHost(Instant start, String hostname, double first) {}

  /** Five metrics of a host. */
  record FiveOfHost(
      Instant start,
      String hostname,
      double first,
      double second,
      double third,
      double fourth,
      double fifth) {}

  /** All metrics of a host. */
  record TenOfHost(
      Instant start,
      String hostname,
      double first,
      double second,
      double third,
      double fourth,
      double fifth,
      double sixth,
      double seventh,
      double eighth,
      double ninth,
      double tenth) {}

  /** The mean and the greatest of one metric. */
  record MeanAndGreatest(Instant start, double mean, double greatest) {}

  private CpuBuckets() {}

  static Class<? extends Record> of(int metrics) {
    return switch (metrics) {
      case 1 -> One.class;
      case 5 -> Five.class;
      default -> Ten.class;
    };
  }

  static Class<? extends Record> ofHost(int metrics) {
    return switch (metrics) {
      case 1 -> OneOfHost.class;
      case 5 -> FiveOfHost.class;
      default -> TenOfHost.class;
    };
  }

  static Record read(ResultSet row, int metrics) throws SQLException {
    Instant start = instant(row);
    return switch (metrics) {
      case 1 -> new One(start, row.getDouble(2));
      case 5 ->
          new Five(
              start,
              row.getDouble(2),
              row.getDouble(3),
              row.getDouble(4),
              row.getDouble(5),
              row.getDouble(6));
      default ->
          new Ten(
              start,
              row.getDouble(2),
              row.getDouble(3),
              row.getDouble(4),
              row.getDouble(5),
              row.getDouble(6),
              row.getDouble(7),
              row.getDouble(8),
              row.getDouble(9),
              row.getDouble(10),
              row.getDouble(11));
    };
  }

  static Record readOfHost(ResultSet row, int metrics) throws SQLException {
    Instant start = instant(row);
    String hostname = row.getString(2);
    return switch (metrics) {
      case 1 -> new OneOfHost(start, hostname, row.getDouble(3));
      case 5 ->
          new FiveOfHost(
              start,
              hostname,
              row.getDouble(3),
              row.getDouble(4),
              row.getDouble(5),
              row.getDouble(6),
              row.getDouble(7));
      default ->
          new TenOfHost(
              start,
              hostname,
              row.getDouble(3),
              row.getDouble(4),
              row.getDouble(5),
              row.getDouble(6),
              row.getDouble(7),
              row.getDouble(8),
              row.getDouble(9),
              row.getDouble(10),
              row.getDouble(11),
              row.getDouble(12));
    };
  }

  /** A whole row, without its tenant. */
  static CpuUsage readUsage(ResultSet row) throws SQLException {
    return new CpuUsage(
        instant(row),
        row.getString(2),
        row.getDouble(3),
        row.getDouble(4),
        row.getDouble(5),
        row.getDouble(6),
        row.getDouble(7),
        row.getDouble(8),
        row.getDouble(9),
        row.getDouble(10),
        row.getDouble(11),
        row.getDouble(12));
  }

  static Instant instant(ResultSet row) throws SQLException {
    return row.getObject(1, OffsetDateTime.class).toInstant();
  }
}
