package dev.tenon.core.health;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;
import dev.tenon.core.Database;
import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import javax.sql.DataSource;

/**
 * The figures of a database's pool, for Micrometer: HikariCP's own {@code hikaricp.connections…},
 * among them how long borrowers wait and how long they hold a connection, with the tag {@code pool}
 * ({@code tenon} and {@code tenon-reader}, unless {@link dev.tenon.core.Pool#withName} says
 * otherwise).
 *
 * <p>Needs {@code io.micrometer:micrometer-core}, which Tenon does not bring along.
 */
@SuppressWarnings("exports") // whoever calls this has Micrometer, and reads its module
public final class DatabaseMetrics implements MeterBinder {

  private final HikariDataSource pool;

  private DatabaseMetrics(HikariDataSource pool) {
    this.pool = pool;
  }

  /**
   * The metrics of this database's pool.
   *
   * @throws UsageException if it has no pool of HikariCP
   */
  public static DatabaseMetrics of(Database database) {
    if (database.unwrap(DataSource.class) instanceof HikariDataSource pool) {
      return new DatabaseMetrics(pool);
    }
    throw new UsageException(
        Problem.what("this database has no pool of HikariCP")
            .where("DatabaseMetrics.of")
            .why("it uses a data source of the caller's")
            .fix("measure that data source, or open the database with Database.open"));
  }

  /**
   * Counts into this registry until the database is closed.
   *
   * @throws UsageException if the pool counts into a registry already, or another pool of the same
   *     name into this one
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    synchronized (pool) {
      requireUnbound();
      requireOwnName(registry);
      pool.setMetricsTrackerFactory(new MicrometerMetricsTrackerFactory(registry));
    }
  }

  private void requireUnbound() {
    if (pool.getMetricsTrackerFactory() != null || pool.getMetricRegistry() != null) {
      throw new UsageException(
          Problem.what("the pool " + pool.getPoolName() + " counts into a registry already")
              .where("DatabaseMetrics.bindTo")
              .why("HikariCP counts into one registry, from the first call on")
              .fix("bind each database once; for several registries to a CompositeMeterRegistry"));
    }
  }

  /** Micrometer would keep the meters of the first and drop those of the second. */
  private void requireOwnName(MeterRegistry registry) {
    if (registry.find("hikaricp.connections").tag("pool", pool.getPoolName()).meter() != null) {
      throw new UsageException(
          Problem.what("another pool named " + pool.getPoolName() + " counts into this registry")
              .where("DatabaseMetrics.bindTo")
              .why("meters are told apart by the tag pool, so this one's would be dropped")
              .fix(
                  "give each database a name: DatabaseConfig.pool(Pool.of(10).withName(\"orders\"))"));
    }
  }
}
