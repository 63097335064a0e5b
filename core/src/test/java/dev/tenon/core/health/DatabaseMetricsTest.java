package dev.tenon.core.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.FreshDatabase;
import dev.tenon.core.UsageException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
  void need_a_pool() {
    PGSimpleDataSource plain = new PGSimpleDataSource();
    plain.setUrl(fresh.url());
    Database borrowed = Database.using(plain);

    assertThatThrownBy(() -> DatabaseMetrics.of(borrowed)).isInstanceOf(UsageException.class);
  }
}
