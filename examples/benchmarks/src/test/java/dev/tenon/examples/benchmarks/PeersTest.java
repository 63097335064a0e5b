package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.UuidV7;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a test writes are rows of its own, for the tests run at the same time. */
@SuppressWarnings("NullAway.Init")
class PeersTest {

  private static final int ROWS = 500;

  /** More than any of them sends at once. */
  private static final int MANY = 2_500;

  private static Stage stage;
  private static List<UUID> keys;
  private static List<PeerHosts.Place> places;

  @BeforeAll
  static void build() throws Exception {
    stage = Stage.build(SharedHostTable::build, ROWS);
    try (Peers peers = Peers.open(stage.coordinates())) {
      keys = peers.keys();
      places = peers.places();
    }
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  private interface Check {
    <E> void on(PeerHosts<E> hosts, PeerHosts<?> jdbc) throws Exception;
  }

  private static void check(Peer peer, Check check) throws Exception {
    try (Peers peers = Peers.open(stage.coordinates())) {
      check.on(peers.hosts(peer), peers.hosts(Peer.JDBC));
    }
  }

  private static <E> Optional<Host> found(PeerHosts<E> hosts, UUID id) throws SQLException {
    return hosts.find(id).map(hosts::host);
  }

  private static <E> List<Host> page(PeerHosts<E> hosts, PeerHosts.Place place)
      throws SQLException {
    return hosts.page(place).stream().map(hosts::host).toList();
  }

  /** Versions of new rows begin at 0 with Hibernate and at 1 with the others. */
  private static Host anyVersion(Host host) {
    return new Host(
        host.id(),
        host.name(),
        host.rack(),
        host.system(),
        host.cores(),
        host.memory(),
        host.load(),
        host.seenAt(),
        1);
  }

  @ParameterizedTest
  @EnumSource
  void finds_the_same_host(Peer peer) throws Exception {
    check(
        peer,
        new Check() {
          @Override
          public <E> void on(PeerHosts<E> hosts, PeerHosts<?> jdbc) throws Exception {
            for (UUID id : keys.subList(0, 20)) {
              assertThat(found(hosts, id)).isPresent().isEqualTo(found(jdbc, id));
            }
            assertThat(hosts.find(UuidV7.next())).isEmpty();
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void reads_the_same_page(Peer peer) throws Exception {
    check(
        peer,
        new Check() {
          @Override
          public <E> void on(PeerHosts<E> hosts, PeerHosts<?> jdbc) throws Exception {
            for (PeerHosts.Place place : places.subList(0, 5)) {
              assertThat(page(hosts, place)).hasSize(PeerHosts.PAGE).isEqualTo(page(jdbc, place));
            }
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void writes_a_host_and_its_next_version(Peer peer) throws Exception {
    check(
        peer,
        new Check() {
          @Override
          public <E> void on(PeerHosts<E> hosts, PeerHosts<?> jdbc) throws Exception {
            UUID id = UuidV7.next();
            insert(jdbc, id);
            Host before = found(jdbc, id).orElseThrow();
            hosts.update(id, load -> load + 1);
            Host after = found(jdbc, id).orElseThrow();
            assertThat(after.version()).isEqualTo(before.version() + 1);
            assertThat(anyVersion(after)).isEqualTo(anyVersion(before.withLoad(before.load() + 1)));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void refuses_to_write_a_host_that_another_has_written_since(Peer peer) throws Exception {
    check(
        peer,
        new Check() {
          @Override
          public <E> void on(PeerHosts<E> hosts, PeerHosts<?> jdbc) throws Exception {
            UUID id = UuidV7.next();
            insert(jdbc, id);
            assertThatThrownBy(() -> hosts.update(id, load -> writtenByAnother(jdbc, id)))
                .isInstanceOf(Exception.class)
                .isNotInstanceOf(AssertionError.class);
            assertThat(found(jdbc, id)).map(Host::load).contains(7.0);
          }
        });
  }

  private static double writtenByAnother(PeerHosts<?> jdbc, UUID id) {
    try {
      jdbc.update(id, any -> 7);
      return 8;
    } catch (SQLException error) {
      throw new AssertionError(error);
    }
  }

  private static <E> void insert(PeerHosts<E> hosts, UUID id) throws SQLException {
    hosts.insert(hosts.row(id, SharedHostTable.host(id)));
  }

  @ParameterizedTest
  @EnumSource
  void leaves_the_same_new_host_behind(Peer peer) throws Exception {
    check(
        peer,
        new Check() {
          @Override
          public <E> void on(PeerHosts<E> hosts, PeerHosts<?> jdbc) throws Exception {
            UUID id = UuidV7.next();
            insert(hosts, id);
            Host stored = found(jdbc, id).orElseThrow();
            assertThat(stored.version()).isIn(0, 1);
            assertThat(anyVersion(stored)).isEqualTo(SharedHostTable.host(id));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void leaves_the_same_new_hosts_behind(Peer peer) throws Exception {
    check(
        peer,
        new Check() {
          @Override
          public <E> void on(PeerHosts<E> hosts, PeerHosts<?> jdbc) throws Exception {
            int count = peer == Peer.TENON ? 5 * MANY : MANY;
            List<UUID> ids = Stream.generate(UuidV7::next).limit(count).toList();
            hosts.insertAll(
                ids.stream().map(id -> hosts.row(id, SharedHostTable.host(id))).toList());
            for (UUID id : Set.of(ids.get(0), ids.get(count / 2), ids.get(count - 1))) {
              assertThat(found(jdbc, id).map(PeersTest::anyVersion))
                  .contains(SharedHostTable.host(id));
            }
            assertThat(ids).allMatch(id -> isThere(jdbc, id));
          }
        });
  }

  private static boolean isThere(PeerHosts<?> jdbc, UUID id) {
    try {
      return jdbc.find(id).isPresent();
    } catch (SQLException error) {
      throw new AssertionError(error);
    }
  }
}
