package dev.tenon.examples.benchmarks;

import dev.tenon.core.Database;
import dev.tenon.core.DatabaseConfig;
import dev.tenon.core.Page;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/** Tenon and its peers on one pool, each opened when it is used first. */
final class Peers implements AutoCloseable {

  /**
   * By URL. They stay open from one benchmark to the next, because the classes that Hibernate,
   * Ebean and Spring make when they are opened would be compiled anew each time.
   */
  private static final Map<String, Peers> KEPT = new ConcurrentHashMap<>();

  private static final int KEYS = 10_000;
  private static final int PLACES = 500;

  private final Database database;
  private final Map<Peer, PeerHosts<?>> opened = new EnumMap<>(Peer.class);

  private Peers(Database database) {
    this.database = database;
  }

  static Peers open(Coordinates coordinates) {
    return new Peers(
        Database.open(
            DatabaseConfig.url(coordinates.get("url"))
                .user(coordinates.get("user"))
                .password(coordinates.get("password"))
                .poolSize(4)
                .build()));
  }

  /** Those of this JVM, which {@link #closeKept} closes. */
  static Peers kept(Coordinates coordinates) {
    return KEPT.computeIfAbsent(coordinates.get("url"), url -> open(coordinates));
  }

  static void closeKept(String url) {
    Peers peers = KEPT.remove(url);
    if (peers != null) {
      peers.close();
    }
  }

  PeerHosts<?> hosts(Peer peer) {
    return opened.computeIfAbsent(peer, any -> any.open(database));
  }

  /** Identifiers of some thousands of hosts, in no order. */
  List<UUID> keys() throws SQLException {
    try (Connection connection = database.unwrap(DataSource.class).getConnection();
        PreparedStatement statement =
            connection.prepareStatement(
                "select id from shared_hosts order by md5(id::text) limit " + KEYS);
        ResultSet row = statement.executeQuery()) {
      List<UUID> keys = new ArrayList<>();
      while (row.next()) {
        keys.add(row.getObject(1, UUID.class));
      }
      return keys;
    }
  }

  /** Where the first pages begin that are full. */
  List<PeerHosts.Place> places() {
    TenonHosts tenon = new TenonHosts(database);
    List<PeerHosts.Place> places = new ArrayList<>();
    Page<Host> page = tenon.first();
    while (page.next().isPresent() && places.size() < PLACES) {
      Host last = page.rows().get(page.rows().size() - 1);
      String cursor = page.next().get();
      places.add(new PeerHosts.Place(cursor, last.seenAt(), last.id()));
      page = tenon.after(cursor);
    }
    return places;
  }

  @Override
  public void close() {
    opened.values().forEach(PeerHosts::close);
    database.close();
  }
}
