package dev.tenon.core.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.FreshDatabase;
import dev.tenon.core.Pool;
import dev.tenon.core.UsageException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

class DatabaseMetricsTest {

  @RegisterExtension final FreshDatabase fresh = FreshDatabase.with();

  @Test
  void count_what_the_pool_lends() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (Database database = Database.open(fresh.config().poolSize(3).build())) {
      DatabaseMetrics.of(database).bindTo(registry);

      database.sql().fetch("select 1");

      assertThat(registry.get("hikaricp.connections.max").tag("pool", "tenon").gauge().value())
          .isEqualTo(3);
      assertThat(registry.get("hikaricp.connections.usage").timer().count()).isPositive();
    }
  }

  @Test
  void two_databases_in_one_process_have_meters_of_their_own_by_the_names_of_their_pools() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (Database first = Database.open(fresh.config().pool(Pool.of(2)).build());
        Database second =
            Database.open(fresh.config().pool(Pool.of(3).withName("orders")).build())) {
      DatabaseMetrics.of(first).bindTo(registry);
      DatabaseMetrics.of(second).bindTo(registry);

      assertThat(registry.get("hikaricp.connections.max").tag("pool", "tenon").gauge().value())
          .isEqualTo(2);
      assertThat(registry.get("hikaricp.connections.max").tag("pool", "orders").gauge().value())
          .isEqualTo(3);
    }
  }

  @Test
  void a_second_pool_of_the_same_name_is_refused_until_the_first_is_closed() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (Database second = Database.open(fresh.config().poolSize(1).build())) {
      try (Database first = Database.open(fresh.config().poolSize(1).build())) {
        DatabaseMetrics.of(first).bindTo(registry);

        assertThatThrownBy(() -> DatabaseMetrics.of(second).bindTo(registry))
            .isInstanceOf(UsageException.class)
            .hasMessageContaining("another pool named tenon counts into this registry")
            .hasMessageContaining("withName");
      }
      DatabaseMetrics.of(second).bindTo(registry);
      assertThat(registry.get("hikaricp.connections.max").tag("pool", "tenon").gauge().value())
          .isEqualTo(1);
    }
  }

  @Test
  void a_pool_counts_into_one_registry() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (Database database = Database.open(fresh.config().poolSize(1).build())) {
      DatabaseMetrics.of(database).bindTo(registry);

      for (SimpleMeterRegistry again : List.of(registry, new SimpleMeterRegistry())) {
        assertThatThrownBy(() -> DatabaseMetrics.of(database).bindTo(again))
            .isInstanceOf(UsageException.class)
            .hasMessageContaining("the pool tenon counts into a registry already");
      }
      database.sql().fetch("select 1");
      assertThat(registry.get("hikaricp.connections.usage").timer().count()).isPositive();
    }
  }

  @Test
  void need_a_pool() {
    PGSimpleDataSource plain = new PGSimpleDataSource();
    plain.setUrl(fresh.url());
    Database borrowed = Database.using(plain);

    assertThatThrownBy(() -> DatabaseMetrics.of(borrowed)).isInstanceOf(UsageException.class);
  }
}
