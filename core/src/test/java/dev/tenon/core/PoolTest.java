package dev.tenon.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PoolTest {

  @RegisterExtension final FreshDatabase fresh = FreshDatabase.with();

  static Stream<Arguments> refused() {
    return Stream.of(
        of(pool -> Pool.of(0), "the size of the pool is 0"),
        of(pool -> pool.withMinimumIdle(11), "minimumIdle is 11 of a size of 10"),
        of(pool -> pool.withMinimumIdle(-1), "minimumIdle is -1 of a size of 10"),
        of(pool -> pool.withConnectionTimeout(Duration.ofMillis(249)), "connectionTimeout is"),
        of(pool -> pool.withConnectionTimeout(Duration.ofDays(25)), "connectionTimeout is PT600H"),
        of(pool -> pool.withIdleTimeout(Duration.ofSeconds(9)), "idleTimeout is PT9S"),
        of(
            pool -> pool.withIdleTimeout(Duration.ofMinutes(30)),
            "idleTimeout is PT30M with a maximumLifetime of PT30M"),
        of(pool -> pool.withMaximumLifetime(Duration.ZERO), "maximumLifetime is PT0S"),
        of(
            pool -> pool.withMaximumLifetime(Duration.ofMinutes(1)),
            "idleTimeout is PT10M with a maximumLifetime of PT1M"),
        of(pool -> pool.withKeepalive(Duration.ofSeconds(29)), "keepalive is PT29S"),
        of(
            pool -> pool.withKeepalive(Duration.ofHours(1)),
            "keepalive is PT1H with a maximumLifetime of PT30M"),
        of(pool -> pool.withLeakAfter(Duration.ofSeconds(1)), "leakAfter is PT1S"),
        of(
            pool -> pool.withLeakAfter(Duration.ofHours(1)),
            "leakAfter is PT1H with a maximumLifetime of PT30M"),
        of(pool -> pool.withName(" "), "the name of the pool is ' '"),
        of(pool -> pool.withName("a:b"), "the name of the pool is 'a:b'"));
  }

  private static Arguments of(UnaryOperator<Pool> change, String what) {
    return Arguments.of(change, what);
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("refused")
  void refuses_what_hikari_would_ignore_and_names_it(UnaryOperator<Pool> change, String what) {
    Pool pool = Pool.of(10);

    assertThatThrownBy(() -> change.apply(pool))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(what);
  }

  @Test
  void every_option_reaches_the_pool() throws SQLException {
    Pool pool =
        Pool.of(3)
            .withMinimumIdle(1)
            .withConnectionTimeout(Duration.ofSeconds(4))
            .withMaximumLifetime(Duration.ofMinutes(20))
            .withIdleTimeout(Duration.ofMinutes(5))
            .withKeepalive(Duration.ofSeconds(45))
            .withLeakAfter(Duration.ofSeconds(3));

    try (Database database = Database.open(fresh.config().pool(pool).build())) {
      HikariDataSource hikari = database.unwrap(DataSource.class).unwrap(HikariDataSource.class);
      assertThat(hikari.getMaximumPoolSize()).isEqualTo(3);
      assertThat(hikari.getMinimumIdle()).isEqualTo(1);
      assertThat(hikari.getConnectionTimeout()).isEqualTo(4_000);
      assertThat(hikari.getMaxLifetime()).isEqualTo(1_200_000);
      assertThat(hikari.getIdleTimeout()).isEqualTo(300_000);
      assertThat(hikari.getKeepaliveTime()).isEqualTo(45_000);
      assertThat(hikari.getLeakDetectionThreshold()).isEqualTo(3_000);
    }
  }

  @Test
  void a_pool_has_a_name_and_its_reader_another() throws SQLException {
    DatabaseConfig plain = fresh.config().poolSize(1).build();
    Pool orders = Pool.of(1).withName("orders");

    try (Database database = Database.open(fresh.config().poolSize(1).reader(plain).build())) {
      assertThat(nameOf(database)).isEqualTo("tenon");
      assertThat(nameOf(database.reader())).isEqualTo("tenon-reader");
    }
    try (Database database = Database.open(fresh.config().pool(orders).reader(plain).build())) {
      assertThat(nameOf(database)).isEqualTo("orders");
      assertThat(nameOf(database.reader())).isEqualTo("orders-reader");
    }
    DatabaseConfig replica = fresh.config().pool(Pool.of(1).withName("replica")).build();
    try (Database database = Database.open(fresh.config().pool(orders).reader(replica).build())) {
      assertThat(nameOf(database.reader())).isEqualTo("replica");
    }
  }

  private static String nameOf(Database database) throws SQLException {
    return database.unwrap(DataSource.class).unwrap(HikariDataSource.class).getPoolName();
  }

  @Test
  void an_interrupt_while_waiting_for_a_connection_may_be_tried_again_and_stays_an_interrupt() {
    try (Database database = Database.open(fresh.config().poolSize(1).build())) {
      database.transaction(
          transaction -> {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> database.sql().execute("select 1"))
                .isInstanceOf(RetryableException.class)
                .hasMessageContaining("interrupted while it waited for a connection");
            assertThat(Thread.interrupted()).isTrue();
          });
    }
  }
}
