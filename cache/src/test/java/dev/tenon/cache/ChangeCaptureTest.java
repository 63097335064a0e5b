package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.cache.ChangeCapture.State;
import dev.tenon.core.UsageException;
import dev.tenon.testkit.servers.FaultProxy;
import dev.tenon.testkit.servers.PostgresOptions;
import dev.tenon.testkit.servers.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.SAME_THREAD)
@Timeout(120)
class ChangeCaptureTest {

  private static final PostgresServer SERVER =
      PostgresServer.start(PostgresOptions.defaults().withSetting("wal_level", "logical"));

  @AfterAll
  static void stops_it() {
    SERVER.close();
  }

  @Test
  void what_psql_changes_is_forgotten_everywhere() throws SQLException {
    try (Captured captured = new Captured(SERVER, 2);
        ChangeCapture capture = captured.capturing()) {
      EntityCache<String, Long> there =
          DyingWriter.revisions(captured.nodes.node(captured.redis.uri().toString()));
      assertThat(captured.read("h0")).isEqualTo(1);
      assertThat(captured.read(there, "h0")).isEqualTo(1);
      captured.psql("update hosts set revision = 2 where id = 'h0'");
      Await.until("it is known here", () -> captured.read("h0") == 2);
      Await.until("it is known there", () -> captured.read(there, "h0") == 2);
      assertThat(captured.read("h1")).isEqualTo(1);
      Await.until("it is counted, behind that", () -> capture.status().values() == 1);
      assertThat(capture.status().entities()).isZero();
      assertThat(capture.status().delay()).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void a_row_that_is_deleted_or_renamed_is_forgotten_under_its_old_name() throws SQLException {
    try (Captured captured = new Captured(SERVER, 2);
        ChangeCapture capture = captured.capturing()) {
      captured.read("h0");
      captured.read("h1");
      captured.psql("delete from hosts where id = 'h0'");
      captured.psql("update hosts set id = 'h9' where id = 'h1'");
      Await.until("the deleted one is gone", () -> captured.read("h0") == 0);
      Await.until("the renamed one is gone", () -> captured.read("h1") == 0);
      assertThat(captured.read("h9")).isEqualTo(1);
      assertThat(capture.status().entities()).isZero();
    }
  }

  @Test
  void a_truncate_forgets_all_of_the_entity_and_no_other() throws SQLException {
    try (Captured captured = new Captured(SERVER, 20);
        ChangeCapture capture = captured.capturing()) {
      EntityCache<String, Long> other =
          captured.cache.entity(
              "other",
              String.class,
              Long.class,
              CachePolicy.timeToLive(Duration.ofHours(1)).sharedByAllTenants());
      other.get(captured.tenant(), "a", id -> 1L);
      for (int i = 0; i < 20; i++) {
        captured.read("h" + i);
      }
      captured.psql("truncate hosts");
      for (int i = 0; i < 20; i++) {
        String host = "h" + i;
        Await.until("it is gone", () -> captured.read(host) == 0);
      }
      assertThat(other.get(captured.tenant(), "a", id -> 2L)).isEqualTo(1);
      Await.until("it is counted, behind that", () -> capture.status().entities() == 1);
    }
  }

  @Test
  void a_rollback_forgets_nothing() throws SQLException {
    try (Captured captured = new Captured(SERVER, 2);
        ChangeCapture capture = captured.capturing()) {
      captured.read("h0");
      captured.read("h1");
      captured.psql("begin");
      captured.psql("update hosts set revision = 7 where id = 'h0'");
      captured.psql("rollback");
      captured.psql("update hosts set revision = 2 where id = 'h1'");
      Await.until("the next is known", () -> captured.read("h1") == 2);
      assertThat(captured.read("h0")).isEqualTo(1);
      assertThat(captured.hosts.statistics().loads()).isLessThanOrEqualTo(3);
      Await.until("it is counted, behind that", () -> capture.status().values() == 1);
    }
  }

  @Test
  void a_row_whose_value_cannot_be_told_forgets_all_of_the_entity() throws SQLException {
    try (Captured captured = new Captured(SERVER, 2);
        ChangeCapture capture =
            Captured.capturing(
                ChangeCapture.of(captured.cache, captured.owner())
                    .table(
                        "public",
                        "hosts",
                        captured.hosts,
                        List.of("id"),
                        texts -> {
                          throw new IllegalStateException(texts.get(0));
                        }))) {
      captured.read("h1");
      captured.psql("update hosts set revision = 2 where id = 'h1'");
      Await.until("it is known", () -> captured.read("h1") == 2);
      Await.until("it is counted, behind that", () -> capture.status().entities() == 1);
    }
  }

  @Test
  void changes_while_redis_is_cut_off_are_forgotten_when_it_is_back() throws SQLException {
    try (Captured captured = new Captured(SERVER, 3);
        FaultProxy network = Nodes.before(captured.redis)) {
      Cache cut = captured.nodes.hastyNode(network.reroute(captured.redis.uri().toString()));
      EntityCache<String, Long> hosts = DyingWriter.revisions(cut);
      try (ChangeCapture capture =
          Captured.capturing(
              ChangeCapture.of(cut, captured.owner()).table("public", "hosts", hosts, "id"))) {
        captured.read("h0");
        captured.read("h1");
        network.disable();
        captured.psql("update hosts set revision = 2 where id = 'h0'");
        Await.until("it failed", () -> capture.status().failures() > 1);
        captured.psql("update hosts set revision = 2 where id = 'h1'");
        assertThat(captured.read("h0")).isEqualTo(1);
        network.enable();
        Await.until("the first is known", () -> captured.read("h0") == 2);
        Await.until("the second is known", () -> captured.read("h1") == 2);
      }
    }
  }

  @Test
  void a_connection_that_is_cut_goes_on_where_it_was() throws SQLException {
    try (Captured captured = new Captured(SERVER, 3);
        FaultProxy network = FaultProxy.to(SERVER);
        ChangeCapture capture =
            Captured.capturing(
                captured.capture(captured.config(network.reroute(captured.made.url()))))) {
      captured.read("h0");
      network.disable();
      captured.psql("update hosts set revision = 2 where id = 'h0'");
      Await.until("it is noticed", () -> capture.status().state() == State.FAILING);
      network.enable();
      Await.until("it is known", () -> captured.read("h0") == 2);
      assertThat(capture.status().entities()).isZero();
    }
  }

  @Test
  void a_commit_that_nobody_sees_yet_is_waited_for() throws Exception {
    try (Captured captured = new Captured(SERVER, 2);
        ChangeCapture capture = captured.capturing()) {
      captured.read("h0");
      captured.psql("alter system set synchronous_standby_names = 'nobody'");
      captured.psql("select pg_reload_conf()");
      CompletableFuture<Void> commit =
          CompletableFuture.runAsync(
              () ->
                  captured.psqlBeside(
                      "set synchronous_commit = on;"
                          + " update hosts set revision = 2 where id = 'h0'"),
              Await.THREAD);
      Await.until(
          "it waits for the standby",
          () ->
              captured.count("select count(*) from pg_stat_activity where wait_event = 'SyncRep'")
                  == 1);
      long logged = captured.count("select (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint");
      Await.until(
          "its log is sent",
          () ->
              captured.count("select (sent_lsn - '0/0'::pg_lsn)::bigint from pg_stat_replication")
                  >= logged);
      long end = System.nanoTime() + Duration.ofMillis(500).toNanos();
      while (System.nanoTime() < end) {
        assertThat(captured.read("h0")).isEqualTo(1);
      }
      captured.psql("alter system reset synchronous_standby_names");
      captured.psql("select pg_reload_conf()");
      commit.get(20, TimeUnit.SECONDS);
      Await.until("it is known", () -> captured.read("h0") == 2);
      assertThat(capture.status().failures()).isZero();
    }
  }

  @Test
  void one_process_reads_and_another_takes_over() throws SQLException {
    try (Captured captured = new Captured(SERVER, 2)) {
      takeOver(captured);
    }
  }

  private static void takeOver(Captured captured) throws SQLException {
    ChangeCapture first = captured.capturing();
    try (ChangeCapture second = captured.capture().start()) {
      Await.until("it stands by", () -> second.status().state() == State.STANDING_BY);
      captured.read("h0");
      first.close();
      captured.psql("update hosts set revision = 2 where id = 'h0'");
      Await.until("it is known", () -> captured.read("h0") == 2);
      assertThat(second.status().state()).isEqualTo(State.CAPTURING);
      assertThat(second.status().entities()).isZero();
    }
  }

  @Test
  void changes_while_nobody_reads_are_forgotten_later() throws SQLException {
    try (Captured captured = new Captured(SERVER, 2)) {
      captured.capturing().close();
      captured.read("h0");
      captured.psql("update hosts set revision = 2 where id = 'h0'");
      assertThat(captured.read("h0")).isEqualTo(1);
      try (ChangeCapture capture = captured.capturing()) {
        Await.until("it is known", () -> captured.read("h0") == 2);
        Await.until("it is counted, behind that", () -> capture.status().values() == 1);
      }
    }
  }

  @Test
  void what_a_slot_that_was_lost_has_not_seen_is_forgotten() throws SQLException {
    try (Captured captured = new Captured(SERVER, 2)) {
      captured.capturing().close();
      captured.read("h0");
      Await.until(
          "nobody reads the slot",
          () -> captured.count("select count(*) from pg_replication_slots where active") == 0);
      captured.psql("select pg_drop_replication_slot(slot_name) from pg_replication_slots");
      captured.psql("update hosts set revision = 2 where id = 'h0'");
      assertThat(captured.read("h0")).isEqualTo(1);
      try (ChangeCapture capture = captured.capturing()) {
        Await.until("it is known", () -> captured.read("h0") == 2);
        assertThat(capture.status().values()).isZero();
      }
    }
  }

  @Test
  void the_slot_moves_on_while_only_others_write() throws SQLException {
    try (Captured captured = new Captured(SERVER, 1);
        ChangeCapture capture = captured.capturing()) {
      captured.psql(
          "create table noise as select repeat('x', 1000) from generate_series(1, 20000)");
      Await.until(
          "nothing is retained",
          () ->
              capture.status().retainedBytes() < 1_000_000
                  && capture.status().state() == State.CAPTURING);
      captured.psql("insert into noise select repeat('x', 1000) from generate_series(1, 20000)");
      Await.until("it is seen", () -> retained(captured) < 1_000_000);
      assertThat(capture.status().transactions()).isZero();
    }
  }

  @Test
  void what_cannot_work_is_refused_at_once() throws SQLException {
    try (Captured captured = new Captured(SERVER, 1)) {
      assertThatThrownBy(() -> ChangeCapture.of(captured.cache, captured.owner()).start())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("without a table");
      assertThatThrownBy(
              () ->
                  ChangeCapture.of(captured.cache, captured.owner())
                      .table("public", "hosts", captured.hosts, "revision")
                      .start())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("replica identity");
      assertThatThrownBy(
              () ->
                  ChangeCapture.of(captured.cache, captured.owner())
                      .table("public", "nothing", captured.hosts, "id")
                      .start())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("no table public.nothing");
      assertThatThrownBy(() -> captured.capture().named("Fleet"))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("replication slot");
      captured.psql("alter role \"" + captured.made.owner().user() + "\" noreplication");
      assertThatThrownBy(() -> captured.capture().start())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("may not replicate");
      captured.psql("alter role \"" + captured.made.owner().user() + "\" replication");
    }
  }

  private static long retained(Captured captured) {
    return captured.count(
        "select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)"
            + " from pg_replication_slots");
  }
}
