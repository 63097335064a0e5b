package dev.tenon.examples.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** The row that a published event tells of. */
final class BusinessTable {

  static final String TABLE =
      """
      create table business (
        id bigint generated always as identity primary key,
        aggregate text not null,
        version bigint not null,
        amount integer not null
      )
      """;

  private BusinessTable() {}

  static int insert(Connection connection, Traffic.Message message) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "insert into business (aggregate, version, amount) values (?, ?, ?)")) {
      statement.setString(1, message.aggregate());
      statement.setLong(2, message.version());
      statement.setInt(3, message.number());
      return statement.executeUpdate();
    }
  }
}
