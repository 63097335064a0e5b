package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SlowQueriesTest {

  private static final Duration LONG = Duration.ofHours(1);

  @RegisterExtension final FreshDatabase fresh = FreshDatabase.with();
  private final Queue<SlowQueries.Statement> told = new ConcurrentLinkedQueue<>();

  private Database open(Duration threshold, UnaryOperator<SlowQueries> options) {
    return Database.open(
        fresh
            .config()
            .poolSize(1)
            .slowQueries(options.apply(SlowQueries.over(threshold, told::add)))
            .build());
  }

  private List<String> texts() {
    return told.stream().map(SlowQueries.Statement::sql).toList();
  }

  @Test
  void tells_of_what_takes_long_without_its_values() {
    Duration threshold = Duration.ofMillis(100);
    try (Database database = open(threshold, options -> options)) {
      database.sql().fetch("select 1");
      database.sql().fetch("select pg_sleep(?), ?::text", 0.15, "secret");
    }

    // What is fast takes as long on a machine that lets it wait.
    assertThat(told).allMatch(statement -> statement.took().compareTo(threshold) >= 0);
    List<SlowQueries.Statement> sleeps =
        told.stream().filter(statement -> !statement.sql().equals("select 1")).toList();
    assertThat(sleeps).hasSize(1);
    SlowQueries.Statement slow = sleeps.get(0);
    assertThat(slow.sql()).startsWith("select pg_sleep(").doesNotContain("begin", "set_config");
    assertThat(slow.took()).isBetween(Duration.ofMillis(150), Duration.ofSeconds(30));
    assertThat(slow.tenant()).isEmpty();
    assertThat(slow.failure()).isEmpty();
    assertThat(slow.toString()).doesNotContain("secret");
  }

  @Test
  void tells_values_where_they_are_asked_for() {
    try (Database database = open(Duration.ZERO, SlowQueries::withValues)) {
      database
          .sql()
          .select(
              DSL.val("secret", SQLDataType.VARCHAR),
              DSL.val(7, SQLDataType.INTEGER),
              DSL.val(null, SQLDataType.VARCHAR))
          .fetch();
    }

    assertThat(told.element().values()).containsExactly("secret", "7", "null");
  }

  /** As jOOQ asks at its first statement. */
  @Test
  void nothing_is_asked_for_what_the_driver_knows_of_the_database() {
    try (Database database = open(Duration.ZERO, options -> options)) {
      Session framed = database.withSetting("app.actor", "ann");
      framed.jdbc(connection -> connection.getMetaData().getDatabaseMajorVersion());
      assertThat(texts()).isEmpty();
      framed.jdbc(connection -> connection.getMetaData().getCatalogs().next());
      assertThat(texts()).isNotEmpty();
    }
  }

  @Test
  void tells_each_batch_by_its_own_texts() {
    try (Database database = open(Duration.ZERO, options -> options)) {
      database.jdbc(
          connection -> {
            try (Statement batch = connection.createStatement()) {
              batch.addBatch("set work_mem = '5MB'");
              batch.addBatch("set work_mem = '6MB'");
              batch.executeBatch();
              batch.addBatch("set work_mem = '7MB'");
              batch.clearBatch();
              batch.addBatch("set work_mem = '8MB'");
              return batch.executeBatch();
            }
          });
    }

    assertThat(texts()).hasSize(2);
    assertThat(texts().get(0)).contains("5MB", "6MB");
    assertThat(texts().get(1)).contains("8MB").doesNotContain("5MB", "6MB", "7MB");
  }

  @Test
  void tells_of_failures_by_their_state() {
    try (Database database = open(Duration.ZERO, options -> options)) {
      assertThatThrownBy(() -> database.sql().fetch("select 1 / 0"))
          .isInstanceOf(InvalidDataException.class);
    }

    assertThat(told.element().failure()).contains("22012");
  }

  @Test
  void sees_transactions_batches_and_plain_statements() {
    try (Database database = open(Duration.ZERO, options -> options)) {
      database.transaction(
          tx -> {
            tx.sql().execute("create temporary table note (number int)");
            tx.sql()
                .batch(
                    tx.sql().query("insert into note values (1)"),
                    tx.sql().query("insert into note values (2)"))
                .execute();
            tx.jdbc(connection -> connection.createStatement().execute("select 3"));
          });
    }

    assertThat(texts()).hasSize(4);
    assertThat(texts().get(0)).startsWith("create temporary table");
    assertThat(texts().get(1)).contains("values (1)", "values (2)");
    assertThat(texts().get(2)).isEqualTo("select 3");
    assertThat(texts().get(3)).isEqualTo("commit");
  }

  @Test
  void tells_nothing_of_what_is_fast() {
    try (Database database = open(LONG, options -> options)) {
      database.sql().fetch("select 1");
      database.transaction(tx -> tx.sql().fetch("select 2"));
    }

    assertThat(told).isEmpty();
  }

  @Test
  void a_listener_that_throws_changes_nothing() {
    SlowQueries failing =
        SlowQueries.over(
            Duration.ZERO,
            statement -> {
              throw new IllegalStateException("the listener's own");
            });

    try (Database database = Database.open(fresh.config().slowQueries(failing).build())) {
      assertThat(database.sql().fetchValue("select 1")).isEqualTo(1);
    }
  }

  @Test
  void a_negative_threshold_is_refused() {
    assertThatThrownBy(() -> SlowQueries.over(Duration.ofMillis(-1), told::add))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("threshold");
  }
}
