package dev.tenon.core;

import static dev.tenon.core.Hosts.REPOSITORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Hosts.Host;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many writers of few rows. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HotRowsTest {

  private static final int THREADS = 8;
  private static final int ROWS = 20;
  private static final int ROUNDS = 40;

  @RegisterExtension final FreshDatabase database = FreshDatabase.with(Hosts.MIGRATIONS);

  @Test
  void bulk_updates_in_any_order_neither_deadlock_nor_lose_an_update() throws Exception {
    List<Host> hosts = insertHosts();
    long written =
        together(
            random -> {
              List<Host> read = new ArrayList<>(REPOSITORY.list(database.get(), DSL.noCondition()));
              Collections.shuffle(read, random);
              return REPOSITORY
                  .updateAll(
                      database.get(),
                      read.stream().map(host -> host.withCores(cores(host) + 1)).toList(),
                      OnStale.REPORT)
                  .written();
            });
    List<Host> result = REPOSITORY.list(database.get(), DSL.noCondition());
    assertThat(result.stream().mapToInt(HotRowsTest::cores).sum()).isEqualTo((int) written);
    assertThat(result.stream().mapToInt(host -> host.version() - 1).sum()).isEqualTo((int) written);
    assertThat(result).hasSameSizeAs(hosts);
  }

  @Test
  void bulk_upserts_in_any_order_do_not_deadlock() throws Exception {
    // PostgreSQL can take an upsert for a new row while its other unique value is being updated.
    database.get().sql().execute("alter table hosts drop constraint hosts_name_key");
    List<Host> hosts = insertHosts();
    long written =
        together(
            random -> {
              List<Host> mine = new ArrayList<>(hosts);
              Collections.shuffle(mine, random);
              REPOSITORY.upsertAll(database.get(), mine);
              return ROWS;
            });
    assertThat(REPOSITORY.list(database.get(), DSL.noCondition()))
        .allMatch(host -> host.version() == 1 + written / ROWS);
  }

  @Test
  void bulk_deletes_in_any_order_do_not_deadlock() throws Exception {
    List<UUID> all = insertHosts().stream().map(Host::id).toList();
    together(
        random -> {
          List<UUID> mine = new ArrayList<>(all);
          Collections.shuffle(mine, random);
          assertThatThrownBy(
                  () ->
                      database
                          .get()
                          .transaction(
                              transaction -> {
                                REPOSITORY.deleteAll(transaction, mine);
                                throw new IllegalStateException("after all were deleted");
                              }))
              .isInstanceOf(IllegalStateException.class);
          return ROWS;
        });
    assertThat(REPOSITORY.findAll(database.get(), all)).hasSize(ROWS);
  }

  private interface Round {
    long run(Random random);
  }

  private static long together(Round round) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Callable<Long>> writers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(20261121L + i);
        writers.add(
            () -> {
              long sum = 0;
              for (int n = 0; n < ROUNDS; n++) {
                sum += round.run(random);
              }
              return sum;
            });
      }
      long sum = 0;
      for (Future<Long> writer : threads.invokeAll(writers)) {
        sum += writer.get();
      }
      return sum;
    } finally {
      threads.shutdownNow();
    }
  }

  private List<Host> insertHosts() {
    List<Host> hosts = IntStream.range(0, ROWS).mapToObj(i -> host(UuidV7.next())).toList();
    REPOSITORY.insertAll(database.get(), hosts);
    return hosts;
  }

  private static Host host(UUID id) {
    return new Host(id, id.toString(), 0, Host.named("").seenAt(), 1);
  }

  private static int cores(Host host) {
    Integer cores = host.cores();
    return cores == null ? 0 : cores;
  }
}
