package dev.tenon.examples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class PeerBenchmarkTest {

  private static final int ROWS = 1_000;

  private static Stage stage;

  @BeforeAll
  static void build() throws Exception {
    stage = Stage.build(SharedHostTable::build, ROWS);
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @Test
  void every_method_finds_a_host() throws Exception {
    FindBenchmark benchmark = new FindBenchmark();
    benchmark.open(stage.coordinates());
    try {
      for (Peer peer : Peer.values()) {
        assertThat(benchmark.call(peer))
            .isInstanceOf(Optional.class)
            .isNotEqualTo(Optional.empty());
      }
    } finally {
      benchmark.close();
    }
  }

  @Test
  void every_method_reads_a_full_page() throws Exception {
    PageBenchmark benchmark = new PageBenchmark();
    benchmark.open(stage.coordinates());
    try {
      for (Peer peer : Peer.values()) {
        assertThat(benchmark.call(peer)).asInstanceOf(LIST).hasSize(PeerHosts.PAGE);
      }
    } finally {
      benchmark.close();
    }
  }

  @Test
  void every_method_writes_its_batch_into_an_empty_table() throws Exception {
    try (Stage own = Stage.build(SharedHostTable::build, ROWS)) {
      BulkBenchmark benchmark = new BulkBenchmark();
      benchmark.open(own.coordinates());
      try (Peers peers = Peers.open(own.coordinates())) {
        for (Peer peer : Peer.values()) {
          benchmark.empty();
          assertThat(benchmark.call(peer)).asInstanceOf(LIST).hasSize(ROWS);
          assertThat(peers.keys()).hasSize(ROWS);
        }
      } finally {
        benchmark.close();
      }
    }
  }

  @Test
  void a_find_and_a_page_take_one_round_trip() throws Exception {
    for (String name : List.of("peers-find", "peers-page")) {
      assertThat(roundTrips(name).values()).as(name).containsOnly(1);
    }
  }

  @Test
  void a_transaction_of_tenon_takes_as_many_round_trips_as_one_of_jdbc() throws Exception {
    assertThat(roundTrips("peers-update")).containsEntry("tenon", 3).containsEntry("jdbc", 3);
    assertThat(roundTrips("peers-insert")).containsEntry("tenon", 2).containsEntry("jdbc", 2);
  }

  private static Map<String, Integer> roundTrips(String name) throws Exception {
    Group group = Benchmarks.named(List.of(name)).get(0);
    return RoundTrips.of(group, stage.coordinates());
  }
}
