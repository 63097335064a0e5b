package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Writers that go on until they are stopped, and what each of their writes was told to be. */
final class AcknowledgedWrites {

  final Set<String> committed = ConcurrentHashMap.newKeySet();
  final Set<String> unknown = ConcurrentHashMap.newKeySet();
  private final Set<String> rolledBack = ConcurrentHashMap.newKeySet();
  private final List<Thread> writers = new ArrayList<>();
  private volatile boolean stopped;

  static void prepare(Database database) {
    database.migrate(Operations.migrations());
    database.sql().execute("create table entry (key text primary key)");
  }

  void start(Database database, int threads) {
    for (int i = 0; i < threads; i++) {
      Thread writer =
          new Thread(
              () -> {
                while (!stopped) {
                  write(database);
                }
              });
      writer.start();
      writers.add(writer);
    }
  }

  private void write(Database database) {
    String key = UUID.randomUUID().toString();
    Outcome<?> outcome;
    try {
      outcome =
          database.outcome(
              Transaction.Options.defaults().withOperation(key),
              transaction -> transaction.sql().execute("insert into entry values (?)", key));
    } catch (TenonException noConnection) {
      return;
    }
    if (outcome instanceof Outcome.Committed<?>) {
      committed.add(key);
    } else if (outcome instanceof Outcome.Unknown<?>) {
      unknown.add(key);
    } else {
      rolledBack.add(key);
    }
  }

  void stop() {
    stopped = true;
  }

  void join() throws InterruptedException {
    for (Thread writer : writers) {
      writer.join();
    }
  }

  /** Nothing acknowledged is missing, nothing rolled back is there, the key tells of the rest. */
  void requireKeptBy(Database survivor) {
    Set<String> stored =
        Set.copyOf(survivor.sql().fetch("select key from entry").getValues(0, String.class));

    assertThat(committed).isNotEmpty().isSubsetOf(stored);
    assertThat(stored).noneMatch(rolledBack::contains);
    for (String key : unknown) {
      assertThat(survivor.isApplied(key)).as(key).isEqualTo(stored.contains(key));
    }
  }
}
