package dev.tenon.examples.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.DoubleUnaryOperator;
import javax.sql.DataSource;

/** JDBC, written by hand. */
final class JdbcHosts implements PeerHosts<Host> {

  private static final String FIND =
      "select " + SharedHostTable.COLUMNS + " from shared_hosts where id = ?";
  private static final String AFTER =
      "select "
          + SharedHostTable.COLUMNS
          + " from shared_hosts where (seen_at, id) > (?, ?) order by seen_at, id limit "
          + PAGE;
  private static final String UPDATE =
      """
      update shared_hosts
         set name = ?, rack = ?, system = ?, cores = ?, memory = ?, load = ?, seen_at = ?, version = version + 1
       where id = ? and version = ?
      """;

  private final DataSource pool;
  private final JdbcUnits units;
  private final JdbcLoad load;

  JdbcHosts(DataSource pool, JdbcLoad load) {
    this.pool = pool;
    this.units = new JdbcUnits(pool);
    this.load = load;
  }

  @Override
  public Optional<Host> find(UUID id) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      return find(connection, id);
    }
  }

  private static Optional<Host> find(Connection connection, UUID id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(FIND)) {
      statement.setObject(1, id);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(host(row)) : Optional.empty();
      }
    }
  }

  @Override
  public List<Host> page(Place place) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(AFTER)) {
      statement.setObject(1, place.seenAt().atOffset(ZoneOffset.UTC));
      statement.setObject(2, place.id());
      try (ResultSet row = statement.executeQuery()) {
        List<Host> hosts = new ArrayList<>();
        while (row.next()) {
          hosts.add(host(row));
        }
        return hosts;
      }
    }
  }

  @Override
  public void update(UUID id, DoubleUnaryOperator change) throws SQLException {
    units.transaction(
        connection -> {
          Host host = find(connection, id).orElseThrow();
          return update(connection, host.withLoad(change.applyAsDouble(host.load())));
        });
  }

  private static boolean update(Connection connection, Host host) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
      statement.setString(1, host.name());
      statement.setString(2, host.rack());
      statement.setString(3, host.system());
      statement.setInt(4, host.cores());
      statement.setLong(5, host.memory());
      statement.setDouble(6, host.load());
      statement.setObject(7, host.seenAt().atOffset(ZoneOffset.UTC));
      statement.setObject(8, host.id());
      statement.setInt(9, host.version());
      if (statement.executeUpdate() != 1) {
        throw new SQLException("the row has another version");
      }
      return true;
    }
  }

  @Override
  public void insert(Host row) throws SQLException {
    units.transaction(connection -> JdbcLoad.one(connection, row));
  }

  @Override
  public void insertAll(List<Host> rows) throws SQLException {
    units.transaction(connection -> load.write(connection, rows));
  }

  private static Host host(ResultSet row) throws SQLException {
    return new Host(
        row.getObject(1, UUID.class),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getInt(5),
        row.getLong(6),
        row.getDouble(7),
        row.getObject(8, OffsetDateTime.class).toInstant(),
        row.getInt(9));
  }

  @Override
  public Host row(UUID id, Host like) {
    return like.withId(id);
  }

  @Override
  public Host host(Host row) {
    return row;
  }

  @Override
  public void close() {}
}
