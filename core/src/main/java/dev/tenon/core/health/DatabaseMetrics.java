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
 * ({@code tenon}, or {@code tenon-reader}).
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
   * Counts into this registry from now on.
   *
   * @throws IllegalStateException if the pool counts into one already, as HikariCP has it
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    pool.setMetricsTrackerFactory(new MicrometerMetricsTrackerFactory(registry));
  }
}
